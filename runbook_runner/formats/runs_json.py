"""A list of runs as JSON."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats._run_json import summary
from runbook_runner.ports import Format


class RunsJson:
    """`runbook runs` for programs."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return a list, one object a run."""
        document = [summary(state) for state in subject]
        return json.dumps(document, indent=2, ensure_ascii=False, default=dict) + "\n"


FORMAT: Format = RunsJson()
