"""The file holds a NUL character.

## What it does
Looks for characters with the number 0.

## Why it matters
Tools end a text there or refuse it: what follows may be lost, and no command can hold one.

## Example
    A file that was cut off by a crash, or is no text at all.

## How to fix
Delete the character, or take the file out of the folder.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("nul", Group.CORRECTNESS, "a NUL character")
