"""How much of each runbook its scenarios walk, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runbook_runner.model.coverage import Coverage
from runbook_runner.ports import Format


class CoverageJson:
    """What `runbook test --coverage --json` says under `coverage`."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return a list of runbooks, each with all parts and whether they are covered."""
        reports: Sequence[Coverage] = subject
        document = [
            {
                "runbook": report.runbook,
                "percent": round(report.percent, 2),
                "parts": [
                    {
                        "kind": part.kind,
                        "step": part.step,
                        "key": part.key,
                        "line": part.span.line,
                        "covered": part.name in report.covered,
                    }
                    for part in report.parts
                ],
            }
            for report in reports
        ]
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMAT: Format = CoverageJson()
