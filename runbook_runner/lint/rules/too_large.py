"""The file, or a command in it, is too large to be understood.

## What it does
Files of more than 4 MiB are read up to there; commands of more than 200,000 characters or 120 levels are not
analysed.

## Why it matters
Part of the runbook is not there in a run, and the effect of such a command is not known.

## Example
    A log file that was named `.md`.

## How to fix
Split it, or take data out into files of their own.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("too-large", Group.CORRECTNESS, "a file or a command too large to be understood")
