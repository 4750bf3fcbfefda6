"""A key of the front matter is nearly one that means something.

## What it does
Compares the keys with those that are known. Other unknown keys are other tools' and are passed over.

## Why it matters
A misspelled key does nothing: the escalation ladder is empty when it is needed.

## Example
    ---
    escalaton:
      - {after: 10m, to: dba}
    ---

## How to fix
Write the key as the message says.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("near-miss-key", Group.CORRECTNESS, "a misspelled key in the front matter")
