"""What a search found, as JSON."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats import Hit
from runbook_runner.ports import Format


class SearchJson:
    """`runbook search --json`."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return a list, one object a place."""
        hits: list[Hit] = list(subject)
        document = [{name: getattr(hit, name) for name in Hit.__struct_fields__} for hit in hits]
        return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


FORMAT: Format = SearchJson()
