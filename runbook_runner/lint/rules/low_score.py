"""A runbook's score is below what the configuration asks for.

## What it does
Compares the score, which the completeness rules make up, with `min-score` of `[lint]`; without that it says nothing.

## Why it matters
A team that has come so far does not want to fall back without noticing.

## Example
    [lint]
    min-score = 80

## How to fix
Mend what the finding names first: it would raise the score most. `runbook lint --statistics` shows all scores.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("low-score", Group.CORRECTNESS, "a score below the least that is asked for")
