"""A file of alert rules is a template, and was read as it stands.

## What it does
Reports a file that is YAML only without the lines that Helm or Jinja would act on. What can be said of it is said:
links, queries without actions in them, duplicates are not. What rendering may still add is not missed.

## Why it matters
Half a check looks like a whole one.

## Example
    {{- if .Values.alerts.enabled }}
    groups:
    - name: payments

## How to fix
Check what comes out: `helm template . | runbook lint --alerts -`. Where that is done:
`ignore = ["unrendered-rules"]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "unrendered-rules"


def _find(file: RuleFile, _among: Alerting) -> Iterator[Defect]:
    if file.template:
        line = file.lines[file.template - 1]
        span = Span(file.template, len(line) - len(line.lstrip()) + 1, file.template, len(line.rstrip()) + 1)
        message = "this is a template: only what stands there before it is rendered is checked"
        yield Defect(_CODE, message, span, "check what comes out: helm template . | runbook lint --alerts -")


RULE: AlertingRule = OfAlerts(_CODE, Group.STYLE, _find, "alert rules that are checked before they are rendered")
