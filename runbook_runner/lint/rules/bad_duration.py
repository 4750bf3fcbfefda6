"""A time in a branch cannot be read.

## What it does
Looks for branches that begin like a timer or a recurrence, with a number and no unit, or with a word that is nearly a
unit.

## Why it matters
The branch is no timer: instead of speaking up when the time is over, the run asks her whether it is.

## Example
    - After 5 mintues, escalate.

## How to fix
Write the unit: `After 5 minutes`, `After 5m`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Question
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_TIMED = regex(
    r"(?:after|once|(?:.*\b(?:recurs?|re-?occurs?|returns?|comes? back|not resolved)\b.*\bwithin))\s+"
    r"(?:about\s+|another\s+)?(\d{1,6}(?:\.\d+)?)\s*([A-Za-z]*)",
    re.IGNORECASE,
)
_UNITS = [
    "second", "seconds", "secs", "minute", "minutes", "mins", "hour", "hours", "hrs", "day", "days", "week", "weeks",
    "month", "months",
]  # fmt: skip


def _find(document: Document) -> Iterator[Defect]:
    for step in document.runbook.steps:
        for branch in step.branches:
            match = _TIMED.fullmatch(branch.guard.text.strip()) if isinstance(branch.guard, Question) else None
            if match is None:
                continue
            number, word = match.groups()
            near = get_close_matches(word.lower(), _UNITS, 1, 0.7)
            why = f"did you mean {near[0]}?" if near else "" if word else "its unit is missing"
            if why:
                written = f"{number} {word}".strip()
                yield Defect("bad-duration", f"`{written}` is no time: {why}", branch.span, "such as `After 5 minutes`")


RULE: LintRule = Rule("bad-duration", Group.CORRECTNESS, _find, "a time that cannot be read")
