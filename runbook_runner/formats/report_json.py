"""A run as JSON: what its events add up to, and the events."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats import Record, record
from runbook_runner.formats import _review as r
from runbook_runner.formats._run_json import whole
from runbook_runner.formats._words import markdown
from runbook_runner.ports import Format


class ReportJson:
    """`runbook report` for programs."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one object."""
        of = record(subject)
        document = whole(of) | {"review": _review(of)}
        return json.dumps(document, indent=2, ensure_ascii=False, default=dict) + "\n"


def _review(of: Record) -> dict[str, Any]:
    """Return what is worked out from the record, of this run and those walked from it."""
    return {
        "overrides": [
            {
                "run": each.of.state.run,
                "wall": each.wall,
                "what": each.what,
                "step": each.step,
                "reason": each.reason,
                "was": each.was,
                "became": each.became,
            }
            for each in r.overrides(of)
        ],
        "called": [
            {
                "to": each.to,
                "via": each.via,
                "due": each.due,
                "wall": each.wall,
                "late": each.late,
                "result": each.result,
            }
            for each in r.called(of)
        ],
        "changes": [
            {
                "run": each.of.state.run,
                "attempt": each.attempt.start.attempt,
                "text": each.attempt.start.text,
                "values": list(each.values),
                "rollback": markdown(each.rollback),
            }
            for each in r.changes(of)
        ],
        "unknown": ["".join(parts) for parts in r.unknown(of)],
    }


FORMAT: Format = ReportJson()
