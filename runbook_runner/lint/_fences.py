"""Fences as they are written: their marks, and where the document lets them end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from runbook_runner.model.prose import CONTAINERS, Block, Fence, ListBlock, within
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_OPENS = regex(r"(`{3,}|~{3,})(.*)$")


class Written(Struct, frozen=True):
    """One fence of a document."""

    fence: Fence
    mark: str
    """The characters that open it."""
    closed: bool
    """It ends in a line of such marks, and not just where the document or what it stands in ends."""

    def closes(self, line: str) -> bool:
        """Tell whether a line would close it, wherever it begins."""
        if self.mark not in line:
            return False
        return re.fullmatch(rf"[ \t>]*{re.escape(self.mark[0])}{{{len(self.mark)},}}[ \t]*", line) is not None

    def opens_another(self, line: str) -> bool:
        """Tell whether a line of its content opens a fence: marks with a language after them cannot close one."""
        if self.mark not in line:
            return False
        marks = rf" {{0,3}}{re.escape(self.mark[0])}{{{len(self.mark)},}}[ \t]*[A-Za-z{{][^`]*"
        return re.fullmatch(marks, line) is not None


def written(document: Document) -> tuple[Written, ...]:
    """Return the fences of a document in order, those that are merely indented left out."""
    return document.once(_written)


def _written(document: Document) -> tuple[Written, ...]:
    return tuple(_find_written(document))


def _find_written(document: Document) -> Iterator[Written]:
    for blocks in containers(document):
        for fence in blocks:
            if type(fence) is not Fence or not fence.fenced:
                continue
            match = _OPENS.match(document.lines[fence.span.line - 1][fence.span.column - 1 :])
            if match is None:
                continue
            one = Written(fence, match[1], False)
            last = document.lines[fence.span.end_line - 1]
            yield Written(fence, match[1], fence.span.end_line > fence.span.line and one.closes(last))


def containers(document: Document) -> tuple[Sequence[Block], ...]:
    """Return the blocks that stand side by side: of each section, list item, quote."""
    return document.once(_all_containers)


def _all_containers(document: Document) -> tuple[Sequence[Block], ...]:
    return tuple(each for phase in document.runbook.phases for each in _containers(phase.blocks))


def _containers(blocks: Sequence[Block]) -> Iterator[Sequence[Block]]:
    yield blocks
    for block in blocks:
        if type(block) in CONTAINERS:
            for inner in within(block):
                yield from _containers(inner)


def misplaced(document: Document) -> dict[int, tuple[str, str]]:
    """Return by line which fences end too early or begin nowhere because of their indentation, and what to do."""
    return document.once(_misplaced)


def _misplaced(document: Document) -> dict[int, tuple[str, str]]:
    found: dict[int, tuple[str, str]] = {}
    lines = document.lines
    for one in written(document):
        if one.closed or (after := _cut_off(lines, one)) is None:
            continue
        line, marks = after
        if marks:
            message = (
                f"the marks in line {line} do not close this fence: they stand outside of the item that it stands in"
            )
            found[one.fence.span.line] = message, f"indent line {line} as far as the fence"
        else:
            message = f"line {line} is indented too little, so this fence ends before it"
            found[one.fence.span.line] = message, "indent all of its lines as far as the fence"
    for blocks in containers(document):
        for before, block in pairwise(blocks):
            if type(before) is ListBlock and type(block) is Fence and not block.fenced and _marked(block.text):
                message = "this is no fence: its marks are indented too far for one, and too little for the item above"
                found[block.span.line] = message, "indent it as far as the text of the item"
    return found


def _marked(text: str) -> bool:
    body = text.strip().split("\n")
    return len(body) > 2 and _OPENS.match(body[0].strip()) is not None and body[-1].strip() in {"```", "~~~"}


def _cut_off(lines: Sequence[str], one: Written) -> tuple[int, bool] | None:
    """Return the line before which a fence is cut off, and whether that was to close it; None where nothing was."""
    end = one.fence.span.end_line
    following = next((at for at in range(end, len(lines)) if lines[at].strip()), None)
    if following is None:
        return None
    if one.closes(lines[following]):
        return following + 1, True
    closing = next((at for at in range(following, min(following + 60, len(lines))) if one.closes(lines[at])), None)
    if closing is None or following != end:
        return None
    # Between the two there must be nothing but what belongs in it.
    between = lines[following:closing]
    prose = any(re.match(r"\s*(?:#{1,6} |[-*+] |\d+[.)] |`{3}|~{3})", line) for line in between)
    return None if prose else (following + 1, False)
