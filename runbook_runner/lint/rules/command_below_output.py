"""A command stands below output in one block, and is not run.

## What it does
Looks, in blocks without prompts, for a line that begins with a known command below lines that read as output.

## Why it matters
From the first line that reads as output on, a block is shown and not run. The command below it looks like a part of the
step, and nothing happens. What is output is told by its looks alone, so this only warns.

## Example
    ```sh
    df -h
    Filesystem  Size  Used
    free -m
    ```

## How to fix
Write `$ ` before each command: ```` ```console ````. Or give each command a block of its own.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("command-below-output", Group.STYLE, "a command below output that is not run")
