"""A command is quoted with typographic quotes.

## What it does
Looks for the quotation marks that word processors and wikis put in place of `'` and `"`, where a command needs real
ones. In comments and inside of real quotes they do no harm.

## Why it matters
To the shell they are ordinary letters: the text in them falls apart into words, and the command does something else.

## Example
    ```sh
    grep “connection refused” app.log
    ```

## How to fix
Type `'` or `"`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("smart-quote", Group.CORRECTNESS, "typographic quotes where a command needs real ones")
