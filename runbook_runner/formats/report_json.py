"""A run as JSON: what its events add up to, and the events."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats import record
from runbook_runner.formats._run_json import whole
from runbook_runner.ports import Format


class ReportJson:
    """`runbook report` for programs."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one object."""
        document = whole(record(subject))
        return json.dumps(document, indent=2, ensure_ascii=False, default=dict) + "\n"


FORMAT: Format = ReportJson()
