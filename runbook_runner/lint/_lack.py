"""What a whole document lacks: one finding, on its first line."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runbook_runner.lint._genre import Genre, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document


def lack(
    code: str, genres: frozenset[Genre], present: Callable[[Document], bool], *, message: str, hint: str, summary: str
) -> Rule:
    """Return the rule that documents of some genres have something; `present` tells whether one has it."""

    def find(document: Document) -> Iterator[Defect]:
        if genre(document) in genres and not present(document):
            yield Defect(code, message, Span(), hint)

    return Rule(code, Group.COMPLETENESS, find, summary)
