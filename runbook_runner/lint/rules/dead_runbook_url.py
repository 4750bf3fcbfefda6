"""The runbook that an alert links to is not there.

## What it does
Follows the `runbook_url` of each alert that `--alerts` names to a file, as `[lint.alerts.runbook-urls]` in the
configuration says, and reports where there is none. No URL is fetched.

## Why it matters
Whoever is paged clicks on the link and reads `404`.

## Example
    annotations:
      runbook_url: https://runbooks.example/payments/worker-staled

with this in `runbook.toml`, and no `docs/runbooks/payments/worker-staled.md`:

    [lint.alerts.runbook-urls]
    "https://runbooks.example/" = "docs/runbooks"

## How to fix
Mend the URL, or write the runbook that it promises.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import AlertRule, RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule, Landing

_CODE = "dead-runbook-url"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    for alert in file.alerts:
        link, landing = alert.runbook, among.landing(alert, file)
        if link is not None and landing is not None and landing.mapped and not landing.path:
            message = f"the runbook of `{alert.name.text}` is not there: no {landing.wanted}"
            yield Defect(_CODE, message, link.span, _hint(alert, landing, among))


def _hint(alert: AlertRule, landing: Landing, among: Alerting) -> str:
    if named := among.named(alert.name.text):
        return f"{named[0]} is for this alert: link to that"
    return f"did you mean {landing.near}?" if landing.near else "write it, or mend the link"


RULE: AlertingRule = OfAlerts(_CODE, Group.CORRECTNESS, _find, "an alert that links to a runbook that is not there")
