"""A section has a heading and nothing else.

## What it does
Looks for headings with nothing below them, and no heading of a deeper level. A heading that is a step by itself,
*3. Drain the node*, needs nothing. An empty section on the impact of an alert is told by `missing-impact`.

## Why it matters
She jumps to *Mitigation*, and there is nothing. Was it forgotten, or is there nothing that one could do?

## Example
    ## Diagnosis

    ## Mitigation

    Restart the worker.

## How to fix
Write it, remove the heading, or say that there is nothing to do: *It mends itself within 10 minutes.*
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._genre import Genre, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sections import is_bare
from runbook_runner.lint._text import heading, quote
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "empty-section"
_STEP = regex(r"(?:step |part |phase )?\d+\W|(?:\S+\s+){5}", re.I)
"""A number, or so many words, say what to do themselves."""
_FACT = regex(r"(?:licen[sc]e|author|maintainer|contributor|version|date|status|owner|contact)s?: \S", re.I)
"""A heading that holds what would stand below it."""
_IMPACT = regex(r"\bimpact\b", re.I)


def _find(document: Document) -> Iterator[Defect]:
    phases = document.runbook.phases
    parents = {phase.parent for phase in phases}
    for phase in phases:
        if not phase.level or phase.slug in parents or not is_bare(phase):
            continue
        if phase.level > 1 and (_STEP.match(phase.title) or _FACT.match(phase.title)):
            continue
        if genre(document) is Genre.ALERT and _IMPACT.search(phase.title):
            continue
        if phase.level == 1 and len(phases) == 1:
            message = "nothing stands below the title"
        else:
            message = f"nothing stands below {quote(phase.title)}"
        yield Defect(
            _CODE, message, heading(phase, document), "write it, remove the heading, or say that nothing is to do"
        )


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a heading with nothing below it")
