"""A command names a target that the runbook does not declare.

## What it does
Compares `target=NAME` with the keys of `targets:` in the front matter. Where the runbook declares none, nothing is
said.

## Why it matters
The command cannot run: nothing says which database or cluster is meant.

## Example
    targets:
      payments-db: postgresql://db.example/payments

    ```sql {target=payment-db}
    select count(*) from jobs;
    ```

## How to fix
Write the target's name as under `targets:`, or declare it there.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    declared = document.runbook.facts.extra.get("targets")
    if not isinstance(declared, dict) or not declared:
        return
    for step in document.runbook.steps:
        name = step.command.attributes.target if step.command else ""
        if step.command is not None and name and name not in declared:
            hint = "declared: " + ", ".join(str(each) for each in declared)
            yield Defect("unknown-target", f"there is no target `{name}`", step.command.span, hint)


RULE: LintRule = Rule("unknown-target", Group.CORRECTNESS, _find, "a target that is not declared")
