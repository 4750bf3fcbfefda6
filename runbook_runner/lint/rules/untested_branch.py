"""No scenario of the runbook takes a branch.

## What it does
Walks the scenarios beside a runbook, and tells of branches, timers and alternatives that none of them takes. Only a
runbook that has scenarios is looked at; `runbook test --coverage` tells of predicates and steps, too.

## Why it matters
What no scenario takes is tried for the first time in an incident. A change that breaks it breaks no test.

## Example
    # disk-full.md
    - If `json.journal_mib >= 600`, go to [Shrink the journal](#shrink-the-journal).

with no scenario in `disk-full.scenarios.yaml` in which the journal is that large.

## How to fix
Add a scenario that takes it: what the commands print then, and where the run goes. `runbook test --update` writes down
what comes of it. `runbook record` makes one of a real run.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("untested-branch", Group.COMPLETENESS, "a branch that none of its scenarios takes")
