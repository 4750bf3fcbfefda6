"""An alert has no link to a runbook.

## What it does
Looks for `runbook_url`, or another spelling of it (`runbook`, `runbook_link`, `playbook_url` …), among the annotations
of each alert that `--alerts` names. What is no link does not count.

## Why it matters
Whoever is paged begins with a search, at the worst time for one, and finds what was true two years ago.

## Example
    - alert: PaymentsWorkerStalled
      expr: payments_worker_heartbeat_age_seconds > 300
      annotations:
        summary: The payments worker is stalled

## How to fix
Add `runbook_url: https://runbooks.example/payments/worker-stalled` to the annotations. When nobody has anything to do,
take the alert away, or say so: `# runbook-lint-disable alert-without-runbook -- only for dashboards`.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import AlertRule, RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "alert-without-runbook"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    for alert in file.alerts if not file.template else ():  # rendering may add it
        if alert.runbook is not None:
            continue
        if (unlinked := alert.unlinked_runbook) is not None:
            message = f"what stands as the runbook of `{alert.name.text}` is no link"
            yield Defect(_CODE, message, unlinked.span, "write the runbook's whole URL, and nothing else")
        else:
            message = f"the alert `{alert.name.text}` has no link to a runbook"
            yield Defect(_CODE, message, alert.name.span, _hint(alert, among))


def _hint(alert: AlertRule, among: Alerting) -> str:
    if near := get_close_matches("runbook_url", alert.annotations, 1, 0.75):
        return f"rename the annotation `{near[0]}` to `runbook_url`"
    if named := among.named(alert.name.text):
        return f"{named[0]} is for it: add `runbook_url` with its URL to the annotations"
    return "add `runbook_url` to the annotations"


RULE: AlertingRule = OfAlerts(_CODE, Group.COMPLETENESS, _find, "an alert without a link to a runbook")
