"""Where the nodes of a drawing stand: dagre, a JavaScript library, in an engine of its own; a chain needs neither."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from runbook_runner.site.drawing import LARGEST, Drawing

_GAP = 34
_SECONDS = 20
_MEMORY = 256 << 20
_DRIVER = """
// The engine lacks this one; the library copies plain values with it.
globalThis.structuredClone ??= (value) =>
  Array.isArray(value) ? value.map(structuredClone)
  : value && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, structuredClone(inner)]))
  : value;
function place(text) {
  const given = JSON.parse(text);
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 16, edgesep: 10, ranksep: 28, marginx: 8, marginy: 8 });
  given.nodes.forEach(([width, height], at) => graph.setNode(String(at), { width, height }));
  given.edges.forEach(([from, to, width, height], at) =>
    graph.setEdge(String(from), String(to), { width, height, labelpos: "c" }, String(at)));
  dagre.layout(graph);
  const round = (n) => Math.round(n * 10) / 10;
  const { width, height } = graph.graph();
  return JSON.stringify({
    width: round(width), height: round(height),
    nodes: given.nodes.map((_, at) => { const n = graph.node(String(at)); return [round(n.x), round(n.y)]; }),
    edges: given.edges.map(([from, to], at) => {
      const e = graph.edge(String(from), String(to), String(at));
      return [e.points.map((p) => [round(p.x), round(p.y)]), "x" in e ? [round(e.x), round(e.y)] : null];
    }),
  });
}
"""


class Layout(Struct, frozen=True):
    """Places in pixels."""

    width: float
    height: float
    nodes: tuple[tuple[float, float], ...]
    """Middle of each node."""
    edges: tuple[tuple[tuple[tuple[float, float], ...], tuple[float, float] | None], ...]
    """Points of each edge, and the middle of its label."""


def place(drawing: Drawing) -> Layout | None:
    """Return where everything stands; None when it is too large, or could not be laid out."""
    if len(drawing.nodes) > LARGEST or len(drawing.arrows) > 2 * LARGEST:
        return None
    if [(arrow.source, arrow.target) for arrow in drawing.arrows] == _line(drawing):
        return _chain(drawing)
    given = {
        "nodes": [[node.width, node.height] for node in drawing.nodes],
        "edges": [[arrow.source, arrow.target, arrow.width, arrow.height] for arrow in drawing.arrows],
    }
    engine = _engine()
    if engine is None:
        return None
    try:
        found = json.loads(engine.get("place")(json.dumps(given)))
    except Exception:  # noqa: BLE001 - whatever the engine raises, the list says the same
        return None
    return Layout(
        found["width"],
        found["height"],
        tuple((x, y) for x, y in found["nodes"]),
        tuple((tuple((x, y) for x, y in points), tuple(label) if label else None) for points, label in found["edges"]),
    )


@cache
def _engine() -> Any:
    """Return the engine with the library loaded, once a process; None where there is none for this machine."""
    try:
        from quickjs import Context
    except ImportError:
        return None
    engine = Context()
    engine.set_memory_limit(_MEMORY)
    engine.set_time_limit(_SECONDS)
    source = Path(__file__).parent / "assets" / "vendor" / "dagre.min.js"
    engine.eval(source.read_text("utf-8"))
    engine.eval(_DRIVER)
    return engine


def _line(drawing: Drawing) -> list[tuple[int, int]]:
    """Return the edges that a drawing has which is nothing but one node after the other."""
    order = list(range(len(drawing.nodes)))
    return [(0, 1), *((at, at + 1) for at in order[1:-1])]


def _chain(drawing: Drawing) -> Layout:
    width = max(node.width for node in drawing.nodes) + 16
    middle, y = width / 2, 8.0
    nodes: list[tuple[float, float]] = []
    for node in drawing.nodes:
        nodes.append((middle, y + node.height / 2))
        y += node.height + _GAP
    edges = []
    for arrow in drawing.arrows:
        top = nodes[arrow.source][1] + drawing.nodes[arrow.source].height / 2
        bottom = nodes[arrow.target][1] - drawing.nodes[arrow.target].height / 2
        edges.append((((middle, top), (middle, bottom)), None))
    return Layout(width, y - _GAP + 8, tuple(nodes), tuple(edges))
