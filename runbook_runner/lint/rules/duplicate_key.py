"""A key stands in the front matter twice.

## What it does
Looks for keys that the same mapping has already.

## Why it matters
One of the two values is dropped without a word: the first counts here, the last elsewhere.

## Example
    ---
    owner: team-a
    owner: team-b
    ---

## How to fix
Remove one of them.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("duplicate-key", Group.CORRECTNESS, "a key that stands in the front matter twice")
