"""The first screen: what fires it, whom to call and when, where to look; and what is wrong with the document."""

from __future__ import annotations

import shlex
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from runbook_runner.model.command import Effect
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Facts, Parameter, Runbook
from runbook_runner.regex import regex
from runbook_runner.site.links import Kind, Links
from runbook_runner.site.options import Card, Verdict
from runbook_runner.site.patterns import for_script
from runbook_runner.site.text import with_code

_ALERT = regex(r"[A-Z][A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*")
"""A title that is one word of several humps is the name of an alert."""
_WORDS = 900
"""Characters by which a page is found, beside its facts."""


class First(Struct, frozen=True):
    """What stands on the first screen."""

    alerts: tuple[str, ...]
    by_title: bool
    """The only alert is known by the document's title alone."""
    others: tuple[str, ...]
    """Triggers that are no alerts."""
    ladder: tuple[dict[str, Any], ...]
    dashboard: dict[str, str] | None
    logs: dict[str, str] | None
    escalation: str
    """Slug of the section about it; empty when there is none."""
    start: str
    """What starts it in a shell."""
    missing: tuple[str, ...]
    """Facts that nobody has written down."""


def first(runbook: Runbook, card: Card, links: Links) -> First:
    """Return the first screen of a runbook."""
    facts = runbook.facts
    named = {trigger.alert for trigger in facts.triggers if trigger.alert}
    section = next((phase.slug for phase in runbook.phases if phase.role == "escalation"), "")
    missing = {
        "what fires it": not (card.alerts or facts.triggers),
        "whom to call": not (facts.escalation or section),
        "an owner": not facts.owner,
        "a dashboard": not facts.dashboard,
        "logs": not facts.logs,
        "a review": not card.reviewed,
    }
    return First(
        alerts=card.alerts,
        by_title=bool(card.alerts) and not named,
        others=tuple(trigger.text for trigger in facts.triggers if not trigger.alert),
        ladder=tuple({"after": rung.after, "to": rung.to, "via": rung.via} for rung in facts.escalation),
        dashboard=_place(facts.dashboard, links),
        logs=_place(facts.logs, links),
        escalation=section,
        start=f"runbook run {shlex.quote(card.path if card.path[:1] != '-' else './' + card.path)}",
        missing=tuple(name for name, lacks in missing.items() if lacks),
    )


def _place(target: str, links: Links) -> dict[str, str] | None:
    if not target:
        return None
    where = links.resolve(target)
    href = where.href if where.kind in {Kind.OUTSIDE, Kind.PAGE, Kind.FILE} else ""
    try:
        host = urlsplit(target).hostname or ""
    except ValueError:
        host = ""
    return {"href": href, "text": host or target}


def card(graph: Graph, page: str, shown: str, today: str, verdict: Verdict | None) -> Card:
    """Return what the index knows of a runbook."""
    runbook, facts = graph.runbook, graph.runbook.facts
    due = _due(facts)
    commands = [step.command for step in runbook.steps if step.command is not None]
    return Card(
        page=page,
        title=runbook.title,
        path=shown,
        kind=facts.kind,
        service=facts.service,
        owner=facts.owner,
        severity=facts.severity,
        alerts=alerts(runbook),
        tags=facts.tags,
        draft=facts.draft,
        reviewed=facts.reviewed.date if facts.reviewed else "",
        due=due,
        overdue=bool(due and today and due < today),
        score=verdict.score if verdict else None,
        drilled=verdict.drilled if verdict else "",
        walked=verdict.walked if verdict else None,
        findings=len(verdict.findings) if verdict else 0,
        steps=len(runbook.steps),
        changes=sum(command.effect is Effect.CHANGE for command in commands),
        words=_words(runbook),
        digest=runbook.digest,
    )


def alerts(runbook: Runbook) -> tuple[str, ...]:
    """Return the alerts that a runbook is for: its triggers, else a title that is nothing but a name."""
    named = tuple(dict.fromkeys(trigger.alert for trigger in runbook.facts.triggers if trigger.alert))
    if named or runbook.facts.triggers:
        return named
    titles = [runbook.title, *(phase.title for phase in runbook.phases if phase.level == 1)]
    return tuple(dict.fromkeys(title for title in titles if _ALERT.fullmatch(title)))


def _due(facts: Facts) -> str:
    review = facts.reviewed
    if review is None or not review.date or not review.every:
        return ""
    try:
        return (date.fromisoformat(review.date) + timedelta(seconds=review.every)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _words(runbook: Runbook) -> str:
    found = [phase.title for phase in runbook.phases if phase.level > 1] + [step.title for step in runbook.steps]
    words = " ".join(dict.fromkeys(word for title in found for word in title.split()))
    return words[:_WORDS]


def parameters(runbook: Runbook) -> list[dict[str, Any]]:
    """Return the values that the commands need, as the page's table has them."""
    used = {name for step in runbook.steps if step.command for name in step.command.analysis.uses}
    wanted = [parameter for parameter in runbook.parameters if parameter.declared or parameter.name in used]
    return [
        {"it": parameter, "rule": _rule(parameter), "script": for_script(parameter.pattern)} for parameter in wanted
    ]


def _rule(parameter: Parameter) -> str:
    if parameter.choices:
        return "one of " + ", ".join(parameter.choices)
    if parameter.pattern:
        # With words beside it a regular expression is for the field to check, not for her to read.
        return "" if parameter.description else f"matches {parameter.pattern}"
    return "" if parameter.type == "string" else str(parameter.type)


def problems(runbook: Runbook, verdict: Verdict | None) -> list[dict[str, Any]]:
    """Return what the reader and lint found wrong, by place, each once."""
    found = {(d.span.line, d.span.column, d.code, d.message, d.hint) for d in runbook.defects}
    found |= {(f.span.line, f.span.column, f.code, f.message, f.hint) for f in (verdict.findings if verdict else ())}
    return [
        {"line": line, "code": code, "message": with_code(message), "hint": with_code(hint)}
        for line, _, code, message, hint in sorted(found)
    ]
