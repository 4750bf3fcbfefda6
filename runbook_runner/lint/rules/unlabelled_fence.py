"""A block of code does not say what language it holds.

## What it does
Looks for fences without a language. A document in which no block has one gets one finding.

## Why it matters
Whether it is a command, its output or a configuration file has to be guessed: by her, by the page that highlights it,
and by `runbook run`, which runs an unlabelled block only when it begins with a command that it knows.

## Example
    ```
    ./failover.sh --now
    ```

## How to fix
Write the language behind the fence: ```` ```sh ```` for commands, ```` ```console ```` for a session with prompts and
output, ```` ```text ```` for output and everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._blocks import Code, blocks, opening
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_CODE = "unlabelled-fence"
_HABIT = 3
"""Blocks from which on it is one finding when none of the document's blocks has a language."""


def _find(document: Document) -> Iterator[Defect]:
    fenced = [block for block in blocks(document) if block.fence.fenced and block.fence.text.strip()]
    bare = [block for block in fenced if not block.language]
    habit = len(bare) >= _HABIT and len(bare) == len(fenced)
    for block in bare[: 1 if habit else None]:
        message = "this block does not say what language it holds"
        if habit:
            message = f"none of the {len(bare)} blocks of code says what language it holds"
        yield Defect(_CODE, message, opening(document, block.fence), _hint(block))


def _hint(block: Code) -> str:
    if not block.commands:
        return "write ```text for output, ```sh for commands"
    if any(command.sample or command.language == "console" for command in block.commands):
        return "write ```console, and `$ ` before each command"
    return "write ```sh"


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a block of code without a language")
