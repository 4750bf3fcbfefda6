"""The runbook that an alert links to has no such section.

## What it does
Looks for the section that the `runbook_url` of an alert names after `#` in the runbook that it leads to.

## Why it matters
The page opens at its top, and whoever is paged has to find among twenty sections the one that was meant.

## Example
    annotations:
      runbook_url: https://runbooks.example/payments#worker-stalled

where `payments.md` has only `## The worker is stalled`.

## How to fix
Link to the heading's slug, `#the-worker-is-stalled`; `runbook inspect` lists the sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._near import Nearest
from runbook_runner.lint._rule import OfAlerts
from runbook_runner.model.alert import RuleFile
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Alerting, AlertingRule
from runbook_runner.regex import regex

_CODE = "dead-runbook-anchor"
_NOT_A_SECTION = regex(r"L\d+(?:C\d+)?(?:-L\d+(?:C\d+)?)?|:~:.*|top|_?", re.S)
"""Lines of a file on a forge, a text to mark, the top of a page: these are always there."""


def _find(file: RuleFile, among: Alerting) -> Iterator[Defect]:
    nearest = Nearest(0.6)
    for alert in file.alerts:
        link, landing = alert.runbook, among.landing(alert, file)
        if link is None or landing is None or not landing.path:
            continue
        anchor = landing.anchor.removeprefix("user-content-")
        outline = among.outline(landing.path)
        if outline is None or _NOT_A_SECTION.fullmatch(anchor):
            continue
        known = {name.lower(): name for name in outline.anchors}
        if anchor.lower() not in known and "{{" not in anchor:
            message = f"{landing.wanted} has no section `#{anchor}`, to which `{alert.name.text}` links"
            near = nearest.to(anchor.lower(), sorted(known))
            hint = f"did you mean `#{known[near]}`?" if near else f"`runbook inspect {landing.wanted}` lists them"
            yield Defect(_CODE, message, link.span, hint)


RULE: AlertingRule = OfAlerts(_CODE, Group.CORRECTNESS, _find, "an alert that links to a section that is not there")
