"""What a drawing of a step graph consists of: nodes by phase, and edges between them."""

from __future__ import annotations

from msgspec import Struct, field

from runbook_runner.formats._words import guard, one_line, target
from runbook_runner.model import graph as g
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Step


class Drawing(Struct):
    """Nodes with labels, and edges by the nodes' names; names hold letters and digits only."""

    phases: list[tuple[str, list[tuple[str, str, str]]]] = field(default_factory=list)
    """Title, and the name, label and shape of each step."""
    ends: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, label and shape of what is no step."""
    edges: list[tuple[str, str, str, bool]] = field(default_factory=list)
    """From, to, label, and whether the author wrote it."""


def draw(graph: Graph) -> Drawing:
    """Return the drawing of a graph."""
    drawing = Drawing()
    names = {step: f"s{number}" for number, step in enumerate(graph.steps)}
    ends: dict[str, str] = {}

    def node(to: g.Target) -> str:
        if isinstance(to, g.GoTo):
            return names.get(to.step, names.get(next(iter(names), ""), "start"))
        label = "which applies?" if isinstance(to, g.Choose) else target(to)
        key = f"choice {to.key}" if isinstance(to, g.Choose) else label
        if key in ends:
            return ends[key]
        ends[key] = name = f"e{len(ends)}"
        drawing.ends.append((name, label, "choice" if isinstance(to, g.Choose) else "end"))
        if isinstance(to, g.Choose):
            for option, step in to.options:
                drawing.edges.append((name, node(g.GoTo(step)), one_line(option, 60), True))
            drawing.edges.append((name, node(to.none), "none", False))
        return name

    for phase in graph.runbook.phases:
        steps = [step for step in phase.steps if step.id in names]
        if steps:
            drawing.phases.append((one_line(phase.title, 60), [(names[s.id], _label(s), _shape(s)) for s in steps]))
    drawing.ends.append(("start", "start", "end"))
    drawing.edges.append(("start", node(graph.start), "", False))
    for edge in graph.edges:
        if edge.source in names:
            label = one_line(guard(edge.guard), 60) if edge.guard else ""
            drawing.edges.append((names[edge.source], node(edge.target), label, edge.guard is not None))
    return drawing


def _label(step: Step) -> str:
    effect = f" [{step.command.effect}]" if step.command else ""
    return f"{one_line(step.title, 60)}{effect}"


def _shape(step: Step) -> str:
    return str(step.command.effect) if step.command else str(step.kind)
