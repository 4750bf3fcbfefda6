"""A target of the configuration cannot be used.

## What it does
Reads `[targets.NAME]` in `runbook.toml` (or `[tool.runbook.targets.NAME]` in `pyproject.toml`), and tells where a kind
is not known, a setting is none or is missing, or a secret is written out.

## Why it matters
A step that names this target cannot run. A secret that is written out is known to everybody who reads the repository.

## Example
    [targets.orders]
    kind = "postgres"

## How to fix
Write what the message says. `runbook targets` lists what is configured, `runbook targets --check` tries it.
"""

from __future__ import annotations

from runbook_runner.lint._rule import Reserved
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = Reserved("bad-target", Group.CORRECTNESS, "a target of the configuration that cannot be used")
