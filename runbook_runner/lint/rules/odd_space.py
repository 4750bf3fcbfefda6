"""A command holds a space that is none, or a character that cannot be seen.

## What it does
Looks for no-break spaces outside of quotes, and for zero-width characters and byte order marks outside of comments.
In SQL and PromQL what stands in quotes is left alone.

## Why it matters
To the shell they are letters: `kubectl get` becomes one long word, and the error shows nothing wrong.

## Example
    ```sh
    kubectl get pods
    ```

    (with a no-break space after `kubectl`)

## How to fix
Delete the character and type a plain space.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._languages import fences
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    yield from (defect for defect in document.runbook.defects if defect.code == "odd-space")
    for fence in fences(document, "sql", "promql"):
        if fence.text.isascii():
            continue
        from runbook_runner.syntax.typography import odd_in_code

        for problem in odd_in_code(fence.text):
            if problem.code == "odd-space":
                line, column = fence.content_line + problem.line - 1, fence.content_column + problem.column - 1
                yield Defect(problem.code, problem.message, Span(line, column, line, column + 1), problem.hint)


RULE: LintRule = Rule("odd-space", Group.CORRECTNESS, _find, "a no-break space or an invisible character in a command")
