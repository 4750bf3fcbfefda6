"""A predicate asks for evidence that this kind of command does not give.

## What it does
Compares the names in the predicates of a step with the language of its fence: `rows`, `columns` and `row_count` come
from SQL, `value`, `series` and `windows` from PromQL, `status`, `headers`, `body` and `certificate_days` from HTTP,
`objects` from Kubernetes; `burn_rate()` reads `value`, or with a window `windows`, for which the query must say
`$window`. A parameter or a `capture=` of that name is something else.

## Why it matters
The predicate has no answer: where the run should decide by itself it stops and asks.

## Example
    ```sh
    psql -c 'select * from jobs'
    ```

    Expected: `size(rows) == 0`

## How to fix
Ask for what the command gives (`stdout`, `exit_code`, `json`), or write the fence in the language that gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.lint._predicates import node_of, predicates_of
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Predicate, Step
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

if TYPE_CHECKING:
    from runbook_runner.predicates.nodes import Node

WINDOW = "$window"
_GIVEN = {
    "rows": "sql",
    "columns": "sql",
    "row_count": "sql",
    "value": "promql",
    "series": "promql",
    "windows": "promql",
    "status": "http",
    "headers": "http",
    "body": "http",
    "certificate_days": "http",
    "objects": "kubernetes",
}


def _find(document: Document) -> Iterator[Defect]:
    own = {parameter.name for parameter in document.runbook.parameters}
    own |= {step.command.attributes.capture for step in document.runbook.steps if step.command}
    for step in document.runbook.steps:
        language = step.command.language if step.command else ""
        for predicate in predicates_of(step) if language else ():
            node = node_of(predicate)
            if node is None or predicate in step.guards:
                continue
            from runbook_runner.predicates.nodes import unbound

            for name in sorted(unbound(node) - own):
                if _GIVEN.get(name, language) != language:
                    message = (
                        f"`{predicate.source}` asks for `{name}`, which {language} does not give: {_GIVEN[name]} does"
                    )
                    hint = "ask for stdout, exit_code or json, or write the fence in that language"
                    yield Defect("wrong-evidence", message, predicate.span, hint)
                    break
            else:
                yield from _windowed(step, predicate, node)


def _windowed(step: Step, predicate: Predicate, node: Node) -> Iterator[Defect]:
    """Find a window that the query does not leave open, and a query whose window nothing says."""
    if step.command is None or step.command.language != "promql":
        return
    from runbook_runner.predicates.nodes import unbound

    names, text = unbound(node), step.command.source
    opened = WINDOW in text or "${window}" in text
    if "windows" in names and not opened:
        message = f"`{predicate.source}` names a window, and the query has no `{WINDOW}`"
        yield Defect("wrong-evidence", message, predicate.span, f"write `rate(…[{WINDOW}])` in the query")
    if opened and "value" in names and "windows" not in names:
        message = f"the query has a `{WINDOW}`, and `{predicate.source}` does not say which"
        yield Defect("wrong-evidence", message, predicate.span, 'name it: `burn_rate(0.999, "1h")`')


RULE: LintRule = Rule("wrong-evidence", Group.CORRECTNESS, _find, "evidence that this kind of command does not give")
