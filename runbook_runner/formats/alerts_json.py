"""Which alert leads to which runbook, as JSON."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.model.alert_table import AlertRow, AlertTable, LastRun, RunbookRow
from runbook_runner.ports import Format


class AlertsJson:
    """`runbook alerts` for programs."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return an object with the alerts, the runbooks and the numbers."""
        table: AlertTable = subject
        alerts = table.uncovered if table.missing else table.alerts
        runbooks = [row for row in table.runbooks if not table.missing or not row.alerts or row.unknown]
        document = {
            "version": 1,
            "alerts": [_alert(row) for row in alerts],
            "runbooks": [_runbook(row) for row in runbooks],
            "advice": list(table.advice),
            "summary": {
                "rule_files": table.files,
                "alerts": len({row.name for row in table.alerts}),
                "without_runbook": len({row.name for row in table.uncovered}),
                "without_dashboard": len({row.name for row in table.alerts if not row.dashboard}),
                "runbooks": len(table.runbooks),
                "without_alert": len(table.unreached),
                "with_unknown_trigger": len(table.mistaken),
            },
        }
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _alert(row: AlertRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "severities": list(row.severities),
        "runbook": row.runbook or None,
        "by": row.by or None,
        "anchor": row.anchor or None,
        "link": row.link or None,
        "mapped": row.mapped,
        "wanted": row.wanted or None,
        "dashboard": row.dashboard or None,
        "rules": [{"path": path, "line": line} for path, line in row.places],
        "last_run": _last(row.last),
    }


def _runbook(row: RunbookRow) -> dict[str, Any]:
    return {
        "path": row.path,
        "title": row.title,
        "alerts": list(row.alerts),
        "unknown_triggers": list(row.unknown),
        "last_run": _last(row.last),
        "last_drilled": row.drilled,
    }


def _last(last: LastRun | None) -> dict[str, Any] | None:
    return (
        None if last is None else {"run": last.run, "at": last.wall, "outcome": last.outcome or None, "who": last.who}
    )


FORMAT: Format = AlertsJson()
