"""A file of scenarios cannot be used.

## What it does
Reads the scenarios beside a runbook, and tells where they are no YAML, say something that no scenario can say, or
speak of a step that the runbook does not have.

## Why it matters
None of its scenarios is walked: the runbook has no tests any more, and nobody can drill it.

## Example
    scenarios:
      - name: the journal fills the disk
        commands: {reclaimible: '{"journal_mib": 600}'}

of a runbook whose step is called `reclaimable`.

## How to fix
The finding says what is meant, as far as that can be known; `schemas/scenarios.schema.json` says what may stand where.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("bad-scenarios", Group.CORRECTNESS, "a file of scenarios that cannot be used")
