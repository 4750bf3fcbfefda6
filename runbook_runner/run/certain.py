"""Which steps a run is sure to come to, unless it ends before. Pure."""

from __future__ import annotations

from runbook_runner.model.graph import AskOutcome, Choose, Graph, Target, steps_of
from runbook_runner.model.runbook import Otherwise


def is_certain(graph: Graph, step: str) -> bool:
    """Tell whether every walk that goes on to its end comes to a step, and does it.

    A walk that ends early, resolved or escalated, is none that goes on. A step below an "if" may not apply.
    """
    if graph.steps[step].guards or graph.phase_of(step).guard is not None:
        return False
    ways = _ways(graph)
    waiting, seen = list(steps_of(graph.start)), {step}
    while waiting:
        here = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        if not ways.get(here):
            return False  # it came to an end, and not by that step
        waiting += [other for other in ways[here] if other]
        if "" in ways[here]:
            return False
    return not _ends(graph.start)


def _ways(graph: Graph) -> dict[str, set[str]]:
    """Return the steps that may follow each step; "" is the end of the document."""
    last_word = {edge.source for edge in graph.edges if isinstance(edge.guard, Otherwise)}
    ways: dict[str, set[str]] = {}
    for edge in graph.edges:
        if edge.index is not None or edge.source not in last_word:
            ways.setdefault(edge.source, set()).update(steps_of(edge.target), [""] if _ends(edge.target) else ())
    return ways


def _ends(target: Target) -> bool:
    """Tell whether a target may be the end of the document."""
    return isinstance(target, AskOutcome) or (isinstance(target, Choose) and _ends(target.none))
