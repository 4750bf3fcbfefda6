"""Nothing says which alert or symptom calls for the runbook.

## What it does
Looks, in a runbook that finds out what is wrong and mends it, for `triggers` (or `alert`, `alerts`) in the front
matter, an alert's name in the title, a title that tells what fails, a section on the alert, the problem or its
symptoms, or a sentence that tells when the alert fires. Where the front matter has facts such as `severity`, the name
of the alert is asked for.

## Why it matters
The engineer whose pager rang has the alert's name and nothing else. From a runbook that does not name it she cannot
know whether she reads the right one, and `runbook run --alert` cannot pick it.

## Example
    # The queue

    ## Impact
    ## Diagnosis
    ## Mitigation

## How to fix
Write the alert into the front matter:

    triggers:
      - alert: QueueGrows
"""

from __future__ import annotations

import re

from runbook_runner.lint._genre import Genre, alert_names, is_alert, mentions_alert
from runbook_runner.lint._lack import lack
from runbook_runner.lint._text import key, said, titled, visible
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_SECTION = regex(
    r"\b(?:meaning|symptoms?|alerts?|alarms?|trigger(?:s|ed)?|when (?:to|this|it|should|do)|detection"
    r"|error messages?|problems?|issues?)\b",
    re.I,
)
_FAILS = regex(
    r"\b(?:fail(?:s|ed|ing|ures?)?|errors?|down|full|slow|stuck|lost|loss|leak(?:s|ed)?|expir\w+|unavailable|unreachable"
    r"|crash\w*|missing|high|low|grows?|growing|timeouts?|time out|not|cannot|no|insufficient|out of|broken"
    r"|too many)\b",
    re.I,
)


def _called(document: Document) -> bool:
    if document.runbook.facts.triggers or alert_names(document):
        return True
    if key(document, "severity", "escalation", "reviewed", "dashboard", "logs"):
        # Who gives such facts gives the alert's name among them, or names it in the text.
        return any(is_alert(word) for word in re.split(r"[\s`'\"()]+", visible(document)))
    return (
        mentions_alert(document)
        or key(document, "trigger", "alertname", "alert_name", "monitor", "monitors")
        or said(document, "triggers?|alerts?|alarms?|symptoms?|monitors?")
        or any(titled(document, _SECTION))
        or _FAILS.search(document.runbook.title) is not None
    )


RULE: LintRule = lack(
    "missing-trigger",
    frozenset({Genre.ALERT}),
    _called,
    message="nothing says which alert or symptom calls for this runbook",
    hint="add `triggers: [{alert: NAME}]` to the front matter",
    summary="no alert or symptom named",
)
