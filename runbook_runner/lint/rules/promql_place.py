"""A value in a query where none can stand.

## What it does
Looks at `$NAME` and `<placeholder>` in `promql` fences that run. Within quotation marks a value is text, between
brackets a duration, after `by` a label, elsewhere a metric or a number. For a function, an operator, or in the
arguments of `label_replace` none can stand, and `$__interval` and its like are known to Grafana only.

## Why it matters
The query is refused when it is needed, whatever the value.

## Example
    ```promql
    rate(http_requests_total[$__rate_interval])
    ```

## How to fix
Write what the value would be: the name of the function, a duration. `$window` stands for the windows of burn rates.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("promql-place", Group.CORRECTNESS, "a value in a query where none can stand")
