"""Nothing says whom to call when it gets too much for one.

## What it does
Looks, in a runbook for an alert and in a playbook, for `escalation` in the front matter, a section on escalation or
contacts, a branch that escalates, or a sentence that says whom to call.

## Why it matters
Alone with a failure that she does not understand, she loses an hour before she dares to wake somebody, and then does
not know whom.

## Example
    ---
    triggers: [{alert: QueueGrows}]
    ---
    ## Mitigation

    Restart the worker.

## How to fix
Write the ladder into the front matter, each contact with the time after which the call is due:

    escalation:
      - {after: 10m, to: payments-primary, via: "pagerduty:payments"}
      - {after: 30m, to: payments-lead}
"""

from __future__ import annotations

from runbook_runner.lint._contacts import names_contacts
from runbook_runner.lint._genre import Genre
from runbook_runner.lint._lack import lack
from runbook_runner.ports.lint import LintRule

RULE: LintRule = lack(
    "missing-escalation",
    frozenset({Genre.ALERT, Genre.PLAYBOOK}),
    names_contacts,
    message="nothing says whom to call when it gets too much for one",
    hint="add `escalation: [{after: 15m, to: NAME}]` to the front matter",
    summary="nobody to escalate to",
)
