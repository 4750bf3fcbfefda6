"""A command names a target that the runbook does not declare.

## What it does
Compares `target=NAME` with the names under `targets:` in the front matter and with `[targets.NAME]` in the
configuration where lint runs. Where neither says anything of targets, nothing is said. A name that the front matter
only lists must be in the configuration, where there is one.

## Why it matters
The command cannot run: nothing says which database or cluster is meant.

## Example
    targets:
      payments-db: postgresql://db.example/payments

    ```sql {target=payment-db}
    select count(*) from jobs;
    ```

## How to fix
Write the target's name as it is declared, or declare it: under `targets:`, or as `[targets.NAME]` in `runbook.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.model.target import declared
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    own = {each.name: each for each in declared(document.runbook.facts.extra.get("targets"))}
    known = document.targets | frozenset(own)
    if not known:
        return
    hint = "declared: " + ", ".join(sorted(known))
    for step in document.runbook.steps:
        name = step.command.attributes.target if step.command else ""
        if step.command is None or not name:
            continue
        if name not in known:
            yield Defect("unknown-target", f"there is no target `{name}`", step.command.span, hint)
        elif document.targets and name not in document.targets and not own[name].kind:
            message = f"the target `{name}` is listed under `targets:`, and nothing says what it is"
            yield Defect("unknown-target", message, step.command.span, f"write [targets.{name}] in runbook.toml")


RULE: LintRule = Rule("unknown-target", Group.CORRECTNESS, _find, "a target that is not declared")
