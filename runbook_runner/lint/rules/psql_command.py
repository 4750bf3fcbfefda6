"""SQL for a target holds a command of psql.

## What it does
Looks, in SQL fences that run at a target, for what only psql understands: `\\d jobs`, `\\x`, `\\watch`, `COPY … FROM
STDIN`.

## Why it matters
The statements are sent to the server, which knows no backslash commands: the step is refused when it should run.

## Example
    ```sql {target=orders}
    \\d jobs
    ```

## How to fix
Ask the catalog, poll with `every=`, or call `psql` in a shell fence.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("psql-command", Group.CORRECTNESS, "a command of psql where a server is spoken to")
