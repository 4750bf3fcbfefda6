"""A fence says that it only reads, and its command changes something.

## What it does
Compares `effect=read` and `effect=unknown` with what the text of the command is known to do.

## Why it matters
Whoever trusts the attribute runs a change by mistake. The runner does not: it counts as a change whatever the
attribute says.

## Example
    ```sh {effect=read}
    kubectl delete pod web-0
    ```

## How to fix
Remove the attribute, or take the change out of the command.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("effect-contradiction", Group.CORRECTNESS, "an effect that contradicts the command")
