"""A predicate always holds.

## What it does
Works out which values a predicate allows and looks for those that allow all: `true`, `exit_code >= 0`, `value > 5 ||
value < 10`.

## Why it matters
What should decide decides nothing: the branch is always taken, or the step passes whatever the command prints.

## Example
    Expected: `exit_code >= 0`

## How to fix
Write what tells good from bad: `exit_code == 0`. For the last way out write `Otherwise`.
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
        from runbook_runner.predicates.cases import always

        if always(node):
            message = f"`{predicate.source}` always holds, so it decides nothing"
            hint = "write what tells good from bad; for the last way out write `Otherwise`"
            yield Defect("guard-always-holds", message, predicate.span, hint)


RULE: LintRule = Rule("guard-always-holds", Group.CORRECTNESS, _find, "a predicate that always holds")
