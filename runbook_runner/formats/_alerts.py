"""What the formats of `runbook alerts` share: the words for what is there and what is missing."""

from __future__ import annotations

from runbook_runner.formats._words import at, outcome
from runbook_runner.model.alert_table import AlertRow, AlertTable, LastRun, RunbookRow


def alerts(table: AlertTable) -> tuple[AlertRow, ...]:
    """Return the alerts that are shown."""
    return table.uncovered if table.missing else table.alerts


def runbooks(table: AlertTable) -> tuple[RunbookRow, ...]:
    """Return the runbooks that are shown."""
    if not table.missing:
        return table.runbooks
    return tuple(row for row in table.runbooks if not row.alerts or row.unknown)


def why(row: AlertRow) -> str:
    """Say why an alert leads to no runbook."""
    if not row.link:
        return "no link"
    if row.wanted:
        return f"{row.wanted} is not there"
    return "its link is not mapped" if not row.mapped else "known when it fires"


def last(run: LastRun | None) -> str:
    """Return day and outcome of a run; empty for none."""
    return f"{at(run.wall, '%Y-%m-%d')} {outcome(run.outcome) or 'not ended'}" if run is not None else ""


def drilled(row: RunbookRow) -> str:
    """Return the day of the last drill; empty for none."""
    return at(row.drilled, "%Y-%m-%d") if row.drilled is not None else ""


def summary(table: AlertTable) -> list[str]:
    """Return the numbers, a sentence each, and what to do."""
    names, runbooks = len({row.name for row in table.alerts}), len(table.runbooks)
    if table.files:
        bare = len({row.name for row in table.uncovered})
        seen = len({row.name for row in table.alerts if row.dashboard})
        rest = f"{_have(bare, names)} no runbook here, {_have(seen, names)} a dashboard"
        lines = [f"{_count(names, 'alert')} in {_count(table.files, 'file')} of rules: {rest}"]
    else:
        rest = f"{_count(names, 'alert')} by the runbooks' own word"
        lines = [f"no alert rules were given (--alerts PATH): {rest}"]
    lost = len(table.unreached)
    reached = (
        f"{lost} {'is' if lost == 1 else 'are'} reached from no alert" if lost else "each is reached from an alert"
    )
    lines.append(f"{_count(runbooks, 'runbook')}: {reached}")
    if wrong := len(table.mistaken):
        lines[-1] += f", {wrong} {'names' if wrong == 1 else 'name'} an alert that is not there"
    return [*lines, *table.advice]


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _have(number: int, whole: int) -> str:
    if whole > 1 and number == whole:
        return "all have"
    return f"{number or 'none'} {'has' if number < 2 else 'have'}"
