"""What of a step graph has been walked: steps, branches, both sides of each predicate, timers, escalations."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Expectation, Guard, Predicate, Timer
from runbook_runner.model.span import Span


class Part(Struct, frozen=True):
    """One thing in a graph that a walk can cover."""

    kind: str
    """step, branch, predicate, timer, alternative, guard or escalation."""
    step: str
    """Where it stands; empty for the ladder."""
    key: str
    """Tells it from the others of its kind at its step: a branch's index, `SOURCE is true`, a rung's name."""
    text: str
    """In words, for a list of what was not covered."""
    span: Span

    @property
    def name(self) -> tuple[str, str, str]:
        """What identifies it in one runbook."""
        return self.kind, self.step, self.key


class Coverage(Struct, frozen=True):
    """How much of one runbook was walked."""

    runbook: str
    parts: tuple[Part, ...]
    covered: frozenset[tuple[str, str, str]]

    @property
    def missing(self) -> tuple[Part, ...]:
        """What was not walked, in document order."""
        return tuple(part for part in self.parts if part.name not in self.covered)

    @property
    def percent(self) -> float:
        """The share that was walked, 100 where there is nothing to walk."""
        return 100.0 * (1 - len(self.missing) / len(self.parts)) if self.parts else 100.0


def parts(graph: Graph) -> tuple[Part, ...]:
    """Return all that can be covered in a graph, in document order."""
    found: list[Part] = []
    for step in graph.steps.values():
        found.append(Part("step", step.id, "", f"`{step.id}` is never visited", step.span))
        for guard in (graph.phase_of(step.id).guard, *step.guards):
            found += _sides("guard", step.id, guard) if guard is not None else []
        for index, branch in enumerate(step.branches):
            text = f"`{step.id}`: never taken: {branch.text}"
            kind = "timer" if isinstance(branch.guard, Timer) else "branch"
            found.append(Part(kind, step.id, str(index), text, branch.span))
            if isinstance(branch.guard, Predicate):
                found += _sides("predicate", step.id, branch.guard)
        for expected in step.expected:
            found += _expected(step.id, expected)
    for choose in graph.choices.values():
        for label, target in choose.options:
            text = f"never chosen: {label}"
            found.append(Part("alternative", choose.key, target, text, graph.steps[target].span))
    for rung in graph.runbook.facts.escalation:
        found.append(Part("escalation", "", rung.to, f"{rung.to} is never called", Span()))
    return tuple({part.name: part for part in reversed(found)}.values())[::-1]


def _expected(step: str, expected: Expectation) -> list[Part]:
    return _sides("predicate", step, expected.predicate) if expected.predicate is not None else []


def _sides(kind: str, step: str, guard: Guard) -> list[Part]:
    source = getattr(guard, "source", "") or getattr(guard, "text", "")
    return [
        Part(kind, step, f"{source} is {side}", f"`{step}`: never {side}: {source}", guard.span)
        for side in ("true", "false")
    ]
