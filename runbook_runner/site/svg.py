"""A laid-out drawing as SVG: shapes of our own, by class names that the style sheet colours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from runbook_runner.site.drawing import Arrow, Drawing, Node
from runbook_runner.site.layout import Layout
from runbook_runner.site.text import attr, esc

_ICONS = {"read": "read", "change": "change", "effect unknown": "unknown", "type it there": "inside"}
_HEAD = (
    '<defs><marker id="rb-tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7"'
    ' orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>'
)
Point = tuple[float, float]


def svg(drawing: Drawing, layout: Layout) -> str:
    """Return the drawing."""
    width, height = round(layout.width), round(layout.height)
    head = (
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" role="group" aria-label="Step graph">'
    )
    edges = "\n".join(_edge(drawing, layout, at) for at in range(len(drawing.arrows)))
    labels = "\n".join(part for at in range(len(drawing.arrows)) for part in _label(drawing.arrows[at], layout, at))
    nodes = "\n".join(_node(node, *layout.nodes[at]) for at, node in enumerate(drawing.nodes))
    return f"{head}{_HEAD}\n{edges}\n{nodes}\n{labels}\n</svg>"


def _edge(drawing: Drawing, layout: Layout, at: int) -> str:
    arrow = drawing.arrows[at]
    points = list(layout.edges[at][0])
    source, target = drawing.nodes[arrow.source], drawing.nodes[arrow.target]
    if source.pointed:
        points[0] = _clipped(source, layout.nodes[arrow.source], points[1])
    if target.pointed:
        points[-1] = _clipped(target, layout.nodes[arrow.target], points[-2])
    kind = (f" {arrow.kind}" if arrow.kind else "") + (" untested" if arrow.untested else "")
    return f'<path class="edge{kind}" d="{_path(points)}" marker-end="url(#rb-tip)"/>'


def _clipped(node: Node, middle: Point, toward: Point) -> Point:
    """Return where the line from a diamond's middle leaves it; the layout knows rectangles only."""
    dx, dy = toward[0] - middle[0], toward[1] - middle[1]
    reach = abs(dx) / (node.width / 2) + abs(dy) / (node.height / 2)
    if reach < 1:
        return toward
    return (middle[0] + dx / reach, middle[1] + dy / reach)


def _path(points: Sequence[Point]) -> str:
    """Return a line through points with its corners rounded."""
    first, last = points[0], points[-1]
    parts = [f"M{_at(first)}"]
    for before, corner in pairwise(points[1:]):
        middle = ((before[0] + corner[0]) / 2, (before[1] + corner[1]) / 2)
        parts.append(f"Q{_at(before)} {_at(corner if corner is last else middle)}")
    if len(points) == 2:
        parts.append(f"L{_at(last)}")
    return "".join(parts)


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"


def _label(arrow: Arrow, layout: Layout, at: int) -> Iterator[str]:
    middle = layout.edges[at][1]
    if middle is None or not arrow.lines:
        return
    x, y = middle
    timer = arrow.kind == "timer"
    top = y - (len(arrow.lines) - 1) * 7.5 + 4
    shift = 8 if timer else 0
    if timer:
        left = x - arrow.width / 2
        yield f'<use class="clock" href="#i-timer" x="{left:.1f}" y="{y - 7:.1f}" width="14" height="14"/>'
    code = " code" if arrow.kind == "predicate" else ""
    lines = "".join(
        f'<tspan x="{x + shift:.1f}" y="{top + 15 * row:.1f}">{esc(line)}</tspan>'
        for row, line in enumerate(arrow.lines)
    )
    yield f'<text class="label{code}">{lines}</text>'


def _node(node: Node, x: float, y: float) -> str:
    shape = _shape(node, x, y)
    title = f"<title>{esc(node.title)}</title>" if node.title else ""
    inner = f"{title}{shape}{''.join(_text(node, x, y))}"
    shape_ = node.shape + (" untested" if node.untested else "")
    if node.href:
        return f'<a class="node {shape_}" href="{attr(node.href)}">{inner}</a>'
    return f'<g class="node {shape_}">{inner}</g>'


def _shape(node: Node, x: float, y: float) -> str:
    w, h = node.width, node.height
    if node.pointed:
        corners = [(x, y - h / 2), (x + w / 2, y), (x, y + h / 2), (x - w / 2, y)]
        return f'<path class="shape" d="M{" ".join(_at(corner) for corner in corners)}z"/>'
    round_ = h / 2 if node.shape.startswith(("end", "start")) else 5
    box = f'x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}"'
    return f'<rect class="shape" {box} rx="{round_:.1f}"/>'


def _text(node: Node, x: float, y: float) -> Iterator[str]:
    top = y - (len(node.lines) - 1) * 8.5 + 4.5
    if node.word:
        top += 9
        left, above = x - node.width / 2 + 10, y - node.height / 2
        icon = _ICONS.get(node.word.removesuffix(", untested"))
        if icon:
            yield f'<use class="mark" href="#i-{icon}" x="{left:.1f}" y="{above + 7:.1f}" width="11" height="11"/>'
            left += 16
        yield f'<text class="word" x="{left:.1f}" y="{above + 17:.1f}">{esc(node.word)}</text>'
    lines = "".join(
        f'<tspan x="{x:.1f}" y="{top + 17 * row:.1f}">{esc(line)}</tspan>' for row, line in enumerate(node.lines)
    )
    yield f"<text>{lines}</text>"
