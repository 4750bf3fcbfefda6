"""Nothing says where the runbooks are to which alerts link, so the links cannot be checked.

## What it does
Reports each site to which alerts link and that no line of `[lint.alerts.runbook-urls]` begins with: once a site, with
the line to write.

## Why it matters
Links to it may be dead, and lint would say nothing. `runbook run --alert` does not find these runbooks either.

## Example
    annotations:
      runbook_url: https://runbooks.example/payments/worker-stalled

without a line for `https://runbooks.example/`.

## How to fix
Write into `runbook.toml` where its pages are, relative to that file:

    [lint.alerts.runbook-urls]
    "https://runbooks.example/" = "docs/runbooks"
    "https://git.example/{team}/blob/main/{name}.md" = "teams/{team}/{name}.md"

A key is the beginning of URLs, and `{name}` in it one part of a path. Case, `.html`, `.md`, a slash at the end and
`index` make no difference. Links to runbooks that are kept elsewhere: `ignore = ["unmapped-runbook-url"]`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule

_CODE = "unmapped-runbook-url"


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    for stray in among.strays():
        if stray.path == file.path:
            many = "one alert links" if stray.count == 1 else f"{stray.count} alerts link"
            message = f"not mapped: {many} to {stray.site}, and nothing says where its pages are here"
            yield Defect(_CODE, message, stray.span, stray.hint)


RULE: AlertingRule = OfAlerts(
    _CODE, Group.COMPLETENESS, _find, "a link to runbooks that the configuration does not know"
)
