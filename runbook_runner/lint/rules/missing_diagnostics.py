"""No exact command finds out what is wrong.

## What it does
Looks, in a runbook for an alert that has commands, for one that only looks, outside of what mends and verifies. A
query, and a command in backticks, count.

## Why it matters
A mitigation that is run before anybody has looked is a guess, and the second guess meets a system that the first one
has changed.

## Example
    ## Diagnosis

    Find out which worker is stuck.

    ## Mitigation

    ```sh
    kubectl -n payments delete pod "$POD"
    ```

## How to fix
Put the command that shows it under the diagnosis, with what to look for:

    ```sh
    kubectl -n payments get pods -l app=worker
    ```

    A stuck worker is *Running* and not *Ready*.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._commands import names_command
from runbook_runner.lint._genre import Genre, diagnosis, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import heading, quote
from runbook_runner.model.command import Effect, Handling
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import Fence, PhaseKind, walk
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule

_CODE = "missing-diagnostics"
_HINT = "add the command that shows it, in a block ```sh, and below it what to look for"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) is not Genre.ALERT:
        return
    phases = [phase for phase in document.runbook.phases if phase.kind is not PhaseKind.CONTEXT]
    if not any(any(isinstance(block, Fence) for block in walk(phase.blocks)) for phase in phases):
        return  # without any command there is more to say, and another rule says it
    if any(
        _looks(document, phase) for phase in phases if phase.kind is not PhaseKind.CHANGE and phase.role != "verify"
    ):
        return
    parts = [phase for phase in phases if diagnosis(phase)]
    if parts:
        message = f"{quote(parts[0].title)} has no command that shows what is wrong"
        yield Defect(_CODE, message, heading(parts[0], document), _HINT)
    else:
        yield Defect(_CODE, "no command here shows what is wrong", Span(), _HINT)


def _looks(document: Document, phase: Phase) -> bool:
    for step in phase.steps:
        command = step.command
        if command is None:
            continue
        if command.handling is Handling.INSIDE or command.analysis.opens_shell or command.effect is not Effect.CHANGE:
            return True
    return any(isinstance(block, Fence) for block in walk(phase.blocks)) or names_command(document, phase)


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "no command that diagnoses")
