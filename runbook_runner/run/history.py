"""What was here before: recurrence, and the line at the start of a run."""

from __future__ import annotations

from runbook_runner.model import events as e
from runbook_runner.model.branches import every
from runbook_runner.model.chain import decode
from runbook_runner.model.state import RunState
from runbook_runner.ports import Clock, Store
from runbook_runner.run.interrupts import clock_text


def recent(store: Store, clock: Clock, state: RunState, seconds: float) -> str | None:
    """Say what this alert or runbook saw within so many seconds, other than this run; None for nothing."""
    begun, ended = _earlier(store, clock, state, seconds)
    told = _told(begun, ended, clock.wall() - seconds, clock.wall())
    return told and told[1] + _by_what(store, told[0])


def _by_what(store: Store, run: str) -> str:
    """Return which changes a run made: what helped once may help again, or has just been found not to."""
    made = {}
    for event in every(store.events(run)):
        match decode(event):
            case e.AttemptStarted(step=step, effect=effect) if effect != "read":
                made[step] = f"`{step}`"
            case _:
                pass
    return f", after {', '.join(list(made.values())[-_MOST:])}" if made else ""


def recurs(store: Store, clock: Clock, state: RunState, seconds: float) -> str | None:
    """Say which run for the same thing ended within so many seconds; None for none.

    What has not ended is the same incident, and an abandoned run mended nothing that could come back.
    """
    begun, ended = _earlier(store, clock, state, seconds)
    over = {run: end for run, end in ended.items() if end[1].outcome != "abandoned"}
    told = _told({run: begun[run] for run in over}, over, clock.wall() - seconds, clock.wall())
    return told and told[1]


_MOST = 3
"""Changes of an earlier run that are named."""
Begun = dict[str, tuple[float, e.RunStarted]]
Ended = dict[str, tuple[float, e.RunEnded]]


def _earlier(store: Store, clock: Clock, state: RunState, seconds: float) -> tuple[Begun, Ended]:
    started = state.started
    begun: Begun = {}
    ended: Ended = {}
    if started is None:
        return begun, ended
    since = clock.wall() - seconds
    # A run may have begun long before it ended within the time asked for.
    for event in store.select(("run_started", "run_ended"), since=since - 7 * 86400):
        match decode(event):
            case e.RunStarted() as body if event.run != state.run and _same(body, started):
                begun[event.run] = (event.wall, body)
            case e.RunEnded() as body if event.run in begun:
                ended[event.run] = (event.wall, body)
            case _:
                pass
    return begun, ended


def _same(one: e.RunStarted, other: e.RunStarted) -> bool:
    if one.parent_run or other.parent_run:
        return one.path == other.path
    return one.alert == other.alert if one.alert and other.alert else one.path == other.path


def _told(begun: Begun, ended: Ended, since: float, now: float) -> tuple[str, str] | None:
    """Return the run that was here last, and what is to be said of it."""
    for run in sorted(begun, key=lambda r: ended.get(r, begun[r])[0], reverse=True):
        wall, body = begun[run]
        by = f"by {body.who} (run {run})"
        if run in ended and ended[run][0] >= since:
            over, end = ended[run]
            return run, f"{end.outcome.replace('_', ' ')} {clock_text(now - over)} ago {by}"
        if run not in ended and wall >= since:
            return run, f"begun {clock_text(now - wall)} ago, not ended, {by}"
    return None
