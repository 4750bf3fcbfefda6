"""Two people, one fault: who is at it already, before another run of the same is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from runbook_runner.errors import InputError, NeedsPerson
from runbook_runner.model.command import Effect
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Menu, Option, Wanted
from runbook_runner.run.handing import driver
from runbook_runner.run.interrupts import clock_text
from runbook_runner.run.reaching import target_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runbook_runner.model.runbook import Runbook
    from runbook_runner.ports import Notice
    from runbook_runner.run.begin import Cause
    from runbook_runner.run.walk import Ports

_LATELY = 2 * 86400.0


class Met(Struct, frozen=True):
    """A live run that is about the same, and what she made of it."""

    run: str
    answer: str
    """watch, take or go."""
    remark: str = ""
    """For the record of the run that is begun all the same."""


def meet(ports: Ports, runbook: Runbook, why: Cause) -> Met | None:
    """Say who drives a run that this one could get in the way of, and ask what to do; None where nobody does."""
    targets = _changed(ports, runbook)
    if targets is None:
        return None
    found = _other(ports, runbook, targets, why)
    if found is None:
        return None
    state, what = found
    lease = driver(ports.store, ports.clock, state.run, why.host)
    if lease is None:
        return None
    now, by = ports.clock.wall(), lease.holder
    at = f", at step `{state.visit.step}`" if state.visit else ""
    title = state.started.title if state.started else "a run"
    text = f"{by.who} on {by.host} is at {what} since {clock_text(now - state.wall)}: {title}{at} (run {state.run})"
    ports.reporter.say(text, style="warning")
    remark = f"begun while {text}"
    try:
        answer = ports.prompt.choose(_MENU, _Signals(ports))
    except NeedsPerson:
        return Met(state.run, "go", remark)  # nobody to ask: the run stops by itself where a person must decide
    if answer == "q":
        raise NeedsPerson("no run was begun", f"`runbook watch {state.run}` looks on")
    if answer == "g":
        reason = ports.prompt.line("why a run of your own?", _Signals(ports))
        remark += f": {reason or 'no reason was given'}"
    return Met(state.run, {"w": "watch", "t": "take", "g": "go"}[answer], remark)


def _other(ports: Ports, runbook: Runbook, targets: frozenset[str], why: Cause) -> tuple[RunState, str] | None:
    """Return a run that somebody drives and that is about the same, and what it has in common."""
    since = ports.clock.wall() - _LATELY
    for run in ports.store.find(Wanted(outcome="open", since=since, held=ports.clock.wall())):
        if driver(ports.store, ports.clock, run, why.host) is None:
            continue
        state = fold(run, ports.store.events(run))
        started = state.started
        if started is None or started.parent_run:
            continue  # it is driven from its parent, which is found itself
        if why.alert and started.alert == why.alert and started.labels == why.labels:
            return state, f"the same alert ({why.alert})"
        if started.digest == runbook.digest or (started.title, started.service) == (
            runbook.title,
            runbook.facts.service,
        ):
            return state, "the same runbook"
        both = targets & (_changed(ports, ports.library.parse(state.source, started.path)) or frozenset())
        if both:
            return state, f"a runbook that changes the same target ({', '.join(sorted(both))})"
    return None


def _changed(ports: Ports, runbook: Runbook) -> frozenset[str] | None:
    """Return the targets that a runbook may change, as far as they have names; None where it changes nothing."""
    found: set[str] = set()
    changes = False
    for step in runbook.steps:
        command = step.command
        if command is None or command.effect is Effect.READ:
            continue
        changes = True
        executor = ports.executors(command.language)
        try:
            target = target_of(runbook, command, executor, ports.targets, ports.executors) if executor else None
        except InputError:
            target = None
        name = target.name if target else command.attributes.target
        found |= {name} if name else set()
    return frozenset(found) if changes else None


_MENU = Menu(
    "Begin another run?",
    (
        Option("w", "watch it"),
        Option("t", "take it over", word="yes"),
        Option("g", "go on with a run of my own"),
        Option("q", "leave"),
    ),
)


class _Signals:
    """Lets nothing but signals speak over the question."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def due(self) -> Sequence[Notice]:
        self._ports.signals.raise_pending()
        return ()
