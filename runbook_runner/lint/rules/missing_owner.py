"""Nobody is named as the runbook's owner.

## What it does
Looks for `owner` (or `owner_slack` and the like) in the front matter.

## Why it matters
A runbook that nobody owns rots, and whoever finds a mistake in it at night does not know whom to tell.

## Example
    ---
    title: A disk fills up
    ---

## How to fix
Write `owner: team-storage` into the front matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    if not document.runbook.facts.owner:
        hint = "add `owner: team-name` to the front matter"
        yield Defect("missing-owner", "no owner is named", Span(), hint)


RULE: LintRule = Rule("missing-owner", Group.COMPLETENESS, _find, "no owner")
