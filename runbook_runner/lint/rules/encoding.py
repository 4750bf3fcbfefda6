"""The file is not UTF-8.

## What it does
Looks for bytes that are not UTF-8, and for files in UTF-16.

## Why it matters
Characters that cannot be read are shown as `�`, in a command too. She cannot see what the author meant, and a pasted
command fails or does something else.

## Example
A file that an old Windows editor saved as Windows-1252: its “quotes” are bytes that UTF-8 does not have.

## How to fix
Save it as UTF-8: `iconv -f WINDOWS-1252 -t UTF-8 old.md >new.md`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("encoding", Group.CORRECTNESS, "bytes that are not UTF-8")
