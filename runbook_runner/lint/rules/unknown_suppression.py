"""A comment for lint is not understood.

## What it does
Looks for `runbook-lint-…` comments with another word than `disable`, `disable-file` or `enable`, or with a code that
no rule has.

## Why it matters
What its author wanted hidden is still told, or will be told again, and nobody sees why.

## Example
    <!-- runbook-lint-disable dead-anchors -->
    See [Fix](#fix).

## How to fix
Write the code as `runbook lint` prints it: `dead-anchor`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("unknown-suppression", Group.STYLE, "a suppression with an unknown code")
