"""What a run does by itself is recorded in one piece, up to the next question: each write waits for the disk."""

from __future__ import annotations

from runbook_runner.errors import HeadMoved, HeldElsewhere
from runbook_runner.model import events as e
from runbook_runner.model.chain import VERSION, encode, type_name
from runbook_runner.model.state import RunState, apply
from runbook_runner.run.actions import Record
from runbook_runner.run.decide import decide
from runbook_runner.run.walk import Walk

_MOST = 12
"""More than so many events are written in several pieces."""


def record(walk: Walk, *bodies: e.Body) -> None:
    """Record decisions and all that follows from them without anybody being asked, and show it."""
    whole: tuple[e.Body, ...] = ()
    more, state = bodies, walk.state
    while True:
        more = walk.clean(more)
        whole = (*whole, *more)
        for body in more:
            state = _foreseen(walk, state, body)
        action = decide(walk.graph, state)
        if not isinstance(action, Record) or len(whole) >= _MOST:
            break
        more = action.bodies
    walk.append(whole)
    for body in whole:
        _show(walk, body)


def observe(walk: Walk, *bodies: e.Body) -> None:
    """Record what was seen, whoever holds the run; with what follows from it, where this process does."""
    try:
        record(walk, *bodies)
    except (HeadMoved, HeldElsewhere):
        walk.observe(*bodies)


def _foreseen(walk: Walk, state: RunState, body: e.Body) -> RunState:
    """Return the state as it will be once a body is recorded."""
    clock, journal = walk.ports.clock, walk.journal
    event = e.Event(
        journal.run,
        journal.writer,
        0,
        "",
        clock.wall(),
        clock.mono(),
        clock.boot(),
        type_name(body),
        VERSION,
        "",
        "",
        "",
        encode(body),
    )
    return apply(state, event)


def _show(walk: Walk, body: e.Body) -> None:
    match body:
        case e.Warned(text=text):
            walk.ports.reporter.say(text, style="warning")
        case e.Visited(step=step):
            walk.show(step)
        case e.StepEnded(outcome="skipped", reason=reason):
            walk.ports.reporter.say(f"skipped: {reason}", style="quiet")
        case _:
            pass
