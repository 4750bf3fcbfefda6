"""Two headings under the same one have the same text.

## What it does
Looks for headings with the same text, of the same level, in the same section. *Impact* under each of several scenarios
is no finding.

## Why it matters
"Go to Restart": which one? Links lead to the first; the second is `#restart-1` today, and another one tomorrow, when a
section is moved.

## Example
    ## Restart
    ## Verify
    ## Restart

## How to fix
Say what tells them apart: *Restart the worker*, *Restart the database*.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import heading, quote
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_CODE = "duplicate-heading"


def _find(document: Document) -> Iterator[Defect]:
    seen: dict[tuple[str, int, str], int] = {}
    for phase in document.runbook.phases:
        if not phase.level:
            continue
        key = (phase.parent, phase.level, " ".join(phase.title.lower().split()))
        if key in seen:
            message = f"{quote(phase.title)} is a heading in line {seen[key]} already, and links lead to that one"
            yield Defect(_CODE, message, heading(phase, document), "say what tells them apart")
        seen.setdefault(key, phase.span.line)


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "the same heading twice in one section")
