"""A list of runs as an aligned table."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats._words import at, duration, one_line, outcome, table
from runbook_runner.model.state import RunState
from runbook_runner.ports import Format


class RunsText:
    """`runbook runs`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return a line for each run, in the order given."""
        states: list[RunState] = list(subject)
        if not states:
            return "no runs are recorded here\n"
        rows = [("RUN", "STARTED (UTC)", "TOOK", "OUTCOME", "WHO", "RUNBOOK")]
        return "\n".join(table(rows + [_row(state) for state in states])) + "\n"


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
