"""Blocks of code as their author marked them, and what the reader took them for."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.command import Command
from runbook_runner.model.prose import Block, Fence, walk
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document

SHELLS = frozenset({"sh", "bash", "shell", "zsh", "ksh"})
"""Languages whose text is run as it stands."""


class Code(Struct, frozen=True):
    """One block."""

    fence: Fence
    phase: Phase
    language: str
    """Lower case; empty when none is given."""
    commands: tuple[Command, ...]
    """What it is run as; empty when it is only shown."""


def everything(document: Document) -> tuple[tuple[Phase, Block], ...]:
    """Return every block with the phase that it stands in, parents before children: the walk that rules share."""
    return document.once(_everything)


def _everything(document: Document) -> tuple[tuple[Phase, Block], ...]:
    return tuple((phase, block) for phase in document.runbook.phases for block in walk(phase.blocks))


def blocks(document: Document) -> tuple[Code, ...]:
    """Return the document's blocks of code, in order."""
    return document.once(_blocks)


def opening(document: Document, fence: Fence) -> Span:
    """Return the place of a block's first line."""
    line = fence.span.line
    text = document.lines[line - 1] if line <= len(document.lines) else ""
    return Span(line, fence.span.column, line, max(len(text.rstrip()), fence.span.column) + 1)


def _blocks(document: Document) -> tuple[Code, ...]:
    commands: dict[int, list[Command]] = {}
    for step in document.runbook.steps:
        if step.command is not None:
            commands.setdefault(step.command.span.line, []).append(step.command)
    found = []
    for phase, block in everything(document):
        if type(block) is Fence:
            language = block.info.split("{")[0].strip().split(" ")[0].lower().lstrip("!.")
            found.append(Code(block, phase, language, tuple(commands.get(block.span.line, ()))))
    return tuple(found)
