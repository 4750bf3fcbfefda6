"""Nothing says how urgent the runbook's alert is.

## What it does
Looks, in a runbook for an alert, for `severity` (or `priority`, `urgency`) in the front matter, or words in the text
that tell it: `Severity: page`, a critical alert, P1.

## Why it matters
Two things fire at once, and she has to choose. How bad this one is decides what she does first and whom she wakes.

## Example
    ---
    triggers: [{alert: QueueGrows}]
    ---

## How to fix
Write `severity: page` (or what your alerts call it: `critical`, `warning`, `P2`) into the front matter.
"""

from __future__ import annotations

import re

from runbook_runner.lint._genre import Genre
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import key, said
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import has_one, regex

_WORDS = r"(?:critical|warning|paging|page|info|high|low|medium|minor|major)"
_LEVELS = tuple(
    (signs, regex(pattern, re.M))
    for signs, pattern in (
        (
            ("alert", "page", "incident", "alarm"),
            rf"\b{_WORDS}\W{{0,2}}(?:[- ](?:level|priority|severity|urgency))? (?:alert|page|incident|alarm)s?\b",
        ),
        (
            ("severity", "priority", "urgency", "sev"),
            rf"\b(?:severity|priority|urgency|sev)\W{{1,3}}(?:is )?\W?(?:{_WORDS}|[0-5])\b",
        ),
        (("alert is ",), rf"\balert is (?:an? )?{_WORDS}\b"),
        (
            ("level",),
            r"\b(?:critical|warning)\b[^.\n]{0,20}\blevel\b|\blevel\b[^.\n]{0,20}\b(?:critical|warning)\b",
        ),
        (("critical", "warning", "high", "low"), r"^\W*(?:critical|warning|high|low)(?:\W|$)"),
        (("critical threat", "priority"), r"\bcritical threat\b|\b(?:high|low)(?:er)?-priority\b"),
    )
)
"""What must stand in the text, and where it says how urgent it is; in lower case, which is twice as quick."""
_SHORT = regex(r"P(?<=\bP)[0-5]\b|S(?<=\bS)(?:EV-?)?[0-5]\b")


def _told(document: Document) -> bool:
    return (
        bool(document.runbook.facts.severity)
        or key(document, "priority", "urgency", "level", "sev", "tier")
        or said(document, "severity|priority|urgency|tier")
        or _level(document.runbook.source)
    )


def _level(text: str) -> bool:
    low = text.lower()
    return (
        any(has_one(low, signs) and pattern.search(low) for signs, pattern in _LEVELS)
        or _SHORT.search(text) is not None
    )


RULE: LintRule = lack(
    "missing-severity",
    frozenset({Genre.ALERT}),
    _told,
    message="nothing says how urgent this is",
    hint="add `severity: page` (or critical, warning, P2) to the front matter",
    summary="no severity",
)
