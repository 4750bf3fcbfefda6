"""No dashboard is linked.

## What it does
Looks, in a runbook for an alert, for `dashboard` in the front matter, or a link in the text that leads to one.

## Why it matters
The first question is always whether it gets worse, and since when. A picture answers it in seconds; searching for the
right one among two hundred takes minutes.

## Example
    ## Diagnosis

    Look at the dashboard of the queue.

## How to fix
Write its address into the front matter: `dashboard: https://grafana.example/d/queue`.
"""

from __future__ import annotations

from runbook_runner.lint._genre import Genre
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import key, leads_to
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_PLACE = regex(
    r"dashboard|grafana|/d/[\w-]+|datadog|newrelic|chronograf|cloudwatch|signalfx|lightstep|honeycomb|kiali|graphite"
    r"|prometheus[\w.-]*/graph|/graph\?|monitoring\.|statuspage|metrics"
)
"""Looked for in lower case, as below."""


def _linked(document: Document) -> bool:
    known = bool(document.runbook.facts.dashboard)
    known = known or key(document, "dashboards", "dashboard_url", "grafana", "dashboard_link")
    return known or leads_to(document, _PLACE)


RULE: LintRule = lack(
    "missing-dashboard",
    frozenset({Genre.ALERT}),
    _linked,
    message="no dashboard is linked",
    hint="add `dashboard: https://…` to the front matter",
    summary="no dashboard",
)
