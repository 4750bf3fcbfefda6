"""A `$ ` prompt stands in a block that is not a console session.

## What it does
Looks for lines that begin with `$ ` in blocks of `sh`, `bash`, `shell` or `zsh`.

## Why it matters
What the page shows is what gets pasted. On a forge the copy button takes the prompt along, and the shell answers
`$: command not found`. Nor can a reader see what is typed and what is printed.

## Example
    ```sh
    $ df -h
    ```

## How to fix
Leave the `$ ` out. Where output stands in the same block, write ```` ```console ````: there prompts are meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._blocks import SHELLS, Code, blocks
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "stray-prompt"
_PROMPT = regex(r"[ \t]*(\$ )(?=\S)")
_HABIT = 2
"""Blocks from which on it is one finding when all of them are so."""


def _find(document: Document) -> Iterator[Defect]:
    shells = [block for block in blocks(document) if block.language in SHELLS]
    prompted = [(block, span) for block in shells if (span := _prompt(document, block)) is not None]
    habit = len(prompted) >= _HABIT and len(prompted) == len(shells)
    for block, span in prompted[: 1 if habit else None]:
        printed = any(command.sample for command in block.commands)
        instead = "```console" if printed else f"```console, or leave the `$ ` out of ```{block.language}"
        message = f"the prompt `$ ` is pasted along with the command in a block of {block.language}"
        if habit:
            many = "both" if len(prompted) == _HABIT else f"all {len(prompted)}"
            message = f"{many} blocks of shell have prompts, which are pasted along with the commands"
        yield Defect(_CODE, message, span, f"write {instead}")


def _prompt(document: Document, block: Code) -> Span | None:
    for at, line in enumerate(block.fence.text.split("\n")):
        if match := _PROMPT.match(line):
            number = block.fence.content_line + at
            source = document.lines[number - 1] if number <= len(document.lines) else ""
            column = source.find("$ ", max(block.fence.content_column - 1, 0)) + 1 or match.start(1) + 1
            return Span(number, column, number, column + 1)
    return None


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a `$ ` prompt outside a console block")
