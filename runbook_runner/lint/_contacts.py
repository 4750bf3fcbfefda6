"""Whom a document says to call, and when."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._sections import is_empty
from runbook_runner.lint._text import key, lower, said
from runbook_runner.model.runbook import Destination, Escalate, Phase
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_CALL = regex(
    r"\b(?:escalate|page|contact|call|phone|reach out|notify|inform|ping|wake|hand (?:it |this )?over"
    r"|raise (?:it|this|an? \w+)|get help|ask for help|get in touch|liaise|speak|talk)\b(?:[^.\n]|\.\w){0,60}?"
    r"(?:\bteams?\b|\bon-?call\b|\s#[a-z][\w-]+|\s@\w|\bengineers?\b|\bleads?\b|\bmanagers?\b|\bsupport\b|\bvendors?\b"
    r"|\bowners?\b|\badmin\w*\b|\bpagerduty\b|\bslack\b|\bdbas?\b|\bsres?\b|\bmaintainers?\b)"
)


def escalation_sections(document: Document) -> tuple[Phase, ...]:
    """Return the sections on escalation that say something."""
    phases = document.runbook.phases
    return tuple(phase for phase in phases if phase.role == "escalation" and not is_empty(phase, document))


def names_contacts(document: Document) -> bool:
    """Tell whether the document says whom to call, anywhere and in any way."""
    return document.once(_names_contacts)


def _names_contacts(document: Document) -> bool:
    return bool(
        document.runbook.facts.escalation
        or escalation_sections(document)
        or key(document, "escalation_policy", "oncall", "on_call", "pagerduty", "contact", "contacts", "pager")
        or said(document, "escalation|escalate to|contacts?|on-?call|pagerduty")
        or any(isinstance(one, Escalate) and one.to for one in _destinations(document))
        or _CALL.search(lower(document))
    )


def _destinations(document: Document) -> Iterator[Destination]:
    return (branch.destination for step in document.runbook.steps for branch in step.branches)
