"""The runbook's review is overdue.

## What it does
Adds the interval to the date of the last review (`reviewed`, or `last_reviewed_on` and `review_in`) and compares with
today. A date in the future is told too.

## Why it matters
The team itself said how long the knowledge keeps. Past that date she should trust no command without reading it twice.

## Example
    reviewed: {by: alice, date: 2024-01-15, every: 90d}

## How to fix
Walk through it against the system as it is now, mend what has changed, and write the new date and your name.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from runbook_runner.lint._genre import OWNED, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import front_matter_key, key
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "review-overdue"
_LONGEST = 100 * 365 * 86400.0
_CALENDAR = regex(r"(\d{1,4}) ?(months?|mo|years?|y)", re.I)


def _find(document: Document) -> Iterator[Defect]:
    review = document.runbook.facts.reviewed
    if genre(document) not in OWNED or review is None or not review.date:
        return
    try:
        done = date.fromisoformat(review.date)
    except ValueError:
        return  # the reader has said so
    place = front_matter_key(document, "reviewed", "last_reviewed_on")
    if done > document.today:
        message = f"the review of {done.isoformat()} lies in the future"
        yield Defect(_CODE, message, place, "write the day of the last review")
    elif review.every and review.every < _LONGEST:
        due = _due(document, done, review.every)
        if due < document.today:
            name = "reviewed" if key(document, "reviewed") else "last_reviewed_on"
            hint = f"walk through it again, then write the new date at `{name}`"
            yield Defect(_CODE, f"the next review was due on {due.isoformat()}", place, hint)


def _due(document: Document, done: date, every: float) -> date:
    """Return the day of the next review; months and years are those of the calendar."""
    extra = document.runbook.facts.extra
    given = extra.get("reviewed")
    text = (given.get("every") if isinstance(given, Mapping) else None) or extra.get("review_in") or ""
    match = _CALENDAR.fullmatch(str(text).strip())
    if match is None:
        return done + timedelta(seconds=every)
    months = int(match[1]) * (12 if match[2][0] in "yY" else 1) + done.month - 1
    year, month = done.year + months // 12, months % 12 + 1
    return date(year, month, min(done.day, monthrange(year, month)[1]))


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "the review is overdue")
