"""A command names a target that the runbook does not declare.

## What it does
Compares `target=NAME` with the names under `targets:` in the front matter. Where the runbook declares none, nothing is
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
from runbook_runner.model.target import declared
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    names = [target.name for target in declared(document.runbook.facts.extra.get("targets"))]
    if not names:
        return
    for step in document.runbook.steps:
        name = step.command.attributes.target if step.command else ""
        if step.command is not None and name and name not in names:
            hint = "declared: " + ", ".join(names)
            yield Defect("unknown-target", f"there is no target `{name}`", step.command.span, hint)


RULE: LintRule = Rule("unknown-target", Group.CORRECTNESS, _find, "a target that is not declared")
