"""A command is quoted with typographic quotes.

## What it does
Looks for the quotation marks that word processors and wikis put in place of `'` and `"`, where a command needs real
ones. In comments and inside of real quotes they do no harm. In SQL and PromQL what stands in quotes is left alone.

## Why it matters
To the shell they are ordinary letters: the text in them falls apart into words, and the command does something else.

## Example
    ```sh
    grep “connection refused” app.log
    ```

## How to fix
Type `'` or `"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._languages import fences
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    yield from (defect for defect in document.runbook.defects if defect.code == "smart-quote")
    for fence in fences(document, "sql", "promql"):
        if fence.text.isascii():
            continue
        from runbook_runner.syntax.typography import odd_in_code

        for problem in odd_in_code(fence.text):
            if problem.code == "smart-quote":
                line, column = fence.content_line + problem.line - 1, fence.content_column + problem.column - 1
                yield Defect(problem.code, problem.message, Span(line, column, line, column + 1), problem.hint)


RULE: LintRule = Rule("smart-quote", Group.CORRECTNESS, _find, "typographic quotes where a command needs real ones")
