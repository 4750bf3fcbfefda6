"""Where the nodes of a YAML document stand in the file that it is in."""

from __future__ import annotations

from collections.abc import Sequence

from yaml.nodes import Node, ScalarNode

from runbook_runner.model.span import Span


class Places:
    """Turns marks into spans, also for a document that is the value of a key in another one."""

    def __init__(self, lines: Sequence[str], line: int = 1, column: int = 1) -> None:
        self.lines = lines
        """Of the whole file."""
        self.line = line
        """Source line of the document's first line."""
        self.column = column
        """Source column of the document's first column."""

    def within(self, node: ScalarNode) -> Places:
        """Return the places of the document that a literal block holds."""
        return Places(self.lines, self.line + node.start_mark.line + 1, self.column + self._indent(node))

    def at(self, line: int, column: int) -> Span:
        """Return one character's span; `line` and `column` count from 0, as marks do."""
        return Span(self.line + line, self.column + column, self.line + line, self.column + column + 1)

    def span(self, node: Node) -> Span:
        """Return where a node stands: as much of it as is on one line, so that it can be shown."""
        start, end = node.start_mark, node.end_mark
        if isinstance(node, ScalarNode) and node.style in ("|", ">"):
            return self._said(start.line, end.line)
        span = self.at(start.line, start.column)
        stop = self.column + end.column
        if end.line != start.line:
            stop = len(self.lines[span.line - 1].rstrip()) + 1
        return Span(span.line, span.column, span.line, max(stop, span.column + 1))

    def of_lines(self, node: ScalarNode) -> tuple[tuple[int, int], ...]:
        """Return line and column of the beginning of each line of a text; nothing when they were folded."""
        start, style = node.start_mark, node.style
        if style == "|":
            first, column = self.line + start.line + 1, self.column + self._indent(node)
            return tuple((first + at, column) for at in range(str(node.value).count("\n") + 1))
        if start.line != node.end_mark.line or style == ">":
            return ()
        return ((self.line + start.line, self.column + start.column + (1 if style in ("'", '"') else 0)),)

    def _said(self, start: int, end: int) -> Span:
        """Return the place of the first line of a block scalar that says something."""
        for number, line in enumerate(self.lines[self.line + start : self.line + end], self.line + start + 1):
            if line.strip():
                return Span(number, len(line) - len(line.lstrip()) + 1, number, len(line.rstrip()) + 1)
        return self.at(start, 0)

    def _indent(self, node: ScalarNode) -> int:
        """Return how far the lines of a literal block are indented within their own document."""
        first = self.line + node.start_mark.line
        for line in self.lines[first : self.line + node.end_mark.line]:
            if line.strip():
                return max(len(line) - len(line.lstrip(" ")) - (self.column - 1), 0)
        return 0
