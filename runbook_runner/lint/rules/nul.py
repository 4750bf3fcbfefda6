"""The file holds NUL characters.

## What it does
Looks for NUL characters, which text does not have.

## Why it matters
It is a damaged file, or none that a person wrote. Shells and terminals drop the character without a word, so what is
shown and what runs may differ.

## Example
A file that was being written when the disk filled up: its end is a row of NULs.

## How to fix
Fetch the file again from where it is whole. `tr -d '\\000' <damaged.md` shows what is left of it.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("nul", Group.CORRECTNESS, "a NUL character")
