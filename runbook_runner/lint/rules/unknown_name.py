"""A predicate asks for a name that nothing sets.

## What it does
Looks for names in predicates that are no evidence (`exit_code`, `stdout`, `rows` …), no parameter and no `capture=`.

## Why it matters
The predicate has no answer: where the run should decide by itself it stops and asks.

## Example
    - If `exitcode == 0`, resolved.

## How to fix
Write the name of the evidence, declare the parameter, or give the command that finds the value a `capture=NAME`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("unknown-name", Group.CORRECTNESS, "a predicate that asks for a name that nothing sets")
