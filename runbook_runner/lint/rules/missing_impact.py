"""Nothing says whom the failure hurts, and how much.

## What it does
Looks, in a runbook for an alert, for a section on the impact that says something, a line `Impact: …`, or, where it
has no such sections at all, a sentence on what users or applications lose.

## Why it matters
Whether to wake somebody, to act at once or to wait for the morning depends on what users lose while it lasts. The
author knows; she does not.

## Example
    # The queue grows

    ## Meaning

    More than 1000 jobs wait.

## How to fix
Say what stops working, for whom, and what stays safe:

    ## Impact

    Payments are delayed. None is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._genre import Genre, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sections import is_empty
from runbook_runner.lint._text import heading, key, lower, quote, said, titled
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_TITLE = regex(r"\b(?:impacts?|consequences?|affect(?:s|ed)|effects?|severity|what breaks|blast radius)\b", re.I)
_LOSES = regex(
    r"\b(?:users?|customers?|apps?|applications?|services?|requests?|writes?|reads?|traffic|sites?|pages?|jobs?|data)\b"
    r"[^.\n]{0,60}\b(?:may|might|will|can|could|cannot|can['’]t|are unable|is unable|fails?|crash\w*|lost|lose|affected"
    r"|unavailable|slow|stops?|delayed|dropped|down)\b"
)
"""Looked for in lower case."""
_HINT = "add a section `## Impact`: what stops working, for whom, and what stays safe"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) is not Genre.ALERT or key(document, "impact", "customer_impact", "user_impact"):
        return
    sections = list(titled(document, _TITLE))
    if any(not is_empty(phase, document) for phase in sections) or said(document, "impact|consequences?|effect"):
        return
    if not sections and not _structured(document) and _LOSES.search(lower(document)):
        return
    if sections:
        message = f"the section {quote(sections[0].title)} says nothing"
        yield Defect("missing-impact", message, heading(sections[0], document), _HINT)
    else:
        yield Defect("missing-impact", "nothing says whom the failure hurts, and how much", Span(), _HINT)


def _structured(document: Document) -> bool:
    """Tell whether the document has a section for each thing, so that the impact would have one too."""
    kinds = {phase.kind for phase in document.runbook.phases}
    return bool(kinds & {PhaseKind.READ, PhaseKind.CHANGE, PhaseKind.CONTEXT})


RULE: LintRule = Rule("missing-impact", Group.COMPLETENESS, _find, "no impact")
