"""A whole walk: driven to its end or left in order, with the runbooks that are walked from it."""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from runbook_runner.errors import HeldElsewhere, InputError, NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.graph import GoTo
from runbook_runner.model.state import RunState
from runbook_runner.ports import HungUp, Interrupted, Menu, Option
from runbook_runner.run.begin import Cause, begin, load, take_up
from runbook_runner.run.common import Paused, visit_again
from runbook_runner.run.drive import drive
from runbook_runner.run.interrupts import Interruptions
from runbook_runner.run.opening import header, standing
from runbook_runner.run.walk import Walk


def walked(walk: Walk, why: Cause) -> RunState:
    """Drive a run; record how it was left when it did not end."""
    reason = ""
    try:
        return drive(walk, lambda parent, path, anchor: child(parent, path, anchor, why))
    except Paused:
        reason = "paused"
        raise
    except Interrupted:
        reason = "interrupted"
        raise
    except HungUp:
        reason = "hangup"
        raise
    except NeedsPerson:
        reason = "waiting"
        raise
    except InputError:
        reason = "bad input"
        raise
    except HeldElsewhere:
        walk.renounce()
        walk.journal.lease = None
        raise
    finally:
        _leave(walk, reason)


def _leave(walk: Walk, reason: str) -> None:
    ended = walk.state.ended is not None
    if ended or any(attempt.start.background for attempt in walk.state.attempts.values()):
        _open_sessions(walk)
    if ended:
        _stop_background(walk)
    elif reason:
        walk.observe(e.Detached(reason))
        for alive in filter(None, (session.background() for session in walk.sessions.values())):
            walk.ports.reporter.say(f"still running in the background: {', '.join(alive)}", style="warning")
    else:
        walk.settle()
    walk.close(remove=ended)


def _open_sessions(walk: Walk) -> None:
    """Open the sessions that other processes had in this run: what they keep and left running is this one's to end."""
    if not walk.folder.is_dir():
        return
    from runbook_runner.run.attempt import session_for

    for attempt in walk.state.attempts.values():
        step = walk.graph.steps.get(attempt.start.step)
        if step is not None and step.command is not None:
            with suppress(InputError):
                session_for(walk, step.command)


def _stop_background(walk: Walk) -> None:
    """Ask what is to become of the background commands; nobody to ask leaves them running, and says so."""
    for session in walk.sessions.values():
        alive = session.background()
        if not alive:
            continue
        options = (Option("k", "stop them"), Option("l", "leave them running"))
        menu = Menu("Still running in the background:", options, tuple(f"  {process}" for process in alive))
        try:
            answer = walk.ports.prompt.choose(menu, Interruptions(walk))
        except (NeedsPerson, Interrupted, HungUp):
            answer = "l"
        if answer == "k":
            session.stop_background()
        else:
            walk.ports.reporter.say(f"left running: {', '.join(alive)}", style="warning")


def child(parent: Walk, path: str, anchor: str, why: Cause) -> RunState:
    """Walk another runbook from a run: the same page clock, the same person; a record and a lease of its own.

    `path` may be `run:ID`, to go on in one that has not returned.
    """
    ports, chosen = parent.ports, parent.options
    inherited = {**chosen.flags, **{n: v.value for n, v in parent.state.parameters.items() if v.value is not None}}
    chosen = replace(chosen, flags=inherited)
    if path.startswith("run:"):
        walk = take_up(load(ports, path[4:]), ports, chosen, why, take=False)
        standing(walk)
    else:
        started = parent.state.started
        runbook = ports.library.load(path, beside=started.path if started else "")
        child_cause = replace(why, page=parent.state.page, parent_run=parent.state.run)
        walk = begin(runbook, ports, chosen, child_cause)
        number = parent.state.visit.number if parent.state.visit else 0
        parent.decide(e.ChildEntered(number, walk.state.run, runbook.path))
        header(walk)
        entry = walk.graph.entry(anchor) if anchor else None
        if isinstance(entry, GoTo):
            visit_again(walk, entry.step, "jump")
    return walked(walk, why)
