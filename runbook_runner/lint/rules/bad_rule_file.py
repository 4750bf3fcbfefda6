"""A file of alert rules cannot be read as Prometheus reads it.

## What it does
Reads the files that `--alerts` names: Prometheus rule files, PrometheusRule manifests, lists, ConfigMaps and charts
that hold them. Reports what is not YAML, keys that stand there twice, alerts without a name or an `expr`. A template is
read without the lines that Helm or Jinja would act on; one that is no YAML even so is reported.

## Why it matters
Prometheus refuses the whole file, with every alert in it, and keeps the old rules: nobody is paged by what was changed.

## Example
    groups:
    - name: payments
      rules:
      - alert: PaymentsWorkerStalled
        annotations:
          runbook_url: https://runbooks.example/payments/stalled

## How to fix
Write the `expr` that the alert stands for. Render a template first (`helm template …`), and lint what comes out.
"""

from __future__ import annotations

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import AlertingRule

RULE: AlertingRule = OfAlerts(
    "bad-rule-file", Group.CORRECTNESS, lambda file, _: file.defects, "a file of alert rules that cannot be read"
)
