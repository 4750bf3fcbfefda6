"""Some SQL does not parse.

## What it does
Parses the statements of `sql` fences as PostgreSQL does, and where that fails as MySQL, SQLite, SQL Server, Oracle
and others do. It reports what all of them refuse, quotes that are never closed and misspelled keywords. Variables and
commands of psql, placeholders, procedures and pasted output are passed over.

## Why it matters
In the incident the database answers with a syntax error, and she has to mend the statement before she can use it.

## Example
    ```sql
    SELECT pid FROM pg_stat_activity WHER state = 'idle';
    ```

## How to fix
Correct the statement where the message points.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._languages import fences, place
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for fence in fences(document, "sql"):
        from runbook_runner.syntax.sql_text import mistake_in_sql
        from runbook_runner.syntax.typography import odd_in_code

        if any(odd_in_code(fence.text)):
            continue  # `smart-quote` and `odd-space` say so
        mistake = mistake_in_sql(fence.text)
        if mistake is not None:
            yield Defect("sql-syntax", mistake.message, place(fence, mistake.offset), mistake.hint)


RULE: LintRule = Rule("sql-syntax", Group.CORRECTNESS, _find, "SQL that does not parse")
