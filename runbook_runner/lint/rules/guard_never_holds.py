"""A predicate can never hold.

## What it does
Works out which values a predicate allows: numbers and texts that are compared with constants, joined by `&&`, `||`
and `!`. It looks for predicates that allow none.

## Why it matters
The branch is never taken, or the step never passes, whatever the command prints: in the incident the way that it
should show stays shut.

## Example
    - If `value > 90 && value < 80`, go to [Fix](#fix).

## How to fix
Turn a comparison around, or write `||` where either is enough.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._predicates import node_of, predicates
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for predicate in predicates(document):
        node = node_of(predicate)
        if node is None:
            continue
        from runbook_runner.predicates.cases import never

        if never(node):
            hint = "turn a comparison around, or write `||` where either is enough"
            yield Defect("guard-never-holds", f"`{predicate.source}` can never hold", predicate.span, hint)


RULE: LintRule = Rule("guard-never-holds", Group.CORRECTNESS, _find, "a predicate that can never hold")
