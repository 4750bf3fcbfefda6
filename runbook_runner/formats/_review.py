"""What a review asks of a run, worked out from its record: calls, overrides, changes, what stayed unknown."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.formats import Record
from runbook_runner.formats import _story as s
from runbook_runner.formats._words import one_line
from runbook_runner.model import events as e
from runbook_runner.model.branches import every, split
from runbook_runner.model.chain import decode
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Rung
from runbook_runner.model.state import Attempt, Call, Visit


class Called(Struct, frozen=True):
    """Somebody who was called, or who should have been."""

    to: str
    via: str
    due: float | None = None
    """Wall time at which the runbook wants the call; None where it does not say."""
    wall: float | None = None
    """When it was tried; None for a call that nobody recorded."""
    result: str = ""
    before: bool = False
    """It was due before the run began."""
    open: bool = False
    """It falls due after all that is recorded."""
    again: bool = False
    """Somebody of the ladder who had been called before."""

    @property
    def late(self) -> float | None:
        """Seconds from the time when it was due to the call; below zero for a call before that."""
        return None if self.due is None or self.wall is None else self.wall - self.due


class Override(Struct, frozen=True):
    """Where somebody decided otherwise than the runbook or the evidence said."""

    wall: float
    what: str
    of: Record
    step: str = ""
    """Title of the step."""
    reason: str = ""
    """As it was given; empty where none was."""
    was: str = ""
    """A command as the runbook has it, where it was edited."""
    became: str = ""


class Change(Struct, frozen=True):
    """A command that may have changed something, and the way back."""

    of: Record
    attempt: Attempt
    values: tuple[str, ...]
    """Parameters that it named, `NAME=value`."""
    rollback: tuple[Block, ...] = ()
    section: str = ""
    """Title of the runbook's part on the way back, where the step itself has none."""


def end_of(of: Record) -> float:
    """Return when the run ended, or when last anything of it was recorded."""
    return of.state.ended_wall or of.state.last_wall


def called(of: Record) -> list[Called]:
    """Return the calls of a run and of those walked from it, against the ladder's thresholds, in order of time."""
    state, page = of.state, of.state.page
    tried = sorted((call for each in s.whole(of) for call in each.state.calls), key=lambda call: call.wall)
    ladder: dict[str, Rung] = {}
    for rung in of.runbook.facts.escalation if of.runbook else ():
        ladder.setdefault(rung.to, rung)
    found, seen = [], set[str]()
    for call in tried:
        known, again = ladder.get(call.tried.to), call.tried.to in seen
        seen.add(call.tried.to)
        each = _call(call, page + known.after if known and not again else None, state.wall)
        found.append(replace(each, again=known is not None and again))
    for to, rung in ladder.items():
        if to not in seen:
            due = page + rung.after
            found.append(Called(to, rung.via, due, before=due < state.wall, open=due > end_of(of)))
    return sorted(found, key=lambda each: each.wall or each.due or 0.0)


def _call(call: Call, due: float | None, began: float) -> Called:
    return Called(call.tried.to, call.tried.via, due, call.wall, call.result, due is not None and due < began)


def overrides(of: Record) -> list[Override]:
    """Return what was decided against the runbook or the evidence, in order of time."""
    found = [each for record in s.whole(of) for each in _overrides(record)]
    return sorted(found, key=lambda each: each.wall)


def _overrides(of: Record) -> Iterator[Override]:
    settled, left = s.settled(of), _left(of)
    for wall, warning in of.state.warnings:
        if warning.code == "same-fault":
            what, _, reason = warning.text.partition(": ")
            yield Override(wall, f"The run was {one_line(what)}", of, reason=one_line(reason))
    for visit in of.state.visits:
        title, wall = s.title(of, visit.step), settled.get(visit.number, visit.event.wall)
        for attempt in of.state.attempts_of(visit):
            if attempt.start.original:
                was, became = attempt.start.original, attempt.start.text
                yield Override(attempt.event.wall, "Edited the command", of, title, was=was, became=became)
        yield from _overruled(of, visit, wall, title)
        if what := _settled_otherwise(visit):
            reason = visit.ended.reason if visit.ended else ""
            reason = "" if visit.judged and reason == visit.judged.why else reason
            yield Override(wall, what, of, title, one_line(reason))
        if (passed_over := _passed_over(visit)) and visit.taken:
            way = one_line(visit.taken.text) or "went on with the next step"
            what = f"Chose “{way}” although branch {passed_over} holds"
            yield Override(left.get(visit.number, wall), what, of, title)


def _overruled(of: Record, visit: Visit, wall: float, title: str) -> Iterator[Override]:
    """Yield each time that a verdict was overruled, the state keeping only the last; without events that one."""
    was = visit.judged.verdict if visit.judged else "none"
    bodies = [(event.wall, decode(event)) for event in split(of.events)[0] if event.type == "step_ended"]
    if not bodies and visit.ended:
        bodies = [(wall, visit.ended)]
    for when, body in bodies:
        if isinstance(body, e.StepEnded) and body.visit == visit.number:
            if body.how == "overruled":
                what = f"Overruled the verdict: {was} became {body.outcome}"
                yield Override(when, what, of, title, one_line(body.reason))
            was = body.outcome


def _settled_otherwise(visit: Visit) -> str:
    """Say how a step was settled by a person against, or without, what the machine made of it."""
    ended, judged = visit.ended, visit.judged
    if ended is None:
        return ""
    if ended.outcome == "skipped" and not ended.reason.startswith("does not apply"):
        return "Skipped the step"
    if judged and judged.verdict == "undetermined" and ended.how == "answer":
        return f"Settled as {ended.outcome} what the evidence left undetermined ({one_line(judged.why, 200)})"
    return ""


def _passed_over(visit: Visit) -> str:
    """Return the number of the branch that the evidence says, where another way was taken; else nothing."""
    holding = [each.get("index") for each in (visit.judged.branches if visit.judged else ()) if each.get("holds")]
    first = holding[0] if holding else None
    if not isinstance(first, int) or visit.taken is None or visit.taken.index == first:
        return ""
    return str(first + 1) if visit.taken.how in ("answer", "next") else ""


def _left(of: Record) -> dict[int, float]:
    """Return when each visit was left by an edge."""
    found = ((event.wall, decode(event)) for event in split(of.events)[0] if event.type == "branch_taken")
    return {body.visit: wall for wall, body in found if isinstance(body, e.BranchTaken)}


def changes(of: Record) -> list[Change]:
    """Return what may have changed something, in order, in this run and those walked from it."""
    found = [
        Change(each, attempt, used.get(attempt.start.attempt, ()), *_back(each, visit.step))
        for each, used in ((each, s.values(each)) for each in s.whole(of))
        for visit in each.state.visits
        for attempt in each.state.attempts_of(visit)
        if attempt.start.effect != "read" and s.ran(attempt)
    ]
    return sorted(found, key=lambda change: change.attempt.event.wall)


def _back(of: Record, step: str) -> tuple[tuple[Block, ...], str]:
    """Return how the author says that a step is undone: beside it, or in a part of its own, with that part's title."""
    steps = {each.id: each for each in of.runbook.steps} if of.runbook else {}
    if step in steps and steps[step].rollback:
        return steps[step].rollback, ""
    phases = of.runbook.phases if of.runbook else ()
    parts = [phase for phase in phases if phase.role == "rollback" and phase.blocks]
    if not parts or any(each.id == step for phase in parts for each in phase.steps):
        return (), ""
    return tuple(block for phase in parts for block in phase.blocks), parts[0].title


def unknown(of: Record) -> list[tuple[str, str, str]]:
    """Return what the record does not say: words, a command or nothing, words."""
    all_of_it = s.whole(of)
    found = [
        ("Whether ", attempt.start.text, f" took effect: {s.ending(attempt)}.")
        for each in all_of_it
        for attempt in each.state.attempts.values()
        if s.uncertain(attempt)
    ]
    found += [
        ("How ", attempt.start.text, " ended: it was left running in the background.")
        for each in all_of_it
        for attempt in each.state.attempts.values()
        if attempt.end and attempt.end.reason == "background"
    ]
    found += [
        (f"{s.title(each, visit.step)}: {s.verdict(each, visit)}.", "", "")
        for each in all_of_it
        for visit in each.state.visits
        if visit.ended and visit.ended.outcome in ("undetermined", "unknown")
    ]
    if not of.state.ended:
        found.append(("How it ended: the run is still open.", "", ""))
    found += [
        (f"What came of the call to {one_line(call.tried.to)}.", "", "")
        for each in all_of_it
        for call in each.state.calls
        if not call.result
    ]
    gone = sum(event.payload is None for each in all_of_it if not each.apart for event in every(each.events))
    if gone:
        text = f"What stood in {gone} of the events: the text was removed from the journal."
        found.append((text, "", ""))
    return found
