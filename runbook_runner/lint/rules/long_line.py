"""A line is longer than is read.

## What it does
Looks for lines of more than 20,000 characters: what is behind that is not read, and nothing on the line runs.

## Why it matters
Nobody reads such a line at night. A command on it is only shown, never run.

## Example
A certificate, a picture as base64, or JSON from a tool, pasted as one line.

## How to fix
Break it, or put it into a file of its own and link to that.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("long-line", Group.CORRECTNESS, "a line of more than 20,000 characters")
