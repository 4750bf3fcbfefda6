"""A command is repeated, and nothing says when to stop.

## What it does
Looks for fences with `every=` whose step has neither an expectation nor a timer.

## Why it matters
What is expected ends the polling, or the time that is given to it. Without either she watches until she gives up.

## Example
    ```sh {every=15s}
    kubectl get pods
    ```

## How to fix
Add `Expected:` with a predicate, or a timer: `- After 10m, escalate.`
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Timer
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for step in document.runbook.steps:
        every = step.command.attributes.every if step.command else None
        timed = any(isinstance(branch.guard, Timer) for branch in step.branches)
        if step.command is None or every is None or step.expected or timed:
            continue
        message = f"this command is repeated every {every:g}s, and neither an expectation nor a timer ends that"
        hint = "add `Expected:` with a predicate, or `- After 10m, escalate.`"
        yield Defect("endless-polling", message, step.command.span, hint)


RULE: LintRule = Rule("endless-polling", Group.CORRECTNESS, _find, "polling that nothing ends")
