"""A branch escalates to somebody who is not on the ladder.

## What it does
Compares *escalate to NAME* with the contacts under `escalation:` in the front matter. Without a ladder nothing is
said.

## Why it matters
Nobody knows how to reach that contact: at that point of the run the number has to be looked for.

## Example
    escalation:
      - {after: 10m, to: payments-primary}

    - Otherwise, escalate to `dba-oncal`.

## How to fix
Write the contact's name as under `escalation:`, or add it there with `via`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Escalate
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    ladder = document.runbook.facts.escalation
    known = [_bare(name) for rung in ladder for name in (rung.to, rung.via) if name]
    if not known:
        return
    for step in document.runbook.steps:
        for branch in step.branches:
            match branch.destination:
                case Escalate(to) if to and not any(_bare(to) in name or name in _bare(to) for name in known):
                    hint = "on the ladder: " + ", ".join(rung.to for rung in ladder)
                    yield Defect("unknown-contact", f"`{to}` is not on the ladder", branch.span, hint)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.lower())


RULE: LintRule = Rule("unknown-contact", Group.CORRECTNESS, _find, "an escalation to somebody who is not on the ladder")
