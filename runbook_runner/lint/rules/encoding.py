"""The file is not UTF-8.

## What it does
Decodes the file's bytes.

## Why it matters
Characters are lost, in commands too: what runs is not what the author wrote.

## Example
    A file saved as Latin-1 or UTF-16.

## How to fix
Save the file as UTF-8: `iconv -f latin1 -t utf-8 old.md > new.md`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("encoding", Group.CORRECTNESS, "a file that is not UTF-8")
