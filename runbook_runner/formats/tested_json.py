"""What came of scenarios, as JSON."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.model.verdicts import Results, Tested
from runbook_runner.ports import Format


class TestedJson:
    """`runbook test --json`."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one object: the counts, each scenario, and the files that cannot be used."""
        results: Results = subject
        document = {
            "passed": sum(each.passed for each in results.tested),
            "failed": results.failed,
            "deselected": results.left_out,
            "seconds": round(results.seconds, 4),
            "scenarios": [_scenario(each) for each in results.tested],
            "broken": [
                {
                    "file": broken.file,
                    "defects": [
                        {"line": d.span.line, "column": d.span.column, "message": d.message, "hint": d.hint}
                        for d in broken.defects
                    ],
                }
                for broken in results.broken
            ],
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _scenario(tested: Tested) -> dict[str, Any]:
    return {
        "file": tested.file,
        "line": tested.span.line,
        "runbook": tested.runbook,
        "name": tested.name,
        "passed": tested.passed,
        "stuck": tested.stuck,
        "path": list(tested.path),
        "branches": [{"at": at, "to": to, "because": because} for at, to, because in tested.evidence],
        "outcome": tested.outcome,
        "differences": [
            {"what": d.what, "expected": list(d.expected), "actual": list(d.actual)} for d in tested.differences
        ],
        "seconds": round(tested.seconds, 4),
        "simulated_seconds": round(tested.simulated, 3),
    }


FORMAT: Format = TestedJson()
