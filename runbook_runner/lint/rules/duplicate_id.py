"""Two steps carry the same id.

## What it does
Looks for an `id` in a fence's braces that an earlier fence of the document has already.

## Why it matters
A branch or a link to that id leads to the first of the two. A run that was meant to go to the second does something
else, and the report names the wrong step.

## Example
    ```sh {id=restart}
    systemctl restart worker
    ```

    ```sh {id=restart}
    systemctl restart web
    ```

## How to fix
Give each step an id of its own, or leave it out where nothing refers to it.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("duplicate-id", Group.CORRECTNESS, "two steps with the same id")
