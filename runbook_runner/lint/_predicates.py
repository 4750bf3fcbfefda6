"""The predicates of a document, parsed, for the rules that reason about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.model.runbook import Guard, Predicate, Step
from runbook_runner.ports.lint import Document

if TYPE_CHECKING:
    from runbook_runner.predicates.nodes import Node


def node_of(guard: Guard | None) -> Node | None:
    """Return what a predicate says; None for other guards and for what cannot be evaluated."""
    if not isinstance(guard, Predicate) or guard.error:
        return None
    from runbook_runner.predicates import PredicateError, parse  # most documents have none

    try:
        return parse(guard.source).root
    except PredicateError:
        return None


def predicates_of(step: Step) -> Iterator[Predicate]:
    """Yield the predicates of a step: what is expected, its branches' and its own."""
    found = [expected.predicate for expected in step.expected]
    for guard in (*found, *(branch.guard for branch in step.branches), *step.guards):
        if isinstance(guard, Predicate):
            yield guard


def predicates(document: Document) -> Iterator[Predicate]:
    """Yield every predicate of a document, each once."""
    told = set()
    for phase in document.runbook.phases:
        own = [phase.guard] if isinstance(phase.guard, Predicate) else []
        for predicate in (*own, *(found for step in phase.steps for found in predicates_of(step))):
            if predicate.span not in told:
                told.add(predicate.span)
                yield predicate
