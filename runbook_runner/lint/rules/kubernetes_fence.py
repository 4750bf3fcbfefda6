"""A `kubernetes` fence is no order that could be sent.

## What it does
Reads every `kubernetes` fence as the executor does: one verb, options that the verb takes, values that can stand there.

## Why it matters
It is not sent: the run stops there, and asks.

## Example
    ```kubernetes
    get: pods
    namepsace: payments
    ```

## How to fix
Write what the hint says. A fence holds one verb (`get`, `logs`, `events`, `wait`, `exec`, `rollout_restart`,
`rollout_undo`, `scale`, `cordon`, `uncordon`, `delete`) and its options, one a line.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("kubernetes-fence", Group.CORRECTNESS, "a `kubernetes` fence that cannot be sent")
