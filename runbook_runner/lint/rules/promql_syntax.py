"""Some PromQL does not parse.

## What it does
Parses the queries of `promql` fences, one a fence, or several parted by blank lines or one a line: syntax, types,
functions, regular expressions. Placeholders and Grafana's intervals are filled in; LogQL and MetricsQL are passed
over.

## Why it matters
The query shows an error and no graph when it is needed.

## Example
    ```promql
    sum(rate(http_requests_total[5m]) by (job)
    ```

## How to fix
Correct the query where the message points.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._languages import fences
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for fence in fences(document, "promql"):
        from runbook_runner.syntax.promql_fences import problem_in_promql
        from runbook_runner.syntax.typography import odd_in_code

        if any(odd_in_code(fence.text)):
            continue  # `smart-quote` and `odd-space` say so
        problem = problem_in_promql(fence.text)
        if problem is not None:
            line, column = fence.content_line + problem.line - 1, fence.content_column + problem.column - 1
            yield Defect("promql-syntax", problem.message, Span(line, column, line, column + 1), problem.hint)


RULE: LintRule = Rule("promql-syntax", Group.CORRECTNESS, _find, "PromQL that does not parse")
