"""A secret stands under `targets:` in the front matter.

## What it does
Reports a password in the address of a target, and a setting that is called a password, a token or a key and holds
anything but a reference (`env:NAME`, `file:PATH`, `command:…`).

## Why it matters
Whoever can read the runbook can use it, and it stays in the history of the repository.

## Example
    ---
    targets:
      orders: postgresql://oncall:hunter2@db.example/orders
    ---

## How to fix
Withdraw the secret first, since it has been seen. Then take it out, and say in `runbook.toml` where it is kept:

    [targets.orders]
    kind = "postgresql"
    url = "postgresql://oncall@db.example/orders"
    password = "env:ORDERS_PASSWORD"
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("secret-in-target", Group.CORRECTNESS, "a secret in the settings of a target")
