"""The branches of a step leave out numbers in the middle.

## What it does
Looks for branches of one step that compare the same value with numbers and leave a gap between them: `< 80` and `>
90` leave 80 to 90. Nothing is said where there is an `Otherwise`, a timer or a question in words.

## Why it matters
With a value in the gap no branch holds, and the run goes on as if all were well.

## Example
    - If `value < 80`, resolved.
    - If `value > 90`, go to [Fix](#fix).

## How to fix
Move a bound (`>= 80`), or add `- Otherwise, …`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._predicates import node_of
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Predicate
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for step in document.runbook.steps:
        guards = [branch.guard for branch in step.branches]
        known = [guard for guard in guards if isinstance(guard, Predicate)]
        nodes = [node for guard in known if (node := node_of(guard)) is not None]
        if len(nodes) < 2 or len(known) < len(guards) or len(nodes) < len(known):
            continue  # whoever asks or waits may mean the gap
        from runbook_runner.predicates.cases import gap

        if (found := gap(nodes)) is not None:
            sources = ", ".join(f"`{guard.source}`" for guard in known)
            message = f"no branch covers {found.words}: {sources}"
            yield Defect("uncovered-range", message, known[-1].span, "move a bound, or add `- Otherwise, …`")


RULE: LintRule = Rule("uncovered-range", Group.CORRECTNESS, _find, "numbers that no branch covers")
