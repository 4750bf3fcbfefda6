"""Steps go round in a circle, and nothing leads out of it.

## What it does
Follows branches and fall-throughs and looks for steps that lead only to each other: no branch ends the run, calls
somebody, goes elsewhere or falls through.

## Why it matters
The run goes round until somebody notices. At night that takes a while.

## Example
    1. Restart the worker.
    2. Look whether it runs.

       - If it hangs again, go to step 1.
       - Otherwise, go to step 2.

## How to fix
Add a way out: a branch that ends the run, a timer (`After 15m, escalate`), or no `Otherwise`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._genre import is_walked
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._walks import circles, ways
from runbook_runner.model.finding import Group
from runbook_runner.model.graph import Graph
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    graph = document.graph
    if not any(step.branches for step in graph.steps.values()) or not is_walked(document):
        return
    found = ways(graph)
    for circle in circles(found.next):
        if circle & found.leaving or any(found.next[step] - circle for step in circle):
            continue
        inside = [step for step in graph.steps.values() if step.id in circle]
        titles = " → ".join(f"`{step.title.rstrip('.')}`" for step in inside[:4]) + (" → …" if len(inside) > 4 else "")
        hint = "add a way out: a branch that ends the run, or `After 15m, escalate`"
        yield Defect("endless-loop", f"nothing leads out of the circle {titles}", _back(graph, circle), hint)


def _back(graph: Graph, circle: frozenset[str]) -> Span:
    """Return the place of the branch that closes a circle."""
    order = list(graph.steps)
    for edge in graph.edges:
        if edge.source in circle and edge.index is not None:
            step = getattr(edge.target, "step", "")
            if step in circle and order.index(step) <= order.index(edge.source):
                return graph.steps[edge.source].branches[edge.index].span
    return graph.steps[min(circle, key=order.index)].span


RULE: LintRule = Rule("endless-loop", Group.CORRECTNESS, _find, "a circle that nothing leads out of")
