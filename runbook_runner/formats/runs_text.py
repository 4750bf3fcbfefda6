"""A list of runs as an aligned table."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats._words import at, duration, one_line, outcome, table
from runbook_runner.model.state import RunState
from runbook_runner.ports import Format

_LEFT_OUT = ("STARTED (UTC)", "TOOK", "WHO")
"""What a narrow terminal does without, in this order: a run's name tells when it began."""
_RUNBOOK = 30
"""Columns in which a runbook is known again."""


class RunsText:
    """`runbook runs`, for a terminal of so many columns; 0 for any."""

    name = "text"

    def __init__(self, width: int = 0) -> None:
        self._width = width

    def render(self, subject: Any) -> str:
        """Return a line for each run, in the order given."""
        states: list[RunState] = list(subject)
        if not states:
            return "no runs are recorded here\n"
        rows: list[tuple[str, ...]] = [("RUN", "STARTED (UTC)", "TOOK", "OUTCOME", "WHO", "RUNBOOK")]
        return "\n".join(table(_fitting(rows + [_row(state) for state in states], self._width))) + "\n"


def _fitting(rows: list[tuple[str, ...]], width: int) -> list[tuple[str, ...]]:
    """Return the rows without the columns that would push the runbook, the last one, out of sight."""
    for name in _LEFT_OUT if width else ():
        *before, last = (max(len(row[column]) for row in rows) for column in range(len(rows[0])))
        if sum(before) + 2 * len(before) + min(last, _RUNBOOK) <= width:
            break
        column = rows[0].index(name)
        rows = [(*row[:column], *row[column + 1 :]) for row in rows]
    return rows


def _row(state: RunState) -> tuple[str, str, str, str, str, str]:
    what = one_line(state.started.title) if state.started else "(its start cannot be read)"
    alert = f" [{one_line(state.started.alert)}]" if state.started and state.started.alert else ""
    within = f", within {one_line(state.started.parent_run)}" if state.started and state.started.parent_run else ""
    who = one_line(state.drivers[-1][1], 12) if state.drivers else ""
    took = duration((state.ended_wall or state.last_wall) - state.wall)
    why = f" ({one_line(state.detached)})" if state.detached else ""
    return (
        one_line(state.run),
        at(state.wall, "%Y-%m-%d %H:%M"),
        took,
        outcome(state.outcome) + why,
        who,
        what + alert + within,
    )


FORMAT: Format = RunsText()
