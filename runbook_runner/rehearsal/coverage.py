"""What walks cover, read from what they recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runbook_runner.model import events as e
from runbook_runner.model.coverage import Coverage, parts
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Timer
from runbook_runner.model.state import RunState
from runbook_runner.rehearsal.rehearse import Seen

Name = tuple[str, str, str]


def coverage(graph: Graph, walks: Iterable[Seen]) -> Coverage:
    """Return how much of a runbook was walked; of the runs that were walked from others, those of it count too."""
    path = graph.runbook.path
    names: set[Name] = set()
    for seen in walks:
        for state in seen.states:
            if state.started and state.started.path == path:
                names.update(_of_run(graph, state))
        for where, step, judged in seen.judged:
            if where == path:
                names.update(_judged(step, judged))
    return Coverage(path, parts(graph), frozenset(names))


def _of_run(graph: Graph, state: RunState) -> Iterator[Name]:
    for visit, after in zip(state.visits, (*state.visits[1:], None), strict=True):
        step = graph.steps.get(visit.step)
        if step is None:
            continue
        yield "step", step.id, ""
        for text, holds in visit.guards.items():
            yield "guard", step.id, f"{text} is {str(holds).lower()}"
        for way in visit.ways:
            if way.index is not None:
                timer = isinstance(step.branches[way.index].guard, Timer)
                yield "timer" if timer else "branch", step.id, str(way.index)
        if visit.taken and visit.taken.how == "choice" and after is not None:
            yield from (("alternative", key, after.step) for key in graph.choices)
    if state.visits and state.visits[0].how == "choice":
        yield from (("alternative", key, state.visits[0].step) for key in graph.choices)
    for call in state.calls:
        yield "escalation", "", call.tried.to


def _judged(step: str, judged: e.Judged) -> Iterator[Name]:
    entries: list[Mapping[str, Any]] = [*judged.checks, *judged.branches]
    for entry in entries:
        if entry.get("source") and entry["holds"] is not None:
            yield "predicate", step, f"{entry['source']} is {str(entry['holds']).lower()}"
