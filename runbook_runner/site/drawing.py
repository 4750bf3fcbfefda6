"""What a drawing of a step graph consists of: boxes, diamonds, ends, and the edges between them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from runbook_runner.formats._words import duration
from runbook_runner.model import graph as g
from runbook_runner.model import runbook as r
from runbook_runner.model.graph import Edge, Graph
from runbook_runner.site.text import one_line

_CHARACTER = 7.1
"""Pixels that a character of the drawing's text takes, about."""
_LINE = 17
LARGEST = 160
"""Nodes beyond which nothing is drawn: nobody reads such a drawing, and laying it out takes seconds."""

To = Callable[[r.Destination], dict[str, Any]]
Untested = frozenset[tuple[str, str]]
"""Steps, and branches by step and index, that no scenario comes to; a step's index is empty."""


class Node(Struct, frozen=True):
    """A box, a diamond or an end."""

    shape: str
    """`step`, `decision`, `gate`, `choice`, `start`, or `end` with what kind of end after a space."""
    lines: tuple[str, ...]
    width: float
    height: float
    word: str = ""
    """What is said above the title: the effect, or what kind of step it is."""
    href: str = ""
    title: str = ""
    """All of what the lines may have cut."""
    untested: bool = False
    """No scenario comes here."""

    @property
    def pointed(self) -> bool:
        """Whether it is a diamond."""
        return self.shape in {"decision", "gate", "choice"}


class Arrow(Struct, frozen=True):
    """An edge, by the places of its nodes."""

    source: int
    target: int
    lines: tuple[str, ...] = ()
    kind: str = ""
    """`timer`, `predicate`, `question`, `recurrence`, `otherwise`; empty for falling through."""
    untested: bool = False
    """No scenario takes it."""

    @property
    def width(self) -> float:
        """Pixels that its label takes."""
        room = 20 if self.kind == "timer" else 8
        return max((len(line) for line in self.lines), default=0) * _CHARACTER * 0.92 + room if self.lines else 0

    @property
    def height(self) -> float:
        """Pixels that its label takes."""
        return len(self.lines) * 15 + 6 if self.lines else 0


class Drawing:
    """Collects the nodes and edges of one graph."""

    def __init__(
        self, graph: Graph, anchor: Callable[[str], str], destination: To, untested: Untested = frozenset()
    ) -> None:
        self.graph = graph
        self.untested = untested
        self.anchor = anchor
        self.destination = destination
        self.nodes: list[Node] = []
        self.arrows: list[Arrow] = []
        self._steps: dict[str, int] = {}
        self._gates: dict[str, int] = {}
        self._choices: dict[str, int] = {}
        self._draw()

    def _draw(self) -> None:
        start = self._add(Node("start", ("Start",), 70, 30))
        for step in self.graph.steps.values():
            self._steps[step.id] = self._step(step)
        self.arrows.append(Arrow(start, self._next(self.graph.start)))
        for edge in self.graph.edges:
            source = self._gates.get(edge.source, self._steps[edge.source])
            # One way on from several is "none of these": say so where the author wrote no otherwise.
            alone = edge.source not in self._gates
            label = _guard(edge.guard) if edge.guard else "" if alone else "none of these"
            if edge.guard is None and self._otherwise(edge.source):
                continue
            kind = type(edge.guard).__name__.lower() if edge.guard else ""
            lines = _wrapped(label, 24, 3)
            untested = (edge.source, str(edge.index)) in self.untested
            lines = (*lines, "(untested)") if untested else lines
            self.arrows.append(Arrow(source, self._target(edge), lines, kind, untested))

    def _otherwise(self, step: str) -> bool:
        return any(isinstance(edge.guard, r.Otherwise) for edge in self.graph.branches(step))

    def _add(self, node: Node) -> int:
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _step(self, step: r.Step) -> int:
        title, href = one_line(step.title), self.anchor(step.id)
        if step.kind is r.StepKind.DECISION:
            lines = _wrapped(title, 20, 3)
            return self._add(Node("decision", lines, 240, 76 + len(lines) * _LINE, "", href, title))
        lines = _wrapped(title, 25, 3)
        word = word_of(step)
        shape = "step change" if word == "change" else "step unknown" if word == "effect unknown" else "step"
        untested = (step.id, "") in self.untested
        if untested:
            word, title = f"{word}, untested", f"{title} (no scenario comes here)"
        at = self._add(Node(shape, lines, 198, 34 + len(lines) * _LINE, word, href, title, untested))
        if step.branches:
            gate = self._gates[step.id] = self._add(Node("gate", ("?",), 34, 34, "", href, f"After “{title}”"))
            self.arrows.append(Arrow(at, gate))
        return at

    def _target(self, edge: Edge) -> int:
        match edge.target:
            case g.GoTo() | g.Choose() | g.AskOutcome() as to:
                return self._next(to)
            case g.Leave(path, anchor):
                return self._end("leave", self.destination(r.ToAnchor(anchor, path)))
            case g.Dead(anchor):
                return self._end("dead", {"text": f"nowhere: #{anchor}", "href": ""})
            case r.Finish() | r.Escalate() as end:
                kind = "call" if isinstance(end, r.Escalate) else "done"
                return self._end(kind, self.destination(end))

    def _next(self, to: g.Next) -> int:
        match to:
            case g.GoTo(step):
                return self._steps[step]
            case g.AskOutcome():
                return self._end("ask", {"text": "the end: how did it go?", "href": ""})
            case g.Choose(key=key):
                return self._choices[key] if key in self._choices else self._choice(to)

    def _choice(self, choice: g.Choose) -> int:
        at = self._choices[choice.key] = self._add(Node("choice", ("Which applies?",), 190, 66))
        for label, step in choice.options:
            self.arrows.append(Arrow(at, self._steps[step], _wrapped(label, 24, 3), "question"))
        self.arrows.append(Arrow(at, self._next(choice.none), ("none",), "otherwise"))
        return at

    def _end(self, kind: str, to: dict[str, Any]) -> int:
        lines = _wrapped(str(to["text"]), 26, 2)
        width = max(len(line) for line in lines) * _CHARACTER + 34
        return self._add(Node(f"end {kind}", lines, max(width, 70), 14 + len(lines) * _LINE, "", str(to["href"])))


def word_of(step: r.Step) -> str:
    """Return what kind of step it is, in a word or two."""
    if step.command is None:
        return {"manual": "by hand", "reading": "to read", "decision": "decision"}[str(step.kind)]
    if str(step.command.handling) == "inside":
        return "type it there"
    return "effect unknown" if step.command.effect == "unknown" else str(step.command.effect)


def _guard(guard: r.Guard) -> str:
    match guard:
        case r.Predicate(source=source):
            return source
        case r.Timer(seconds=seconds):
            return f"after {duration(seconds)}"
        case r.Recurrence(seconds=seconds):
            return f"if it comes back within {duration(seconds)}"
        case r.Question(text=text):
            return text
        case r.Otherwise():
            return "otherwise"


def guard_words(guard: r.Guard | None) -> str:
    """Return a guard for the list: `if stdout.contains("x")`, `after 5 min`, `otherwise`."""
    match guard:
        case None:
            return "then"
        case r.Predicate(source=source):
            return f"if {source}"
        case _:
            return _guard(guard)


def _wrapped(text: str, width: int, most: int) -> tuple[str, ...]:
    """Return a text in lines, a word longer than a line cut in pieces, the last one with an ellipsis."""
    lines: list[str] = []
    for word in one_line(text, 300).split():
        while len(word) > width:
            lines.append(word[:width])
            word = word[width:]
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        elif word:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: width - 1] + "…"]
    return tuple(lines)
