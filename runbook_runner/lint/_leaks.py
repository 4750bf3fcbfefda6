"""Where in a document secrets stand that were written down."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.model.span import Span

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Document
    from runbook_runner.syntax.leaks import Leak


def found(document: Document) -> tuple[tuple[Leak, str, Span], ...]:
    """Return what reads as a secret, with its text and its place."""
    return document.gathered(_find)


def _find(document: Document) -> Iterator[tuple[Leak, str, Span]]:
    from runbook_runner.syntax.leaks import leaks

    source = document.runbook.source
    if not (all_of_them := leaks(source)):
        return
    starts = [0]
    for text in document.lines:
        starts.append(starts[-1] + len(text) + 1)
    for leak in all_of_them:
        line = bisect_right(starts, leak.start)
        column = leak.start - starts[line - 1] + 1
        end = min(column + leak.end - leak.start, len(document.lines[line - 1]) + 1)
        yield leak, source[leak.start : leak.end], Span(line, column, line, end)
