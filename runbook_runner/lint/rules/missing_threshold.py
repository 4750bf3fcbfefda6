"""There are people to call, but nothing says after how long.

## What it does
Looks, where the front matter or a section names contacts, for a time: `after: 15m`, *within 30 minutes*, a branch that
escalates under a condition.

## Why it matters
Everybody waits too long with the second call, because it may get better by itself. A time that was agreed on by day
takes that decision off her, and `runbook run` tells her when it is due.

## Example
    escalation:
      - {to: payments-primary}
      - {to: payments-lead}

## How to fix
Say after how long, counted from the page: `{after: 15m, to: payments-primary}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from runbook_runner.lint._commands import shorten
from runbook_runner.lint._contacts import escalation_sections
from runbook_runner.lint._genre import Genre, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sections import below
from runbook_runner.lint._text import front_matter_key, heading, passages, quote
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Escalate, Timer
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-threshold"
_WHEN = regex(
    r"\b\d+ ?(?:s|m|h|min|mins|minutes?|hours?|days?)\b"
    r"|\b(?:an?|one|two|half an|thirty|fifteen|ten|five) (?:hours?|minutes?)"
    r"|\b(?:if|when|whenever|unless|once|immediately|at once|straight away|right away|as soon as|out of hours|in case"
    r"|for (?:any|all|questions|help|urgent))\b",
    re.I,
)


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in {Genre.ALERT, Genre.PLAYBOOK}:
        return
    rungs = document.runbook.facts.escalation
    if rungs:
        if not any(rung.after for rung in rungs) and not _says_after(document):
            name = shorten(rungs[0].to)
            message = f"nothing says after how long to call {name}" + (" or the others" if rungs[1:] else "")
            hint = f"write `{{after: 15m, to: {name}}}`"
            yield Defect(_CODE, message, front_matter_key(document, "escalation"), hint)
        return
    if _asked_under_a_condition(document):
        return
    for phase in escalation_sections(document)[:1]:
        slugs = {each.slug for each in below(phase, document)}
        if not any(_WHEN.search(passage.text) for passage in passages(document) if passage.phase in slugs):
            message = f"{quote(phase.title)} says whom to call, but not when"
            hint = "say after how long, or add `escalation: [{after: 15m, to: NAME}]` to the front matter"
            yield Defect(_CODE, message, heading(phase, document), hint)


def _says_after(document: Document) -> bool:
    """Tell whether a rung says `after: 0`: at once is a time too."""
    given = document.runbook.facts.extra.get("escalation")
    entries = given if isinstance(given, list) else []
    return any(isinstance(entry, Mapping) and entry.get("after") is not None for entry in entries)


def _asked_under_a_condition(document: Document) -> bool:
    branches = (branch for step in document.runbook.steps for branch in step.branches)
    return any(isinstance(each.destination, Escalate) or isinstance(each.guard, Timer) for each in branches)


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "contacts without a time")
