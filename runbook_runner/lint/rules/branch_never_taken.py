"""A branch is never taken, because one before it always is.

## What it does
Goes through the branches of each step in order. The first that holds is taken, so one whose predicate holds only
where an earlier one does is never reached; nor is a second `Otherwise`.

## Why it matters
Somebody wrote down what to do in that case, and nobody is ever led there.

## Example
    - If `value > 50`, go to [Watch](#watch).
    - If `value > 90`, go to [Fix](#fix).
    - Otherwise, resolved.

## How to fix
Put the narrower branch first, or correct the one that takes too much.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._predicates import node_of
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Branch, Otherwise, Predicate, Step
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_MOST = 60
"""Branches of one step that are compared, each with all before it: a person writes a handful."""


def _find(document: Document) -> Iterator[Defect]:
    for step in document.runbook.steps:
        for branch, why in _shut(step):
            message = f"this branch is never taken: {why}"
            hint = "put the narrower branch first, or correct the one that takes too much"
            span = branch.guard.span if isinstance(branch.guard, Predicate) else branch.span
            yield Defect("branch-never-taken", message, span, hint)


def _shut(step: Step) -> Iterator[tuple[Branch, str]]:
    """Yield the branches of a step that are never taken, each with the reason."""
    last: Branch | None = None
    for at, branch in enumerate(step.branches[:_MOST]):
        before = step.branches[:at]
        twice = last is not None and isinstance(last.guard, Otherwise) and isinstance(branch.guard, Otherwise)
        last = branch
        if twice:
            yield branch, "there is an `Otherwise` before it already"
        elif any(isinstance(each.guard, Predicate) for each in before):
            why = _taken_before(branch, [each.guard for each in before if isinstance(each.guard, Predicate)])
            if why:
                yield branch, why


def _taken_before(branch: Branch, earlier: list[Predicate]) -> str:
    from runbook_runner.predicates.cases import always, never, never_after
    from runbook_runner.predicates.nodes import Literal

    known = [(guard, node) for guard in earlier if (node := node_of(guard)) is not None]
    for guard, node in known:
        if always(node):
            return f"`{guard.source}` before it always holds"
    if isinstance(branch.guard, Otherwise):
        left = not never_after(Literal(1, True), [node for _, node in known])
        return "" if left else "the branches before it leave nothing"
    own = node_of(branch.guard)
    if own is None or never(own):
        return ""
    for guard, node in known:
        if never_after(own, [node]):
            source = branch.guard.source if isinstance(branch.guard, Predicate) else ""
            return f"where `{source}` holds, `{guard.source}` before it does too"
    return "those before it leave nothing to it" if never_after(own, [node for _, node in known]) else ""


RULE: LintRule = Rule("branch-never-taken", Group.CORRECTNESS, _find, "a branch that one before it shuts off")
