"""Nobody has drilled a runbook.

## What it does
Where drills are recorded, tells of the runbooks that have scenarios and of which no drill has come to its end there.
Where there is no journal of drills it says nothing: those of other machines are not known.

## Why it matters
A runbook that nobody has walked on a quiet afternoon is walked for the first time at night.

## Example
    $ runbook lint runbooks/disk-full.md
    runbooks/disk-full.md:1:1: warning never-drilled: nobody has drilled it here yet

## How to fix
Drill it: `runbook drill disk-full.md` takes a quarter of an hour. Where it is not to be drilled, ignore the rule.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("never-drilled", Group.STYLE, "a runbook with scenarios that nobody has drilled here")
