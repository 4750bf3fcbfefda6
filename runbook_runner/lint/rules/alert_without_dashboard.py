"""Neither an alert nor its runbook links to a dashboard.

## What it does
Looks for an annotation such as `dashboard`, `dashboard_url` or `grafana_dashboard` of each alert that `--alerts` names,
then for `dashboard` in the front matter of the runbook that the alert leads to.

## Why it matters
The first question is since when, and what else moved then. A graph answers it in a glance, if it is one click away.

## Example
    - alert: PaymentsWorkerStalled
      expr: payments_worker_heartbeat_age_seconds > 300
      annotations:
        runbook_url: https://runbooks.example/payments/worker-stalled

## How to fix
Add `dashboard_url: https://grafana.example/d/payments` to the annotations, or `dashboard:` to the runbook's facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "alert-without-dashboard"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    for alert in file.alerts if not file.template else ():  # rendering may add it
        if alert.dashboard is not None:
            continue
        landing = among.landing(alert, file)
        outline = among.outline(landing.path) if landing is not None and landing.path else None
        if outline is not None and outline.dashboard:
            continue
        message = f"neither the alert `{alert.name.text}` nor its runbook links to a dashboard"
        hint = "add `dashboard_url` to the annotations"
        if landing is not None and landing.path:
            hint += f", or `dashboard:` to the front matter of {landing.wanted}"
        yield Defect(_CODE, message, alert.name.span, hint)


RULE: AlertingRule = OfAlerts(_CODE, Group.COMPLETENESS, _find, "an alert without a link to a dashboard")
