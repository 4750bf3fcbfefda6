"""Comments in a document that take findings back.

`<!-- runbook-lint-disable CODE … -->` holds for the block that follows, or that it ends a line of; up to
`<!-- runbook-lint-enable CODE … -->` where there is one; with `disable-file` for the whole file. In the front matter
`# runbook-lint-disable CODE …` holds for the front matter. Codes may be groups; none means all. What follows ` -- `
is a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from runbook_runner.model.prose import Fence, walk
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document

MARK = "runbook-lint-"
_COMMENT = re.compile(r"<!--\s*runbook-lint-([\w-]*)(?:[\s:]+(.*?))?\s*-->")
_YAML = re.compile(r"(?:^|\s)#\s*runbook-lint-([\w-]*)(?:[\s:]+(.*?))?\s*$")
_WORDS = ("disable", "disable-file", "enable")


class Suppression(Struct, frozen=True, array_like=True):
    """One comment, and the lines that it holds for."""

    codes: tuple[str, ...]
    """Of rules and groups; empty for all."""
    first: int
    last: int
    span: Span
    """Of the comment."""

    def names(self, code: str, group: str) -> str | None:
        """Return which of its words covers a finding; empty when it names none and so covers all; None when none."""
        if not self.codes:
            return ""
        return code if code in self.codes else group if group in self.codes else None


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
            first, last = _block(document, comment)
        found.append(Suppression(comment.codes, first, last, comment.span))
    return found, defects


def front_end(lines: Sequence[str]) -> int:
    """Return the last line of the front matter; 0 without one."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    return next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() in ("---", "...")), 0)


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
            if isinstance(block, Fence):
                lines.update(range(block.span.line, block.span.end_line + 1))
    return frozenset(lines)


def _block(document: Document, comment: _Comment) -> tuple[int, int]:
    """Return the lines from a comment to the end of the block that follows it, or that it stands in."""
    line = comment.span.line
    starts = [phase.span.line for phase in document.runbook.phases if phase.level]
    spans = [block.span for phase in document.runbook.phases for block in walk(phase.blocks)]
    if not comment.alone:
        around = [span for span in spans if span.line <= line <= span.end_line]
        return (around[-1].line, around[-1].end_line) if around else (line, line)
    heading = min((start for start in starts if start > line), default=0)
    block = min((span for span in spans if span.line > line), key=lambda span: span.line, default=None)
    if block is not None and (not heading or block.line < heading):
        return line, block.end_line
    return line, heading or line


def unused(suppression: Suppression, used: frozenset[str] | set[str]) -> Defect | None:
    """Return what is wrong with a suppression of which only these words covered something."""
    idle = [code for code in suppression.codes if code not in used]
    if not idle and (suppression.codes or used):
        return None
    if len(idle) == len(suppression.codes):
        return Defect("unused-suppression", "this comment takes nothing back", suppression.span, "remove it")
    names = ", ".join(f"`{code}`" for code in idle)
    return Defect("unused-suppression", f"this comment takes no {names} back", suppression.span, f"remove {names}")
