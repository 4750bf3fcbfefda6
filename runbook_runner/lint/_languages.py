"""Fences of one language, wherever in a document they stand."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._blocks import blocks
from runbook_runner.model.prose import Fence
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document


def fences(document: Document, *languages: str) -> Iterator[Fence]:
    """Return the fences that claim one of some languages."""
    return (fence for language, fence in document.once(_named) if language in languages)


def _named(document: Document) -> tuple[tuple[str, Fence], ...]:
    return tuple((_language(each.fence.info), each.fence) for each in blocks(document) if each.fence.info)


def place(fence: Fence, offset: int, length: int = 1) -> Span:
    """Return the place of a stretch of a fence's text in the file."""
    line = fence.text.count("\n", 0, offset)
    column = offset - (fence.text.rfind("\n", 0, offset) + 1) + fence.content_column
    return Span(fence.content_line + line, column, fence.content_line + line, column + length)


def _language(info: str) -> str:
    return info.split()[0].split("{")[0].lower()
