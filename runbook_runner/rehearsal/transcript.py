"""A real run as a scenario: what its commands printed and what she answered, so that an incident leaves a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import PurePath
from typing import TypeVar

from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Branch, Continue, Escalate, Finish, Step, Timer, ToAnchor
from runbook_runner.model.scenario import Answer, Branching, Called, Earlier, Expect, Fired, Reply, Scenario
from runbook_runner.model.state import Attempt, RunState, Visit
from runbook_runner.regex import regex
from runbook_runner.rehearsal.rehearse import Seen, destination
from runbook_runner.run.interrupts import clock_text
from runbook_runner.run.judge import NO_OTHER, deciding

_PLAIN = regex(rf"(\S+) == \1|{NO_OTHER}")
"""Evidence that says no more than that the branch was taken."""
_MOST = 60
"""So much of a text that was found is enough to know it again."""
Item = TypeVar("Item", Reply, Answer)


def transcript(name: str, runs: Sequence[tuple[RunState, Graph]], earlier: Sequence[Earlier] = ()) -> Scenario:
    """Return the scenario of a run that has ended: itself first, then the runs that were walked from it."""
    commands: dict[str, list[Reply]] = {}
    answers: dict[str, list[Answer]] = {}
    for state, graph in runs:
        for visit in state.visits:
            where = _named(state, visit.step)
            for attempt in state.attempts_of(visit):
                if _is_last_part(graph, visit, attempt):
                    commands.setdefault(where, []).append(_reply(attempt))
            answers.setdefault(where, []).extend(_answers(graph, visit))
    state, _ = runs[0]
    if state.ended and state.ended.how == "answer":
        answers["end"] = [Answer(end=state.ended.outcome)]
    started = state.started
    return Scenario(
        name,
        parameters={n: v.value for n, v in state.parameters.items() if v.value is not None},
        alert=Fired(started.alert, started.labels, started.annotations) if started and started.alert else None,
        paged=clock_text(state.wall - state.page) if state.wall - state.page >= 1 else "",
        earlier=tuple(earlier),
        commands={step: tuple(_shorter(replies)) for step, replies in commands.items()},
        answers={step: tuple(_shorter(given)) for step, given in answers.items() if given},
        reach=_reach([each for each, _ in runs]),
        expect=_expected([each for each, _ in runs]),
    )


def expectation(seen: Seen) -> Expect:
    """Return what a scenario would have to expect for this to be right."""
    return Expect(
        seen.path,
        tuple(Branching(at, to, evidence) for at, to, evidence in seen.branches),
        {at: telling for at, _, evidence in seen.branches if (telling := _telling(evidence))},
        seen.outcome,
        seen.failed,
        seen.changed,
        tuple(Called(to, clock_text(at)) for to, at in seen.called),
        clock_text(seen.seconds),
    )


def _telling(evidence: str) -> str:
    """Return the telling part of evidence, without the name of the run that was here before."""
    return "" if _PLAIN.fullmatch(evidence) else evidence.partition(" by somebody (run ")[0][:_MOST].rstrip()


def _named(state: RunState, step: str) -> str:
    started = state.started
    return f"{PurePath(started.path).name}#{step}" if started and started.parent_run else step


def _is_last_part(graph: Graph, visit: Visit, attempt: Attempt) -> bool:
    step = graph.steps.get(visit.step)
    parts = len(step.command.parts) if step and step.command else 1
    return attempt.start.part >= parts - 1 or bool(attempt.end and attempt.end.exit_code)


def _reply(attempt: Attempt) -> Reply:
    printed = {output.stream: output.head + output.tail for output in attempt.outputs}
    end = attempt.end
    if end is not None and end.reason in ("timeout", "stopped"):
        return Reply(hangs=True, stdout=printed.get("stdout", ""), stderr=printed.get("stderr", ""))
    duration = end.duration if end and end.duration is not None else 0.0
    statuses = end.statuses if end and len(end.statuses) > 1 and any(end.statuses[:-1]) else ()
    return Reply(
        printed.get("stdout", ""),
        printed.get("stderr", ""),
        exit=(end.exit_code or 0) if end else 0,
        statuses=statuses,
        duration=clock_text(duration) if duration >= 1 else "",
    )


def _answers(graph: Graph, visit: Visit) -> Iterator[Answer]:
    for holds in visit.guards.values():
        yield Answer(applies=holds)
    step = graph.steps.get(visit.step)
    if step is not None:
        yield from _ending(visit, step)
        yield from _leaving(visit, step)


def _ending(visit: Visit, step: Step) -> Iterator[Answer]:
    ended = visit.ended
    if ended is None:
        return
    if ended.outcome == "skipped":
        if not ended.reason.startswith("does not apply"):
            yield Answer(do="skip", because=ended.reason)
    elif ended.how == "overruled":
        yield Answer(overrule=ended.reason)
    elif ended.how == "answer" and visit.attempts and ended.outcome in ("passed", "failed"):
        yield Answer(expected=ended.outcome == "passed")
    elif ended.how == "answer" and step.command is not None and not visit.attempts:
        yield Answer(do="done")


def _leaving(visit: Visit, step: Step) -> Iterator[Answer]:
    if not visit.ways:
        return
    taken, *more = visit.ways
    branch = step.branches[taken.index] if taken.index is not None else None
    if branch is not None and taken.how == "timer" and isinstance(branch.guard, Timer):
        yield Answer(wait=clock_text(branch.guard.seconds))
    elif branch is not None and taken.how in ("answer", "otherwise"):
        against = deciding(step, visit.judged) not in (None, taken.index)
        yield Answer(take=_way(step, branch), anyway=against)
    elif taken.how == "choice":
        yield Answer(take=taken.destination.partition(":")[2] if taken.destination.startswith("step:") else "none")
    elif taken.how == "next" and not _chosen_by_machine(visit) and (step.branches or _failed(visit)):
        yield Answer(take="next")
    if more and taken.destination.startswith("escalate:"):
        yield Answer(called="stay")


def _way(step: Step, branch: Branch) -> str:
    """Return where a branch leads, or what it says where several lead there."""
    match branch.destination:
        case ToAnchor(anchor, path):
            way = f"{path}#{anchor}" if path and anchor else path or anchor
        case Finish(outcome):
            way = outcome.value
        case Escalate(to):
            way = f"escalate to {to}" if to else "escalate"
        case Continue():
            way = "next"
    alone = sum(each.destination == branch.destination for each in step.branches) == 1
    return way if alone else branch.text


def _failed(visit: Visit) -> bool:
    return visit.ended is not None and visit.ended.outcome == "failed"


def _chosen_by_machine(visit: Visit) -> bool:
    return bool(visit.judged and any(entry["holds"] for entry in visit.judged.branches))


def _reach(states: Sequence[RunState]) -> Mapping[str, str]:
    calls = [call for state in states for call in state.calls]
    return {call.tried.to: call.result for call in calls if call.result not in ("", "reached")}


def _expected(states: Sequence[RunState]) -> Expect:
    root = states[0]
    visits = sorted(
        ((visit.event.wall, _named(state, visit.step), visit) for state in states for visit in state.visits),
        key=lambda entry: entry[0],
    )
    ran = sorted(
        (attempt.event.wall, _named(state, attempt.start.step))
        for state in states
        for attempt in state.attempts.values()
        if attempt.start.effect != "read" and attempt.start.part == 0
    )
    taken = sorted(
        (visit.event.wall, _named(state, visit.step), destination(way.destination), _telling(way.evidence))
        for state in states
        for visit in state.visits
        for way in visit.ways
        if way.index is not None
    )
    return Expect(
        path=tuple(step for _, step, _ in visits),
        branches=tuple(Branching(at, to, because) for _, at, to, because in taken),
        outcome=root.outcome if root.ended else "",
        failed=tuple(step for _, step, visit in visits if visit.ended and visit.ended.outcome == "failed") or None,
        changed=tuple(step for _, step in ran),
        # Who was tried twice in a row did not answer the first time.
        called=tuple(Called(to) for to, _ in groupby(call.tried.to for state in states for call in state.calls))
        or None,
    )


def _shorter(items: Sequence[Item]) -> Sequence[Item]:
    """Leave out the last ones that say the same as the one before: the last holds on by itself."""
    count = len(items)
    while count > 1 and items[count - 1] == items[count - 2]:
        count -= 1
    return items[:count]
