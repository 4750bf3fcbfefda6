"""What stands in a block may be no shell, or no command.

## What it does
Looks for what no shell understands, as `shell-syntax` does, in lines of which nothing says that they are commands:
they begin with no known program, or stand in a block without a language and without prompts.

## Why it matters
If it is a command, it fails when it is pasted or run. If it is output, or another language, she may take it for one.

## Example
    ```sh
    frobnicate the index (slow)
    ```

## How to fix
Give output and other languages a block of their own with their language: ```` ```text ````. Mend what is a command.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("possible-shell-mistake", Group.STYLE, "what may be a command that no shell understands")
