"""Which alert leads to which runbook, as Markdown for a wiki or a review."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook_runner.formats import _alerts as words
from runbook_runner.formats import _words
from runbook_runner.formats._words import escape
from runbook_runner.model.alert_table import AlertRow, AlertTable, RunbookRow
from runbook_runner.ports import Format


class AlertsMarkdown:
    """`runbook alerts` to be kept."""

    name = "markdown"

    def render(self, subject: Any) -> str:
        """Return two tables with links, and the numbers."""
        table: AlertTable = subject
        parts = ["# Alerts and runbooks", "\n".join(f"- {escape(line)}" for line in words.summary(table))]
        if rows := [_alert(row) for row in words.alerts(table)]:
            head = ("Alert", "Severity", "Runbook", "Dashboard", "Last run")
            parts += ["## Alerts", "\n".join(_table(head, rows))]
        if rows := [_runbook(row) for row in words.runbooks(table)]:
            parts += ["## Runbooks", "\n".join(_table(("Runbook", "Alerts", "Last run", "Last drill"), rows))]
        return "\n\n".join(parts) + "\n"


def _alert(row: AlertRow) -> tuple[str, ...]:
    runbook = _link(row.runbook, row.runbook + (f"#{row.anchor}" if row.anchor else "")) if row.runbook else ""
    dashboard = _link("dashboard", row.dashboard) if "://" in row.dashboard else escape(row.dashboard)
    missing = f"**none**: {escape(words.why(row))}"
    return (
        _code(row.name),
        escape(", ".join(row.severities)),
        runbook or missing,
        dashboard or "none",
        words.last(row.last),
    )


def _runbook(row: RunbookRow) -> tuple[str, ...]:
    parts = [*map(_code, row.alerts), *(f"{_code(name)} (**no such alert**)" for name in row.unknown)]
    return _link(row.title, row.path), ", ".join(parts) or "none", words.last(row.last), words.drilled(row)


def _code(text: str) -> str:
    # In a table a bar ends the cell, in code too.
    return _words.code(text).replace("|", "\\|")


def _link(text: str, target: str) -> str:
    """Return a link whose target can hold anything."""
    safe = "".join(f"%{ord(char):02X}" if char in "<>\\\n\r|" else char for char in target)
    return f"[{escape(text)}](<{safe}>)"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield "| " + " | ".join(cell.replace("\n", " ") for cell in row) + " |"


FORMAT: Format = AlertsMarkdown()
