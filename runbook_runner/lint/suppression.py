"""Comments in a document that take findings back.

`<!-- runbook-lint-disable CODE … -->` holds for the block that follows, or that it ends a line of; up to
`<!-- runbook-lint-enable CODE … -->` where there is one; with `disable-file` for the whole file. In the front matter
`# runbook-lint-disable CODE …` holds for the front matter. Codes may be groups; none means all. What follows ` -- `
is a reason. In a file of alert rules a comment of its own holds for what follows it, one at the end of a line for that
line, each with all that is indented below.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from runbook_runner.lint.records import Suppression
from runbook_runner.model.prose import Fence, walk
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

MARK = "runbook-lint-"
_COMMENT = regex(r"<!--\s*runbook-lint-([\w-]*)(?:[\s:]+(.*?))?\s*-->")
_YAML = regex(r"(?:^|\s)#\s*runbook-lint-([\w-]*)(?:[\s:]+(.*?))?\s*$")
_WORDS = ("disable", "disable-file", "enable")


class _Comment(Struct):
    word: str
    codes: tuple[str, ...]
    span: Span
    alone: bool
    """Nothing else stands on its line."""
    front: bool


def find(document: Document, known: Callable[[str], str | None]) -> tuple[list[Suppression], list[Defect]]:
    """Return the suppressions of a document and what is wrong with them.

    `known` returns None for a code that there is, else a hint at what it may have meant.
    """
    if MARK not in document.runbook.source:
        return [], []
    defects: list[Defect] = []
    comments = [_checked(comment, known, defects) for comment in _comments(document)]
    found: list[Suppression] = []
    ended = _pairs(comments, defects)
    front = front_end(document.lines)
    layout = _Layout(document)
    for at, comment in enumerate(comments):
        if comment.word == "enable" or comment.word not in _WORDS:
            continue
        first, last = comment.span.line, len(document.lines)
        if comment.front and comment.word == "disable":
            first, last = 1, front
        elif comment.word == "disable-file":
            first = 1
        elif at in ended:
            last = ended[at]
        else:
            first, last = layout.block(comment)
        found.append(Suppression(comment.codes, first, last, comment.span))
    return found, defects


def find_in_yaml(lines: Sequence[str], known: Callable[[str], str | None]) -> tuple[list[Suppression], list[Defect]]:
    """Return the suppressions of a file of alert rules and what is wrong with them; `known` as for `find`."""
    defects: list[Defect] = []
    matches = [(at, match) for at, line in enumerate(lines, 1) if MARK in line and (match := _YAML.search(line))]
    comments = [
        _checked(_comment(match, at, alone=not lines[at - 1][: match.start()].strip(), front=False), known, defects)
        for at, match in matches
    ]
    ended = _pairs(comments, defects)
    found: list[Suppression] = []
    for at, comment in enumerate(comments):
        if comment.word not in ("disable", "disable-file"):
            continue
        whole = comment.word == "disable-file"
        first = 1 if whole else comment.span.line
        last = len(lines) if whole else ended.get(at) or _indented(lines, first, alone=comment.alone)
        found.append(Suppression(comment.codes, first, last, comment.span))
    return found, defects


def _indented(lines: Sequence[str], line: int, *, alone: bool) -> int:
    """Return the last line of the block that a comment stands at the beginning of."""
    start = line - 1
    while alone and start < len(lines) - 1 and (start < line or not lines[start].split("#")[0].strip()):
        start += 1
    depth = len(lines[start]) - len(lines[start].lstrip())
    listed = lines[start].lstrip().startswith("- ")
    last = start
    for at in range(start + 1, len(lines)):
        text = lines[at].strip()
        if text and not text.startswith("#"):
            deeper = len(lines[at]) - len(lines[at].lstrip()) - depth
            # The items of a list may stand as far left as its key.
            if deeper < 0 or (deeper == 0 and (listed or not text.startswith("- "))):
                break
            last = at
    return last + 1


def front_end(lines: Sequence[str]) -> int:
    """Return the last line of the front matter; 0 without one."""
    fence = lines[0].rstrip() if lines else ""
    if fence not in ("---", "+++"):
        return 0
    closing = ("---", "...") if fence == "---" else ("+++",)
    return next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() in closing), 0)


def _comments(document: Document) -> Iterator[_Comment]:
    fenced = _fenced(document)
    front = front_end(document.lines)
    for number, line in enumerate(document.lines, 1):
        if MARK not in line or number in fenced:
            continue
        if number <= front:
            if match := _YAML.search(line):
                yield _comment(match, number, alone=True, front=True)
            continue
        for match in _COMMENT.finditer(line):
            if line.count("`", 0, match.start()) % 2 == 0:  # else it is text in a code span
                rest = line[: match.start()] + line[match.end() :]
                yield _comment(match, number, alone=not rest.strip(" \t>"), front=False)


def _comment(match: re.Match[str], number: int, *, alone: bool, front: bool) -> _Comment:
    codes = re.split(r"(?:^|\s)--(?:\s|$)", match[2] or "")[0]
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    span = Span(number, start + 1, number, match.end() + 1)
    return _Comment(match[1], tuple(codes.replace(",", " ").split()), span, alone, front)


def _checked(comment: _Comment, known: Callable[[str], str | None], defects: list[Defect]) -> _Comment:
    """Leave out codes that no rule has, and say so."""
    if comment.word not in _WORDS:
        hint = "write runbook-lint-disable, runbook-lint-disable-file or runbook-lint-enable, then codes"
        message = f"lint knows no comment `{MARK}{comment.word}`"
        defects.append(Defect("unknown-suppression", message, comment.span, hint))
        return comment
    good = []
    for code in comment.codes:
        if (near := known(code)) is None:
            good.append(code)
        else:
            defects.append(Defect("unknown-suppression", f"there is no rule `{code}`", comment.span, near))
    if comment.codes and not good:
        comment.word = "nothing"  # it must not become one that holds for all rules
    comment.codes = tuple(good)
    return comment


def _pairs(comments: Sequence[_Comment], defects: list[Defect]) -> dict[int, int]:
    """Return the last line of each `disable` that an `enable` ends: the nearest before it that has its codes."""
    ended: dict[int, int] = {}
    for at, comment in enumerate(comments):
        if comment.word != "enable":
            continue
        for before in range(at - 1, -1, -1):
            other = comments[before]
            same = not comment.codes or not other.codes or set(other.codes) <= set(comment.codes)
            if other.word == "disable" and not other.front and before not in ended and same:
                ended[before] = comment.span.line
                break
        else:
            message = "nothing before this comment is disabled"
            defects.append(Defect("unused-suppression", message, comment.span, "remove it"))
    return ended


def _fenced(document: Document) -> frozenset[int]:
    """Return the lines that are code."""
    lines: set[int] = set()
    for phase in document.runbook.phases:
        for block in walk(phase.blocks):
            if type(block) is Fence:
                lines.update(range(block.span.line, block.span.end_line + 1))
    return frozenset(lines)


class _Layout:
    """Where the headings and the blocks of a document are, in its order."""

    def __init__(self, document: Document) -> None:
        self.headings = sorted(phase.span.line for phase in document.runbook.phases if phase.level)
        self.spans = [block.span for phase in document.runbook.phases for block in walk(phase.blocks)]
        self._by_line = sorted(self.spans, key=lambda span: span.line)
        self._lines = [span.line for span in self._by_line]

    def block(self, comment: _Comment) -> tuple[int, int]:
        """Return the lines from a comment to the end of the block that follows it, or that it stands in."""
        line = comment.span.line
        if not comment.alone:
            around = [span for span in self.spans if span.line <= line <= span.end_line]
            return (around[-1].line, around[-1].end_line) if around else (line, line)
        after = bisect_right(self.headings, line)
        heading = self.headings[after] if after < len(self.headings) else 0
        place = bisect_right(self._lines, line)
        block = self._by_line[place] if place < len(self._by_line) else None
        if block is not None and (not heading or block.line < heading):
            return line, block.end_line
        return line, heading or line
