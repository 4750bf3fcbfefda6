"""The same alert, with the same labels, stands there twice.

## What it does
Looks for alerts of one name whose labels are the same as well, in one file and in files of one folder. Alerts of one
name that differ in a label, such as `severity`, are meant.

## Why it matters
Both fire into one notification, and nobody can tell which condition holds; or one was meant to replace the other.

## Example
    - alert: DiskFull
      expr: disk_free_ratio < 0.1
      labels: {severity: page}
    - alert: DiskFull
      expr: disk_free_ratio < 0.05
      labels: {severity: page}

## How to fix
Remove one, or say in a label what tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import AlertRule, RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "duplicate-alert"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    alike = among.grouped(_CODE, _identity)
    for alert in file.alerts:
        key = _identity(file, alert)
        first, before = alike[key][0]
        if key is not None and before is not alert:
            name = "" if first.path == file.path else f" of {PurePath(first.path).name}"
            place = f"in line {before.name.span.line}{name}"
            message = f"the alert `{alert.name.text}` with these labels stands {place} already"
            yield Defect(_CODE, message, alert.name.span, "remove one, or say in a label what tells them apart")


def _identity(file: RuleFile, alert: AlertRule) -> object:
    if file.template:
        return None  # both may stand in branches of which one is rendered
    labels = frozenset((name, value.text) for name, value in alert.labels.items())
    return PurePath(file.path).parent, alert.name.text, labels


RULE: AlertingRule = OfAlerts(_CODE, Group.STYLE, _find, "the same alert twice")
