"""A runbook for an alert has no command at all.

## What it does
Looks, in a runbook for an alert, for anything that can be run: a block of shell, SQL or PromQL, or a command in
backticks.

## Why it matters
"Check whether the queue is stuck" leaves her to find out how, with a pager that rings. What took the author ten seconds
takes her ten minutes, every time.

## Example
    ## Diagnosis

    Check whether the queue is stuck.

## How to fix
Write the command that you would type, and below it what its answer means:

    ```sh
    rabbitmqctl list_queues name messages
    ```
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._commands import names_command
from runbook_runner.lint._genre import Genre, diagnosis, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import heading
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import Fence, PhaseKind, walk
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule

_CODE = "no-commands"
_COMMENT = ("#", "//", "--")


def _find(document: Document) -> Iterator[Defect]:
    phases = document.runbook.phases
    if genre(document) is Genre.ALERT and not any(_has_command(document, phase) for phase in phases):
        first = next((phase for phase in phases if diagnosis(phase)), None)
        place = heading(first, document) if first else Span()
        hint = "write down what you would type, in a block ```sh, and below it what the answer means"
        yield Defect(_CODE, "an alert calls for this, and there is not one command in it", place, hint)


def _has_command(document: Document, phase: Phase) -> bool:
    if phase.kind is PhaseKind.CONTEXT:
        return False
    blocks = (block for block in walk(phase.blocks) if isinstance(block, Fence))
    return any(not _only_comments(block.text) for block in blocks) or names_command(document, phase)


def _only_comments(text: str) -> bool:
    return all(not line.strip() or line.strip().startswith(_COMMENT) for line in text.split("\n"))


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "an alert's runbook without a command")
