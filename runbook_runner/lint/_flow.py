"""Where a run can go from a step, and what decides it."""

from __future__ import annotations

from runbook_runner.model.graph import steps_of
from runbook_runner.model.runbook import Branch, Predicate, Question, Step
from runbook_runner.ports.lint import Document


def onward(document: Document, name: str) -> tuple[Step, ...]:
    """Return every step that can come after one, by branches, choices and falling through.

    The step itself is among them where it stands in a loop.
    """
    reached = _reached(document)
    found: dict[str, None] = {}
    waiting = list(reached.get(name, ()))
    while waiting:
        step = waiting.pop(0)
        if step not in found:
            found[step] = None
            waiting += reached.get(step, ())
    return tuple(document.graph.steps[step] for step in found)


def decided(document: Document) -> tuple[tuple[Step, tuple[Branch, ...]], ...]:
    """Return the steps with conditions, and those; timers and recurrences decide nothing."""
    found = []
    for step in document.runbook.steps:
        conditions = tuple(branch for branch in step.branches if isinstance(branch.guard, Predicate | Question))
        if conditions:
            found.append((step, conditions))
    return tuple(found)


def _reached(document: Document) -> dict[str, list[str]]:
    return document.once(_edges)


def _edges(document: Document) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for edge in document.graph.edges:
        found.setdefault(edge.source, []).extend(steps_of(edge.target))
    return found
