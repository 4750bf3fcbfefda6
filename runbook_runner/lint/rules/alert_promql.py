"""The query of a rule is no PromQL.

## What it does
Parses the `expr` of each alert, and of each recording rule that alerts rest on, as Prometheus would. LogQL, MetricsQL
and queries with a template's actions in them are left alone.

## Why it matters
Prometheus refuses the whole file and goes on with the old rules: what was to be watched is not.

## Example
    expr: sum(rate(payments_failed_total[5m]) > 3

## How to fix
Close what is open, and try the query in Prometheus: `sum(rate(payments_failed_total[5m])) > 3`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "alert-promql"


def _find(file: RuleFile, _among: Alerting) -> Iterator[Defect]:
    from runbook_runner.syntax.promql import problems

    for expression in (*(alert.expr for alert in file.alerts), *file.records):
        if expression is not None and expression.dialect == "promql":
            for problem in problems(expression.text):
                place = expression.place(problem.line, problem.column)
                yield Defect(_CODE, problem.message, place, problem.hint)


RULE: AlertingRule = OfAlerts(_CODE, Group.CORRECTNESS, _find, "a query that Prometheus would refuse")
