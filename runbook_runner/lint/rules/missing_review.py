"""Nothing says when the runbook was last read against the system, or when that is due again.

## What it does
Looks, in runbooks and playbooks, for a date and an interval: `reviewed` (or `last_reviewed_on` and `review_in`) in the
front matter, or a line `Last reviewed: …` in the text.

## Why it matters
Systems move and their runbooks do not. A command that was right two years ago is trusted at night as if it were right
now, unless a date says how old the knowledge is.

## Example
    ---
    title: A disk fills up
    owner: team-storage
    ---

## How to fix
Walk through it once, then write down who did so, when, and how often it is due:
`reviewed: {by: alice, date: 2026-10-02, every: 90d}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._genre import OWNED, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import front_matter_key, key, said
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule

_CODE = "missing-review"
_DATES = ("last_reviewed", "reviewed_on", "last_review", "review_date", "reviewed_at", "last_verified", "last_tested")
_NEXT = ("next_review", "review_by", "review_due", "review_on", "expires", "review_interval", "review_cycle")


def _find(document: Document) -> Iterator[Defect]:
    facts = document.runbook.facts
    if genre(document) not in OWNED or facts.draft:
        return
    review = facts.reviewed
    place = front_matter_key(document, "reviewed", "last_reviewed_on", "review_in", *_DATES, *_NEXT)
    dated = bool(review and review.date) or key(document, *_DATES)
    due = bool(review and review.every) or key(document, *_NEXT)
    if (
        not dated
        and not due
        and said(document, "(?:last )?review(?:ed)?(?: on| date| frequency| cycle)?|last (?:verified|tested|updated)")
    ):
        return
    hint = f"add `reviewed: {{by: NAME, date: {document.today.isoformat()}, every: 90d}}` to the front matter"
    if not dated and not due:
        yield Defect(_CODE, "nothing says when this was last reviewed", Span(), hint)
    elif not dated:
        yield Defect(_CODE, "a review is due regularly, but nothing says when the last one was", place, hint)
    elif not due:
        hint = "add `every: 90d` to `reviewed`" if key(document, "reviewed") else "add `review_in: 3 months`"
        yield Defect(_CODE, "it was reviewed once, but nothing says when the next review is due", place, hint)


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "no review date, or no interval")
