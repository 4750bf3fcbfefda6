"""A predicate does not parse, or its types do not fit.

## What it does
Reads each code span that is meant as a predicate, a branch's whole guard or something under `Expected:`, as CEL:
syntax, types, functions, regular expressions.

## Why it matters
It has no answer. Where the run should decide by itself it stops and asks, and nobody notices before the incident.

## Example
    - If `exit_code = 0`, resolved.

## How to fix
Write what the message says: `==` compares, `&&` joins, texts stand in quotes. `runbook inspect` shows each guard.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("bad-predicate", Group.CORRECTNESS, "a predicate that does not parse")
