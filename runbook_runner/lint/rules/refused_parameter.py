"""A parameter has a name that no value may be given to.

## What it does
Looks for parameters called PATH, IFS, LD_PRELOAD and the like, and for names that no variable can have.

## Why it matters
A value under such a name would change what every later command does, so it is never set, and the command runs without
it.

## Example
    parameters:
      PATH: /opt/app/bin

## How to fix
Choose another name: `APP_PATH`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("refused-parameter", Group.CORRECTNESS, "a parameter whose name is refused")
