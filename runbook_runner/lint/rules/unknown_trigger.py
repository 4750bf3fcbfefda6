"""A runbook says that an alert triggers it, and there is no such alert.

## What it does
Looks for the names under `triggers:` (or `alert:`, `alerts:`) in the front matter among the alerts of the rules that
`--alerts` names. Without `--alerts` it says nothing.

## Why it matters
The alert was renamed or taken away. Under its new name it finds no runbook any more, and nobody notices until it fires.

## Example
    ---
    triggers:
      - alert: PaymentsWorkerStaled
    ---

while the rules have `- alert: PaymentsWorkerStalled`.

## How to fix
Write the name as it stands in the rules, capitals and all; or remove a trigger that is no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.lint._near import Nearest
from runbook_runner.lint._rule import Among
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.regex import regex

if TYPE_CHECKING:  # a call of lint in which nothing has changed loads this rule, and does without what these load
    from runbook_runner.ports.lint import Collection, CollectionRule, Outline

_CODE = "unknown-trigger"
_NAME = regex(r"\S+")


def _find(outline: Outline, among: Collection) -> Iterator[Defect]:
    alerts = among.alerts()
    if alerts is None:
        return
    nearest = Nearest(0.85)
    for name, span in outline.alerts:
        if known(name, alerts):
            continue
        lower = {each.lower(): each for each in sorted(alerts)} if nearest.left else {}
        near = nearest.to(name.lower(), lower)
        hint = f"did you mean `{lower[near]}`?" if near else "remove it, or give --alerts the file that has it too"
        yield Defect(_CODE, f"`{name}` is no alert here", span, hint)


def known(name: str, alerts: frozenset[str]) -> bool:
    """Say whether a trigger is one of the alerts, what a template would make of one, or no name but words."""
    return name in alerts or not _NAME.fullmatch(name) or any(_templated(name, each) for each in alerts)


def _templated(name: str, alert: str) -> bool:
    """Say whether a name may be what a template makes of an alert's."""
    if "{{" not in alert:
        return False
    parts = re.split(r"\{\{.*?\}\}", alert)
    return any(parts) and re.fullmatch(".*".join(map(re.escape, parts)), name) is not None


RULE: CollectionRule = Among(_CODE, Group.CORRECTNESS, _find, "a trigger that is no alert", of_alerts=True)
