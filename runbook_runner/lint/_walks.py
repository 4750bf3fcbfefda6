"""Where one can get to in a runbook: by its branches, by falling through, by its links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from msgspec import Struct

from runbook_runner.lint._predicates import node_of
from runbook_runner.model.graph import Choose, Edge, GoTo, Graph, Leave, Target
from runbook_runner.model.prose import Link, PhaseKind, inlines
from runbook_runner.model.runbook import Escalate, Otherwise, Predicate, Step
from runbook_runner.regex import regex

_LEAVES = regex(
    r"\b(?:go|jump|skip|proceed|continue|move|return|repeat|retry|start|resolved|done|finished)\b|->|=>|[→⇒➜]", re.I
)
"""`Go to` leads away for good; `see` and `check` come back."""


_MOST = 500
"""Links that are followed."""


class Ways(Struct, frozen=True):
    """All ways through one runbook."""

    next: Mapping[str, frozenset[str]]
    """The steps that may come after each step."""
    leaving: frozenset[str]
    """Steps after which the run may end or go elsewhere."""


def ways(graph: Graph) -> Ways:
    """Return the ways through a runbook."""
    following: dict[str, frozenset[str]] = {}
    leaving: set[str] = set()
    edges: dict[str, list[Edge]] = {step: [] for step in graph.steps}
    for edge in graph.edges:
        edges[edge.source].append(edge)
    for step in graph.steps.values():
        found: set[str] = set()
        for target in _targets(graph, step, edges[step.id]):
            steps, ends = _expanded(target)
            found |= steps
            if ends:
                leaving.add(step.id)
        following[step.id] = frozenset(found)
    return Ways(following, frozenset(leaving))


def reachable(graph: Graph) -> frozenset[str]:
    """Return the steps that something leads to: the start, a branch, a link, the need of the moment."""
    following = ways(graph).next
    found = reach(following, _expanded(graph.start)[0])
    return found if len(found) == len(graph.steps) else reach(following, [*found, *_entered(graph)])


def reach(following: Mapping[str, Iterable[str]], begin: Iterable[str]) -> frozenset[str]:
    """Return all that can be got to from some steps, these included."""
    seen: set[str] = set()
    waiting = list(begin)
    while waiting:
        step = waiting.pop()
        if step not in seen:
            seen.add(step)
            waiting += following.get(step, ())
    return frozenset(seen)


def circles(following: Mapping[str, frozenset[str]]) -> list[frozenset[str]]:
    """Return the largest sets of steps in which each can be got to from each other, those that go in circles."""
    found: list[frozenset[str]] = []
    done: set[str] = set()
    back: dict[str, set[str]] = {step: set() for step in following}
    for step, steps in following.items():
        for other in steps:
            back.setdefault(other, set()).add(step)
    for step in following:
        if step not in done:
            circle = reach(following, following[step]) & reach(back, [step])
            if step in circle:
                found.append(circle)
                done |= circle
    return found


def leads_away(text: str) -> bool:
    """Tell whether a branch leads away for good by its words, and is no detour."""
    return _LEAVES.search(text) is not None


def shut(graph: Graph, step: Step) -> bool:
    """Tell whether a step's branches take every case and lead away, so that nobody falls through to the next one."""
    if not step.branches or step.guards or graph.phase_of(step.id).guard is not None:
        return False
    if not all(leads_away(branch.text) for branch in step.branches):
        return False
    if any(isinstance(branch.guard, Otherwise) for branch in step.branches):
        return True
    nodes = [node_of(branch.guard) for branch in step.branches if isinstance(branch.guard, Predicate)]
    known = [node for node in nodes if node is not None]
    if not known:
        return False
    from runbook_runner.predicates.cases import never_after
    from runbook_runner.predicates.nodes import Literal

    return never_after(Literal(1, True), known)


def _targets(graph: Graph, step: Step, edges: list[Edge]) -> list[Target]:
    targets = [edge.target for edge in edges if edge.index is not None]
    # Whoever has called somebody, or comes back from another runbook, goes on.
    if not shut(graph, step) or any(isinstance(target, Escalate | Leave) for target in targets):
        targets += [edge.target for edge in edges if edge.index is None]
    return targets


def _expanded(target: Target) -> tuple[frozenset[str], bool]:
    """Return the steps that a target may be, and whether it may be the end or lead out."""
    steps: set[str] = set()
    while isinstance(target, Choose):
        steps.update(step for _, step in target.options)
        target = target.none
    if isinstance(target, GoTo):
        return frozenset({*steps, target.step}), False
    return frozenset(steps), True


def _entered(graph: Graph) -> Iterable[str]:
    """Yield the steps that links in the text lead to, and rollback and escalation, which are entered by hand."""
    anchors: dict[str, None] = {}
    for phase in graph.runbook.phases:
        if phase.role or phase.kind is PhaseKind.REFERENCE:
            anchors[phase.slug] = None
        for inline in inlines(phase.blocks):
            if type(inline) is Link and inline.target.startswith("#"):
                anchors[unquote(inline.target[1:])] = None
    for anchor in list(anchors)[:_MOST]:
        entry = graph.entry(anchor)
        if entry is not None:
            yield from _expanded(entry)[0]
