"""Some SQL does not parse.

## What it does
Parses the statements of `sql` fences as PostgreSQL does, and where that fails as MySQL, SQLite, SQL Server, Oracle
and others do. It reports quotes and parentheses that are never closed, misspelled keywords, and clauses with nothing
in them. What all of them refuse for another reason, such as a missing `;` between statements that may be a list, is
told by `possible-sql-mistake`. Variables and commands of psql, placeholders, procedures and pasted output are passed
over.

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

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sql import mistakes
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for mistake, span, sure in mistakes(document):
        if sure:
            yield Defect("sql-syntax", mistake.message, span, mistake.hint)


RULE: LintRule = Rule("sql-syntax", Group.CORRECTNESS, _find, "SQL that does not parse")
