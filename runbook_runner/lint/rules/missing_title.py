"""The runbook has no title.

## What it does
Looks for `title` in the front matter, or a heading of the first level.

## Why it matters
The title is what she picks the runbook by, in a list, from an alert and in a search. Without one she sees a file name.

## Example
    ## Diagnosis

    Look at the queue.

## How to fix
Begin with a heading that names the failure or the task: `# The payment queue grows`.
"""

from __future__ import annotations

from runbook_runner.lint._genre import OWNED
from runbook_runner.lint._lack import lack
from runbook_runner.ports.lint import Document, LintRule


def _titled(document: Document) -> bool:
    return bool(document.runbook.facts.title) or any(phase.level == 1 for phase in document.runbook.phases)


RULE: LintRule = lack(
    "missing-title",
    OWNED,
    _titled,
    message="the runbook has no title",
    hint="begin with `# ` and what fails, or what is done",
    summary="no title",
)
