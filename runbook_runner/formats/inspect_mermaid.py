"""A step graph as a Mermaid flowchart."""

from __future__ import annotations

import re
from typing import Any

from runbook_runner.formats._drawing import draw
from runbook_runner.ports import Format

_SHAPES = {
    "end": ('(["', '"])'),
    "choice": ('{"', '"}'),
    "decision": ('{"', '"}'),
    "manual": ('[/"', '"/]'),
    "reading": ('>"', '"]'),
    "change": ('[["', '"]]'),
}


class InspectMermaid:
    """`runbook inspect --format mermaid`."""

    name = "mermaid"

    def render(self, subject: Any) -> str:
        """Return a flowchart, a subgraph for each phase."""
        drawing = draw(subject)
        lines = ["flowchart TD"]
        for number, (title, steps) in enumerate(drawing.phases):
            lines.append(f'  subgraph p{number}["{_quoted(title) or " "}"]')
            lines += ["    " + _node(*step) for step in steps]
            lines.append("  end")
        lines += ["  " + _node(*end) for end in drawing.ends]
        for source, to, label, written in drawing.edges:
            arrow = "-->" if written else "-.->"
            lines.append(f'  {source} {arrow}|"{_quoted(label)}"| {to}' if label else f"  {source} {arrow} {to}")
        return "\n".join(lines) + "\n"


def _node(name: str, label: str, shape: str) -> str:
    before, after = _SHAPES.get(shape, ('["', '"]'))
    return f"{name}{before}{_quoted(label) or ' '}{after}"


def _quoted(text: str) -> str:
    # Mermaid reads HTML, Markdown and its own syntax in labels: only plain characters go as they are.
    return re.sub(r"[^\w .,:()/+=?-]", lambda match: f"#{ord(match.group())};", text)


FORMAT: Format = InspectMermaid()
