"""The runbook does not say which service it belongs to.

## What it does
Looks, in a runbook for an alert, for `service` (or `component`, `application`, `system`) in the front matter, or a line
`Service: …` in the text.

## Why it matters
The index, the search and the on-call engineer who only knows what is broken sort runbooks by service.

## Example
    ---
    title: The queue grows
    triggers: [{alert: QueueGrows}]
    ---

## How to fix
Write `service: payments` into the front matter.
"""

from __future__ import annotations

from runbook_runner.lint._genre import Genre
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import key, said
from runbook_runner.ports.lint import Document, LintRule

_KEYS = ("services", "component", "components", "application", "app", "system", "subsystem", "product", "project")


def _named(document: Document) -> bool:
    named = bool(document.runbook.facts.service) or key(document, *_KEYS)
    return named or said(document, "services?|components?|application|system")


RULE: LintRule = lack(
    "missing-service",
    frozenset({Genre.ALERT}),
    _named,
    message="no service is named",
    hint="add `service: name` to the front matter",
    summary="no service",
)
