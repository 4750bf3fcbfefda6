"""A step graph in the DOT language of Graphviz."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats._drawing import draw
from runbook_runner.ports import Format

_SHAPES = {
    "end": "shape=oval",
    "choice": "shape=diamond",
    "decision": "shape=diamond",
    "manual": "shape=parallelogram",
    "reading": "shape=note",
    "change": 'shape=box, style="bold,filled", fillcolor=mistyrose',
    "unknown": "shape=box, style=dashed",
}


class InspectDot:
    """`runbook inspect --format dot`."""

    name = "dot"

    def render(self, subject: Any) -> str:
        """Return a digraph, a cluster for each phase."""
        drawing = draw(subject)
        lines = ["digraph runbook {", "  node [fontname=sans];", "  edge [fontname=sans];"]
        for number, (title, steps) in enumerate(drawing.phases):
            lines += [f"  subgraph cluster_{number} {{", f"    label={_quoted(title)};"]
            lines += ["    " + _node(*step) for step in steps]
            lines.append("  }")
        lines += ["  " + _node(*end) for end in drawing.ends]
        for source, to, label, written in drawing.edges:
            style = [f"label={_quoted(label)}"] if label else []
            style += [] if written else ["style=dashed"]
            lines.append(f"  {source} -> {to}" + (f" [{', '.join(style)}]" if style else "") + ";")
        return "\n".join([*lines, "}"]) + "\n"


def _node(name: str, label: str, shape: str) -> str:
    return f"{name} [label={_quoted(label)}, {_SHAPES.get(shape, 'shape=box')}];"


def _quoted(text: str) -> str:
    # Graphviz knows escapes such as \N and character entities inside quotes.
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{text}"'


FORMAT: Format = InspectDot()
