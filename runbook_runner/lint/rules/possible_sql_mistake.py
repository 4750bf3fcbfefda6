"""Some SQL is none that a database is known to take.

## What it does
Reports what PostgreSQL, MySQL, SQLite, SQL Server, Oracle and others all refuse, where nothing says that it is a slip:
`sql-syntax` tells those.

## Why it matters
The database may answer with a syntax error. Or it is for a program that has words of its own, and the block does not
say so.

## Example
    ```sql
    SELECT ip FROM jobs GROUP BY ip ORDER ip DESC;
    ```

## How to fix
Correct the statement where the message points, or give the block the language that it is in.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sql import mistakes
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for mistake, span, sure in mistakes(document):
        if not sure:
            yield Defect("possible-sql-mistake", mistake.message, span, mistake.hint)


RULE: LintRule = Rule("possible-sql-mistake", Group.STYLE, _find, "SQL that no database may understand")
