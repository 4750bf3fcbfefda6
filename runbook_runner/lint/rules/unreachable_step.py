"""Nothing leads to a step.

## What it does
Follows every branch, every fall-through and every link of the text from the start. It looks for steps that none of
them gets to: those after a step whose branches lead away in every case. Rollback, escalation and references count as
reached, since they are entered by hand.

## Why it matters
The step is never shown in a run: what it would have found or done is missing.

## Example
    1. Look at the queue.

       - If it is empty, resolved.
       - Otherwise, go to [Fix](#fix).

    2. Look at the workers.

    ## Fix

## How to fix
Lead a branch to it, write *continue* in place of a destination, or remove the step.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._genre import is_walked
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._walks import reachable, shut
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    graph = document.graph
    if not any(step.branches for step in graph.steps.values()) or not is_walked(document):
        return
    reached = reachable(graph)
    before = None
    for step in graph.steps.values():
        # Of several in a row the first is told; behind what does not lead away something else is amiss.
        if step.id not in reached and before is not None and before.id in reached and shut(graph, before):
            title, last = step.title.rstrip("."), before.title.rstrip(".")
            message = f"nothing leads to the step `{title}`: before it, `{last}` leads away in every case"
            hint = "lead a branch to it, write *continue* in place of a destination, or remove it"
            yield Defect("unreachable-step", message, step.span, hint)
        before = step


RULE: LintRule = Rule("unreachable-step", Group.CORRECTNESS, _find, "a step that nothing leads to")
