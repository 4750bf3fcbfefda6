"""A link leads to a section that this document does not have.

## What it does
Looks for links and branch destinations of the form `#anchor` that no heading, no `{#id}` and no step answers to.

## Why it matters
In a run the branch leads nowhere, in the middle of an incident: she has to find the right section by hand.

## Example
    - If `exit_code != 0`, go to [Fix](#fixing-it).

    ## Fix it

## How to fix
Link to the heading's slug as a forge makes it: `#fix-it`. `runbook inspect` lists the sections.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import FromReader
from runbook_runner.lint._site import is_part
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    if is_part(document.runbook.path):
        return  # one page is built of all of them
    yield from (defect for defect in document.runbook.defects if defect.code == "dead-anchor")


RULE: LintRule = FromReader("dead-anchor", Group.CORRECTNESS, _find, "a link to a section that is not there")
