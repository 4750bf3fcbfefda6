"""SQL for a target holds a placeholder that no value is put in for.

## What it does
Looks, in SQL fences that run at a target, for `<name>` and `$1`.

## Why it matters
SQL has comparisons where a shell has redirections, and whether a value or a name is meant decides how it is given: the
step is refused when it should run.

## Example
    ```sql {target=orders}
    SELECT * FROM <table> WHERE id = <id>;
    ```

## How to fix
Write `:'id'` for a value, `:"table"` for a name and `:n` for a number, as psql does.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("sql-placeholder", Group.CORRECTNESS, "a placeholder in SQL that runs")
