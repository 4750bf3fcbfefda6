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

_WORDS = r"(?:critical|warning|paging|page|info|high|low|medium|minor|major)"
_LEVEL = re.compile(
    rf"\b{_WORDS}\W{{0,2}}(?:[- ](?:level|priority|severity|urgency))? (?:alert|page|incident|alarm)s?\b"
    rf"|\b(?:severity|priority|urgency|sev)\W{{1,3}}(?:is )?\W?(?:{_WORDS}|[0-5])\b"
    rf"|\balert is (?:an? )?{_WORDS}\b"
    r"|\b(?:critical|warning)\b[^.\n]{0,20}\blevel\b|\blevel\b[^.\n]{0,20}\b(?:critical|warning)\b"
    r"|^\W*(?:critical|warning|high|low)(?:\W|$)|\bcritical threat\b|\b(?:high|low)(?:er)?-priority\b",
    re.M,
)
"""Looked for in lower case: that is twice as quick as a pattern that takes both."""
_SHORT = re.compile(r"\b(?:P|SEV-?|S)[0-5]\b")
_SIGNS = ("critical", "warning", "paging", "severity", "priority", "urgency", "sev", "alert", "page", "high", "low")


def _told(document: Document) -> bool:
    return (
        bool(document.runbook.facts.severity)
        or key(document, "priority", "urgency", "level", "sev", "tier")
        or said(document, "severity|priority|urgency|tier")
        or _level(document.runbook.source)
    )


def _level(text: str) -> bool:
    low = text.lower()
    return (any(sign in low for sign in _SIGNS) and _LEVEL.search(low) is not None) or _SHORT.search(text) is not None


RULE: LintRule = lack(
    "missing-severity",
    frozenset({Genre.ALERT}),
    _told,
    message="nothing says how urgent this is",
    hint="add `severity: page` (or critical, warning, P2) to the front matter",
    summary="no severity",
)
