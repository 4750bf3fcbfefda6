"""The title does not say what the runbook is about.

## What it does
Looks for titles that are a kind of document and not its subject: *Runbook*, *Troubleshooting*, *Notes*, *Untitled*.

## Why it matters
In the list of six hundred runbooks, in the search and in the alert's link there is only the title.

## Example
    # Runbook

    ## The queue grows

## How to fix
Name the failure or the task: `# The payment queue grows`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._genre import OWNED, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import front_matter_key, heading, quote, trimmed
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "vague-title"
_VAGUE = regex(
    r"(?:the |my |our )?(?:runbooks?|playbooks?|run ?book|sop|read ?me|documents?|documentation|notes?|page|guide"
    r"|instructions?|procedures?|process|steps?|title|untitled|name|draft|template|index|overview|introduction"
    r"|troubleshooting|debugging|diagnosis|mitigation|alerts?|incidents?|issues?|problems?|errors?|how ?to|operations?"
    r"|(?:runbook|alert|page)\W+(?:title|name|template))|alert ?name|todo.*",
    re.I,
)


def _find(document: Document) -> Iterator[Defect]:
    title = document.runbook.title
    top = next((phase for phase in document.runbook.phases if phase.level == 1), None)
    if (
        genre(document) not in OWNED
        or not (document.runbook.facts.title or top)
        or not _VAGUE.fullmatch(trimmed(title))
    ):
        return
    named = bool(document.runbook.facts.title)
    place = front_matter_key(document, "title") if named or top is None else heading(top, document)
    yield Defect(_CODE, f"the title {quote(title)} does not say what fails, or what is done", place, "name it")


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a title that says nothing")
