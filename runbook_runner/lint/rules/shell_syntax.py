"""A command is no shell.

## What it does
Reads every command as the shell would: quotes, parentheses and loops that are never closed, words that close nothing,
operators with nothing on one side. What might be right is left alone, and so is what nobody would paste: a synopsis,
an excerpt, help.

## Why it matters
Pasted or run it fails, or waits for a quote that never comes.

## Example
    ```sh
    kubectl get pods | awk '{print $1}
    ```

## How to fix
Close the quote, remove the stray character, or move pasted output into a fence of its own.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("shell-syntax", Group.CORRECTNESS, "a command that no shell understands")
