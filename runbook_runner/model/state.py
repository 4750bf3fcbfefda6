"""The fold: what a run is, worked out from its events and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.branches import Branch, split
from runbook_runner.model.chain import decode
from runbook_runner.model.events import Event


class Attempt(Struct, frozen=True):
    """One execution of one of a step's texts."""

    event: Event
    start: e.AttemptStarted
    end: e.AttemptEnded | None = None
    end_wall: float | None = None
    outputs: tuple[e.Output, ...] = ()


class Visit(Struct, frozen=True):
    """One time at a step."""

    event: Event
    number: int
    step: str
    how: str
    attempts: tuple[int, ...] = ()
    """Numbers of its attempts, in order."""
    judged: e.Judged | None = None
    """Of the last attempt only."""
    ended: e.StepEnded | None = None
    taken: e.BranchTaken | None = None
    guards: Mapping[str, bool] = field(default_factory=dict)
    left: bool = False
    """She went elsewhere (back, jump) before it ended."""
    ways: tuple[e.BranchTaken, ...] = ()
    """Every edge taken, `taken` last: to another runbook and back, to a call and on."""


Change = Callable[[Visit], Visit]


class OutOfTouch(Struct, frozen=True):
    """What somebody did to a run while the journal was out of reach and another drove it there."""

    who: str
    host: str
    before: RunState
    """The run when they parted."""
    state: RunState
    """What was new in the end: visits, attempts, notes, calls."""
    events: tuple[Event, ...]


class Call(Struct, frozen=True):
    """One try to reach somebody, and what came of it."""

    wall: float
    tried: e.EscalationTried
    result: str = ""


class RunState(Struct, frozen=True):
    """A run, as its events say."""

    run: str
    started: e.RunStarted | None = None
    wall: float = 0.0
    """When it started."""
    last_wall: float = 0.0
    """When the last event came."""
    source: str = ""
    digest: str = ""
    drivers: tuple[tuple[float, str, str], ...] = ()
    """When, who, how (start, resume, take)."""
    detached: str = ""
    """Why nobody drives it; empty while somebody does."""
    handed: e.HandedOver | None = None
    """To whom it was given, until somebody takes it up."""
    visits: tuple[Visit, ...] = ()
    attempts: Mapping[int, Attempt] = field(default_factory=dict)
    parameters: Mapping[str, e.ParameterSet] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    pending: str = ""
    """Destination of the last branch taken, not yet reached."""
    notes: tuple[tuple[float, e.Noted], ...] = ()
    calls: tuple[Call, ...] = ()
    timers: frozenset[str] = frozenset()
    """Keys of the timers that fell due."""
    warnings: tuple[tuple[float, e.Warned], ...] = ()
    child: str = ""
    """A child run that has not returned."""
    children: tuple[tuple[str, str], ...] = ()
    """Run and outcome of those that did."""
    carried: e.StateCarried | None = None
    """What commands left on this machine."""
    elsewhere: Mapping[str, e.StateCarried] = field(default_factory=dict)
    """What they left at each target."""
    ended: e.RunEnded | None = None
    ended_wall: float | None = None
    apart: tuple[OutOfTouch, ...] = ()
    """What went on beside it, out of touch."""

    @property
    def visit(self) -> Visit | None:
        """The visit that the run stands at; None before the first step."""
        return self.visits[-1] if self.visits else None

    @property
    def page(self) -> float:
        """Wall time of the page."""
        return self.started.page if self.started else self.wall

    @property
    def outcome(self) -> str:
        """How it ended, or `running` or `detached`."""
        if self.ended:
            return self.ended.outcome
        return "detached" if self.detached else "running"

    def attempts_of(self, visit: Visit) -> tuple[Attempt, ...]:
        """Return a visit's attempts in order."""
        return tuple(self.attempts[number] for number in visit.attempts)

    def carried_at(self, target: str) -> e.StateCarried | None:
        """Return what commands left for the next one at a target; on this machine, for an empty name."""
        return self.elsewhere.get(target) if target else self.carried

    def open_attempt(self) -> Attempt | None:
        """Return the attempt that was started and whose end is not recorded; background ones have an end."""
        return next((attempt for attempt in reversed(list(self.attempts.values())) if attempt.end is None), None)


def fold(run: str, events: Iterable[Event]) -> RunState:
    """Return the state after all events, in order of arrival; where branches were merged, on the one that counts."""
    line, branches = split(events)
    state = _through(RunState(run), line)
    return replace(state, apart=tuple(_beside(run, branch) for branch in branches)) if branches else state


def _through(state: RunState, events: Iterable[Event]) -> RunState:
    for event in events:
        state = apply(state, event)
    return state


def _beside(run: str, branch: Branch) -> OutOfTouch:
    """Return what a branch adds to what its driver knew."""
    before = _through(RunState(run), branch.before)
    after = _through(before, branch.events)
    attempts = {number: each for number, each in after.attempts.items() if before.attempts.get(number) != each}
    known = {visit.number: visit for visit in before.visits}
    # That a visit was left says only that there was another.
    visits = (each for each in after.visits if known.get(each.number) not in (each, replace(each, left=False)))
    new = replace(
        after,
        wall=branch.events[0].wall,
        visits=tuple(replace(each, attempts=tuple(n for n in each.attempts if n in attempts)) for each in visits),
        attempts=attempts,
        drivers=after.drivers[len(before.drivers) :],
        notes=after.notes[len(before.notes) :],
        calls=after.calls[len(before.calls) :],
        warnings=after.warnings[len(before.warnings) :],
        children=after.children[len(before.children) :],
    )
    bodies = [decode(event) for event in (*branch.before, *branch.events)]
    drove = [(body.who, body.host) for body in bodies if isinstance(body, e.RunStarted | e.DriverChanged)]
    who, host = drove[-1] if drove else ("somebody", "")
    return OutOfTouch(who, host, before, new, branch.events)


def apply(state: RunState, event: Event, body: e.Body | None = None) -> RunState:
    """Return the state after one more event; `body` is what it says, where that is known already."""
    state = replace(state, last_wall=max(state.last_wall, event.wall), wall=state.wall or event.wall)
    body = decode(event) if body is None else body
    match body:
        case e.RunStarted():
            return replace(
                state,
                started=body,
                wall=event.wall,
                source=body.source,
                digest=body.digest,
                drivers=((event.wall, body.who, "start"),),
            )
        case e.DriverChanged(who=who, how=how):
            return replace(state, drivers=(*state.drivers, (event.wall, who, how)), detached="", handed=None)
        case e.HandedOver(to=to):
            return replace(state, detached=f"handed to {to}", handed=body)
        case e.Detached(reason):
            return replace(state, detached=reason)
        case e.SourceChanged(digest=digest, source=source, choice=choice):
            return replace(state, source=source, digest=digest) if choice == "new" else state
        case e.ParameterSet(name=name):
            return replace(state, parameters={**state.parameters, name: body})
        case e.ParametersConfirmed(names):
            return replace(state, confirmed=state.confirmed | set(names))
        case e.AttemptStarted() | e.AttemptEnded() | e.Output() | e.StateCarried():
            return _attempted(state, event, body)
        case e.Visited() | e.GuardAnswered() | e.Judged() | e.StepEnded() | e.BranchTaken():
            return _visited(state, event, body)
        case e.Pruned():
            return _pruned(state, body)
        case e.RunEnded():
            return replace(state, ended=body, ended_wall=event.wall, pending="", detached="")
        case _:
            return _besides(state, event, body)


def _pruned(state: RunState, body: e.Pruned) -> RunState:
    """Return what is still known of a run whose payloads were archived."""
    if state.started is not None:
        return state  # the archive itself, taken in again
    started = e.RunStarted(body.path, body.title, "", "", body.by, "", state.wall, body.service)
    ended = e.RunEnded(body.outcome, "pruned", f"archived in {body.archive}")
    return replace(state, started=started, drivers=((state.wall, body.by, "start"),), ended=ended, detached="")


def _besides(state: RunState, event: Event, body: e.Body) -> RunState:
    match body:
        case e.Noted():
            return replace(state, notes=(*state.notes, (event.wall, body)))
        case e.TimerDue(key=key):
            return replace(state, timers=state.timers | {key})
        case e.EscalationTried():
            return replace(state, calls=(*state.calls, Call(event.wall, body)))
        case e.EscalationAnswered():
            return _answered(state, body)
        case e.Warned():
            return replace(state, warnings=(*state.warnings, (event.wall, body)))
        case e.ChildEntered(run=child):
            return replace(state, child=child)
        case e.ChildReturned(run=child, outcome=outcome):
            return replace(state, child="", children=(*state.children, (child, outcome)))
        case _:
            return state


def _visited(
    state: RunState, event: Event, body: e.Visited | e.GuardAnswered | e.Judged | e.StepEnded | e.BranchTaken
) -> RunState:
    match body:
        case e.Visited(step=step, visit=number, how=how):
            visits = state.visits
            if visits and not visits[-1].taken:
                visits = (*visits[:-1], replace(visits[-1], left=True))
            return replace(state, visits=(*visits, Visit(event, number, step, how)), pending="")
        case e.BranchTaken(visit=0, destination=destination):
            return replace(state, pending=destination)
        case e.GuardAnswered(visit=number, text=text, holds=holds):
            return _revise(state, number, lambda visit: replace(visit, guards={**visit.guards, text: holds}))
        case e.Judged(visit=number):
            return _revise(state, number, lambda visit: replace(visit, judged=body))
        case e.StepEnded(visit=number):
            return _revise(state, number, lambda visit: replace(visit, ended=body))
        case e.BranchTaken(visit=number, destination=destination):
            state = replace(state, pending=destination)
            return _revise(state, number, lambda visit: replace(visit, taken=body, ways=(*visit.ways, body)))


def _revise(state: RunState, number: int, change: Change) -> RunState:
    visits = state.visits
    if visits and visits[-1].number == number:  # nearly always: a long run need not be gone through
        return replace(state, visits=(*visits[:-1], change(visits[-1])))
    return replace(state, visits=tuple(change(visit) if visit.number == number else visit for visit in visits))


def _attempted(
    state: RunState, event: Event, body: e.AttemptStarted | e.AttemptEnded | e.Output | e.StateCarried
) -> RunState:
    attempts = dict(state.attempts)
    match body:
        case e.AttemptStarted(attempt=number, visit=visit):
            attempts[number] = Attempt(event, body)
            # A new attempt voids what was made of the last one.
            state = _revise(
                state,
                visit,
                lambda v: replace(v, attempts=(*v.attempts, number), judged=None, ended=None),
            )
        case e.AttemptEnded(attempt=number) if number in attempts and attempts[number].end is None:
            attempts[number] = replace(attempts[number], end=body, end_wall=event.wall)
        case e.Output(attempt=number) if number in attempts:
            attempts[number] = replace(attempts[number], outputs=(*attempts[number].outputs, body))
        case e.StateCarried(target=""):
            state = replace(state, carried=body)
        case e.StateCarried(target=target):
            state = replace(state, elsewhere={**state.elsewhere, target: body})
        case _:
            pass
    return replace(state, attempts=attempts)


def _answered(state: RunState, body: e.EscalationAnswered) -> RunState:
    calls = list(state.calls)
    for place in range(len(calls) - 1, -1, -1):
        if calls[place].tried.to == body.to and not calls[place].result:
            calls[place] = replace(calls[place], result=body.result)
            break
    return replace(state, calls=tuple(calls))
