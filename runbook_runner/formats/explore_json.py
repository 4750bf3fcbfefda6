"""What exploring runbooks found, as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runbook_runner.model.exploration import Exploration
from runbook_runner.ports import Format


class ExploreJson:
    """`runbook test --explore --json`."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return a list of runbooks with their weaknesses."""
        explored: Sequence[Exploration] = subject
        document = [
            {
                "runbook": each.runbook,
                "ways": each.moves,
                "weaknesses": [
                    {
                        "code": weakness.code,
                        "message": weakness.message,
                        "line": weakness.span.line,
                        "column": weakness.span.column,
                        "confirmed": weakness.confirmed,
                        "path": [{"step": leg.step, "if": leg.condition, "to": leg.to} for leg in weakness.path],
                    }
                    for weakness in each.weaknesses
                ],
            }
            for each in explored
        ]
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


FORMAT: Format = ExploreJson()
