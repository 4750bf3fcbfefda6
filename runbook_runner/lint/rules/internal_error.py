"""Lint itself failed on this file.

## What it does
Tells that a rule, or the reader, came to grief: the message names which, and how. All other rules ran.

## Why it matters
It is a mistake in `runbook`, or in a package that adds rules to it, not in the document; but what that rule looks
for was not checked here.

## Example
    runbooks/restore.md:1:1: error internal-error: the rule missing-owner failed: KeyError: 'owner'

## How to fix
Report it with the document that brings it about. Until it is mended, `--ignore internal-error` goes on without.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("internal-error", Group.CORRECTNESS, "a rule that failed")
