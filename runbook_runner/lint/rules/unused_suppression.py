"""A comment takes back a finding that is not there.

## What it does
Looks for `runbook-lint-disable` comments, and codes in them, that no finding answers to.

## Why it matters
Once the reason is gone, the comment hides the next mistake of its kind without anybody having looked at it.

## Example
    <!-- runbook-lint-disable dead-anchor -->
    See [Fix](#fix).

    ## Fix

## How to fix
Remove the comment, or the code from it.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("unused-suppression", Group.STYLE, "a suppression without a finding")
