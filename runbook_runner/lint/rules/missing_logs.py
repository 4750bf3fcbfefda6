"""Nothing leads to the logs.

## What it does
Looks, in a runbook for an alert, for `logs` in the front matter, a link to a log search, or a command that shows logs.

## Why it matters
What the service itself says of its trouble is most often the answer. Which index, which query and which labels find it
is knowledge that she does not have.

## Example
    ## Diagnosis

    Look for errors in the logs.

## How to fix
Write the search into the front matter: `logs: https://logs.example/?q=service%3Dqueue`, or give the command:
`kubectl -n queue logs deploy/worker --since=15m`.
"""

from __future__ import annotations

from runbook_runner.lint._genre import Genre
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import code, key, leads_to
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_PLACE = regex(
    r"kibana|splunk|loki|opensearch|elastic|papertrail|loggly|graylog|sumologic|coralogix|logz\.io|logtail|stackdriver"
    r"|\blogs?\b|\blogging\b|[?&/=]logs?\b|/explore\b|console\.cloud\.google\.com/logs|logsv2|journal"
)
_COMMAND = regex(
    r"\blogs?\b|\bjournalctl\b|\bdmesg\b|\bstern\b|\blogcli\b|/var/log/|\.log\b|\bkail\b|\bshow-log\b|\{\w+=~?\""
)
"""Both are looked for in lower case."""


def _found(document: Document) -> bool:
    known = bool(document.runbook.facts.logs) or key(document, "log", "logs_url", "log_link", "kibana", "log_query")
    return known or leads_to(document, _PLACE) or _COMMAND.search(code(document).lower()) is not None


RULE: LintRule = lack(
    "missing-logs",
    frozenset({Genre.ALERT}),
    _found,
    message="nothing leads to the logs",
    hint="add `logs: https://…` to the front matter, or the command that shows them",
    summary="no log link or query",
)
