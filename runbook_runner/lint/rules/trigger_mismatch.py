"""An alert links to one runbook, and the runbooks' triggers say something else.

## What it does
Compares the link of each alert with the `triggers` in the front matter of the runbooks: reports an alert that another
runbook names than the one that it links to, and one that links to a runbook which names only other alerts.

## Why it matters
The page shows one runbook and `runbook run --alert` walks another one; or the link was copied from the alert above.

## Example
    - alert: PaymentsWorkerStalled
      annotations:
        runbook_url: https://runbooks.example/payments/refused

where `payments/refused.md` has `triggers: [{alert: PaymentsRefused}]`.

## How to fix
Link to the runbook that is for this alert, or add the alert to the triggers of the one that it links to.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "trigger-mismatch"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    for alert in file.alerts:
        link, landing = alert.runbook, among.landing(alert, file)
        outline = among.outline(landing.path) if landing is not None and landing.path else None
        if link is None or landing is None or outline is None:
            continue
        name, named = alert.name.text, among.named(alert.name.text)
        own = [trigger for trigger, _ in outline.alerts]
        if name in own:
            continue
        if named:
            message = f"`{name}` links to {landing.wanted}, and {named[0]} says that it is for this alert"
            yield Defect(_CODE, message, link.span, f"link to {named[0]}, or take the trigger out of it")
        elif own and "{{" not in name:
            message = f"`{name}` links to {landing.wanted}, which is for {', '.join(own[:3])}"
            hint = f"add `- alert: {name}` to its triggers, or link to another runbook"
            yield Defect(_CODE, message, link.span, hint)


RULE: AlertingRule = OfAlerts(_CODE, Group.STYLE, _find, "an alert that links to the runbook of another one")
