"""An attribute of a fence has a value that it cannot have.

## What it does
Reads what stands in the braces after a fence's language: durations, numbers, `effect`, names.

## Why it matters
The attribute is left out: a command without its timeout may hang for the whole incident, and one without its `effect`
is asked about each time.

## Example
    ```sh {timeout=soon}
    kubectl rollout status deploy/web
    ```

## How to fix
Write a value that the attribute takes: `timeout=30s`, `every=15s`, `retry=3`, `effect=read`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("bad-attribute", Group.CORRECTNESS, "an attribute with a value that it cannot have")
