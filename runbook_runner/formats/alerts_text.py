"""Which alert leads to which runbook, as two tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook_runner.formats import _alerts as words
from runbook_runner.formats._words import one_line
from runbook_runner.model.alert_table import AlertRow, AlertTable, RunbookRow
from runbook_runner.ports import Format

_GAP = 2
_LEAST = 20
_NAMED = ("RUNBOOK", "ALERTS")
"""Of two columns the one that gives way first: what it says can mostly be told from the other."""
_BAD, _HEAD, _QUIET = "33", "1", "2"


class AlertsText:
    """`runbook alerts` for people."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return a line for each alert, one for each runbook, and the numbers."""
        table: AlertTable = subject
        parts = [list(_table(_alerts(table), table)), list(_table(_runbooks(table), table)), words.summary(table)]
        return "\n".join("".join(f"{line}\n" for line in part) for part in parts if part)


Row = tuple[tuple[str, ...], bool]
"""The cells, and whether something is missing."""


def _alerts(table: AlertTable) -> list[Row]:
    rows: list[Row] = [(_alert(row), not row.runbook) for row in words.alerts(table)]
    return [(("ALERT", "SEVERITY", "RUNBOOK", "DASHBOARD", "LAST RUN"), False), *rows] if rows else []


def _alert(row: AlertRow) -> tuple[str, ...]:
    where = row.runbook + (f"#{row.anchor}" if row.anchor else "") or f"none: {words.why(row)}"
    return row.name, ", ".join(row.severities), where, "yes" if row.dashboard else "", words.last(row.last)


def _runbooks(table: AlertTable) -> list[Row]:
    rows: list[Row] = [(_runbook(row), not row.alerts or bool(row.unknown)) for row in words.runbooks(table)]
    return [(("RUNBOOK", "ALERTS", "LAST RUN", "LAST DRILL"), False), *rows] if rows else []


def _runbook(row: RunbookRow) -> tuple[str, ...]:
    parts = [*row.alerts, *(f"{name} (no such alert)" for name in row.unknown)]
    return row.path, ", ".join(parts) or "none leads here", words.last(row.last), words.drilled(row)


def _table(rows: Sequence[Row], table: AlertTable) -> Iterator[str]:
    if not rows:
        return
    cells = [[one_line(cell) for cell in row] for row, _ in rows]
    # A column that says nothing is none.
    kept = [at for at in range(len(cells[0])) if any(row[at] for row in cells[1:])]
    cells = [[row[at] for at in kept] for row in cells]
    first = next((at for at in range(len(kept) - 1, -1, -1) if cells[0][at] in _NAMED), 0)
    widths = _widths([max(len(row[at]) for row in cells) for at in range(len(kept))], table.width, first)
    for at, (row, (_, bad)) in enumerate(zip(cells, rows, strict=True)):
        line = (" " * _GAP).join(_cut(cell, width).ljust(width) for cell, width in zip(row, widths, strict=True))
        style = _HEAD if at == 0 else _BAD if bad else ""
        yield f"\x1b[{style}m{line.rstrip()}\x1b[0m" if style and table.colour else line.rstrip()


def _widths(wanted: list[int], room: int, first: int) -> list[int]:
    """Return the widths of columns so that they fit: the `first` gives down to the least width, then the widest."""
    widths = list(wanted)
    over = sum(widths) + _GAP * (len(widths) - 1) - room if room else 0
    given = max(0, min(over, widths[first] - _LEAST))
    widths[first] -= given
    for _ in range(max(0, over - given)):
        widest = widths.index(max(widths))
        widths[widest] = max(widths[widest] - 1, 4)
    return widths


def _cut(text: str, width: int) -> str:
    """Return a text cut to so many columns; of a path the end stays, it tells more."""
    if len(text) <= width:
        return text
    return "…" + text[-(width - 1) :] if "/" in text and ", " not in text else text[: width - 1] + "…"


FORMAT: Format = AlertsText()
