"""Where the SQL of a document does not parse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.lint._languages import fences, place

if TYPE_CHECKING:
    from runbook_runner.model.span import Span
    from runbook_runner.ports.lint import Document
    from runbook_runner.syntax.words import Mistake


def mistakes(document: Document) -> tuple[tuple[Mistake, Span, bool], ...]:
    """Return the first mistake of each fence, its place, and whether it is certain."""
    return document.gathered(_find)


def _find(document: Document) -> Iterator[tuple[Mistake, Span, bool]]:
    for fence in fences(document, "sql"):
        from runbook_runner.syntax.sql_text import is_certain, mistake_in_sql
        from runbook_runner.syntax.typography import odd_in_code

        if any(odd_in_code(fence.text)):
            continue  # `smart-quote` and `odd-space` say so
        mistake = mistake_in_sql(fence.text)
        if mistake is not None:
            yield mistake, place(fence, mistake.offset), is_certain(mistake)
