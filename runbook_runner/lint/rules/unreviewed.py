"""Nobody has reviewed the runbook yet.

## What it does
Looks for `draft: true`, and for a `reviewed` that does not say by whom.

## Why it matters
What one person wrote down from memory after an incident is a guess until a second one has walked through it. A draft
must not look like a runbook that was tried.

## Example
    ---
    title: A disk fills up
    draft: true
    ---

## How to fix
Let somebody who did not write it walk through it (`runbook run --dry-run`), then write who it was and remove `draft`:
`reviewed: {by: bob, date: 2026-10-02, every: 90d}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runbook_runner.lint._genre import OWNED, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import front_matter_key
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_CODE = "unreviewed"


def _find(document: Document) -> Iterator[Defect]:
    facts = document.runbook.facts
    if genre(document) not in OWNED:
        return
    if facts.draft:
        hint = "let somebody walk through it, then write `reviewed: {by: NAME, date: …, every: 90d}` instead"
        yield Defect(_CODE, "this is a draft: nobody has reviewed it", front_matter_key(document, "draft"), hint)
    # Other tools' keys have no place for a name, so only ours is asked for one.
    elif isinstance(facts.extra.get("reviewed"), Mapping) and facts.reviewed and not facts.reviewed.by:
        message = "`reviewed` does not say by whom"
        yield Defect(_CODE, message, front_matter_key(document, "reviewed"), "add `by: NAME` to it")


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a draft, or a review by nobody")
