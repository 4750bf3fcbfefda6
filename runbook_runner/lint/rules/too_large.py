"""The file is larger than is read.

## What it does
Looks for files of more than 4 MiB: what is behind that is not read.

## Why it matters
Nobody finds the next command in so much text, and steps behind the limit do not exist for a run.

## Example
A runbook with a whole log pasted into it.

## How to fix
Keep the ten lines that show the failure, and link to the rest. Split what are several runbooks.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("too-large", Group.CORRECTNESS, "more than 4 MiB")
