"""A command waits for somebody at the terminal, and nothing says so.

## What it does
Looks for commands that open an editor, a pager or a shell, or that ask questions, in blocks without `{interactive}`,
where the text does not say either that one goes somewhere, edits or answers. Each program is told once.

## Why it matters
Pasted with the lines below it, those lines are typed into the editor or into the other shell. In a script it hangs.

## Example
    Apply it:

    ```sh
    terraform apply
    ```

## How to fix
Mark the block, ```` ```sh {interactive} ````, or let the command not ask: `terraform apply -auto-approve tfplan`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import label, locate, runs, trait
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import between
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Phase, Step
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "unmarked-interactive"
_TOLD = regex(
    r"\b(?:interactive\w*|edit(?:s|or|ing)?|shell|ssh|session|log(?:ging)? ?(?:in|on)(?:to)?|exec|attach|terminal"
    r"|prompt\w*|answer|confirm|approve|yes|open(?:s|ing)? (?:an?|the)|connect(?:s|ing)? to|debug\w*|access(?:ing)?"
    r"|password)\b",
    re.I,
)
_NEAR = 4
"""So many lines above and below the block are read with it."""


def _find(document: Document) -> Iterator[Defect]:
    seen = set()
    for phase, step, command in runs(document):
        marked = command.attributes.interactive or command.handling is not Handling.TERMINAL
        if not marked and not _told(document, phase, step, command):
            text = trait(command, lambda found: found.interactive)
            program = tuple(text.split()[:2])
            if program not in seen:
                seen.add(program)  # who has learned that `terraform apply` asks need not be told again
                what = (
                    "opens a shell elsewhere" if command.analysis.opens_shell else "waits for somebody at the terminal"
                )
                message = f"`{label(step, text)}` {what}, and nothing says so"
                yield Defect(_CODE, message, locate(document, command, text), "add `{interactive}` after the language")


def _told(document: Document, phase: Phase, step: Step, command: Command) -> bool:
    begin, end = command.span.line - _NEAR, command.span.end_line + _NEAR
    near = (passage.text for passage in between(document, phase.slug, begin, end))
    return any(_TOLD.search(text) for text in (step.title, phase.title, *near))


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "an interactive command that is not marked")
