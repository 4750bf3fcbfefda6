"""Fences of one language, wherever in a document they stand."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.model.prose import Fence, walk
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document


def fences(document: Document, *languages: str) -> Iterator[Fence]:
    """Yield the fences that claim one of some languages."""
    source = document.runbook.source.lower()
    if not any(f"{mark}{language}" in source for language in languages for mark in ("`", "~", "` ", "~ ")):
        return
    for phase in document.runbook.phases:
        for block in walk(phase.blocks):
            if isinstance(block, Fence) and block.info and _language(block.info) in languages:
                yield block


def place(fence: Fence, offset: int, length: int = 1) -> Span:
    """Return the place of a stretch of a fence's text in the file."""
    line = fence.text.count("\n", 0, offset)
    column = offset - (fence.text.rfind("\n", 0, offset) + 1) + fence.content_column
    return Span(fence.content_line + line, column, fence.content_line + line, column + length)


def _language(info: str) -> str:
    return info.split()[0].split("{")[0].lower()
