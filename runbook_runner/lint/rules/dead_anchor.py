"""A link leads to a section that this document does not have.

## What it does
Looks for links and branch destinations of the form `#anchor` that no heading, no `{#id}` and no step answers to.

## Why it matters
In a run the branch leads nowhere, in the middle of an incident: she has to find the right section by hand.

## Example
    - If `exit_code != 0`, go to [Fix](#fixing-it).

    ## Fix it

## How to fix
Link to the heading's slug as a forge makes it: `#fix-it`. `runbook inspect` lists the sections.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("dead-anchor", Group.CORRECTNESS, "a link to a section that is not there")
