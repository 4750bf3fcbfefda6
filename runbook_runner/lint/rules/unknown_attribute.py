"""A fence has an attribute that there is none of.

## What it does
Looks in the braces after a fence's language for names that are no attribute, where the braces also hold one that is,
or the name is nearly one. What other tools put there (`linenos`, `{1,3-5}`) is passed over.

## Why it matters
A misspelled attribute does nothing: the command runs without its timeout.

## Example
    ```sh {timout=30s}
    kubectl rollout status deploy/web
    ```

## How to fix
Write the attribute's name: `timeout=30s`. What a reader has to see belongs in the text.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("unknown-attribute", Group.CORRECTNESS, "an attribute that there is none of")
