"""A file cannot be read at all.

## What it does
Tells of files that were named, or found in a folder, and that could not be opened: no permission, a link that
leads nowhere or in a circle, a folder that may not be listed, something that is no file.

## Why it matters
What cannot be read was not checked, and cannot be read in an incident either.

## Example
    $ runbook lint runbooks
    runbooks/restore.md:1:1: error unreadable: permission denied

## How to fix
Mend the permissions or the link, or leave the file out: `exclude` in `[lint]` of `runbook.toml`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("unreadable", Group.CORRECTNESS, "a file that cannot be read")
