"""The step graph of a page: drawn, and the same in words."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from runbook_runner.model import graph as g
from runbook_runner.model import runbook as r
from runbook_runner.model.graph import Graph
from runbook_runner.site import templating
from runbook_runner.site.document import Document
from runbook_runner.site.drawing import Drawing, Untested, guard_words, word_of
from runbook_runner.site.paths import fragment
from runbook_runner.site.text import safe


def section(document: Document, untested: Untested = frozenset()) -> Markup | None:
    """Return the section with the step graph; None for a runbook without steps."""
    graph = document.graph
    if not graph.steps:
        return None
    from runbook_runner.site.layout import place
    from runbook_runner.site.svg import svg

    drawing = Drawing(graph, fragment, document.branches.destination, untested)
    layout = place(drawing)
    drawn = safe(svg(drawing, layout)) if layout is not None else None
    start = f"It begins with: {_target(document, graph.start)['text']}"
    made = templating.macros("graph.html").graph(drawn, _rows(document, graph, untested), start)
    return safe(str(made))


def _rows(document: Document, graph: Graph, untested: Untested) -> list[dict[str, Any]]:
    ways: dict[str, list[dict[str, Any]]] = {step: [] for step in graph.steps}
    for edge in graph.edges:
        if edge.guard is None and any(isinstance(one.guard, r.Otherwise) for one in graph.branches(edge.source)):
            continue
        to = _target(document, edge.target)
        lead = guard_words(edge.guard) if edge.guard or not ways[edge.source] else "none of these"
        ways[edge.source].append({"guard": lead, "untested": (edge.source, str(edge.index)) in untested, **to})
    return [
        {
            "href": fragment(step.id),
            "title": step.title,
            "word": word_of(step),
            "guards": ", ".join(guard_words(guard) for guard in step.guards),
            "ways": ways[step.id],
            "untested": (step.id, "") in untested,
        }
        for step in graph.steps.values()
    ]


def _target(document: Document, to: g.Target) -> dict[str, Any]:
    match to:
        case g.GoTo(step):
            return {"text": document.graph.steps[step].title, "href": fragment(step)}
        case g.Choose(options=options, none=none):
            labels = ", ".join(f"“{label}”" for label, _ in options)
            return {"text": f"which applies: {labels}; none: {_target(document, none)['text']}", "href": ""}
        case g.AskOutcome():
            return {"text": "the end: how did it go?", "href": ""}
        case g.Leave(path, anchor):
            return document.branches.destination(r.ToAnchor(anchor, path))
        case g.Dead(anchor):
            return {"text": f"nowhere: nothing is called #{anchor}", "href": ""}
        case r.Finish() | r.Escalate() as end:
            return document.branches.destination(end)
