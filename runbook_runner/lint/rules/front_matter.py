"""The front matter cannot be read, or says something that it cannot say.

## What it does
Reads the facts between the `---` lines: YAML, and the values of the keys that are known.

## Why it matters
The facts are lost: no escalation ladder, no parameters, no trigger. Nobody notices before the run.

## Example
    ---
    title: Stalled: what to do
    ---

## How to fix
Quote values that hold `: ` or ` #`, close the front matter with `---`, and write durations as `10m`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("front-matter", Group.CORRECTNESS, "front matter that cannot be read")
