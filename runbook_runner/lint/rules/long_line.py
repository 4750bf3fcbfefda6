"""A line is too long to be read whole.

## What it does
Looks for lines of more than 20,000 characters, which are cut before they are read; nothing on them runs.

## Why it matters
Part of the runbook is not there in a run.

## Example
    A picture pasted as one line of base64.

## How to fix
Put pictures and data into files of their own.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("long-line", Group.CORRECTNESS, "a line too long to be read whole")
