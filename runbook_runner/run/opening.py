"""What she is told before the first question: what fires, what was here lately, what is due when, what was done."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Rung, StepKind
from runbook_runner.model.state import Visit
from runbook_runner.run.beside import beside
from runbook_runner.run.history import recent
from runbook_runner.run.interrupts import clock_text
from runbook_runner.run.walk import Walk

_LATELY = 86400.0
_LAST = 6
"""Visits that are told again to somebody who takes a run up."""
_TELLING = ("summary", "description", "message")
"""Annotations that say what is wrong, the shortest first."""
_NAMELESS = ("alertname", "severity")
_LABELS = 400
"""Characters of labels that are shown."""


def header(walk: Walk) -> None:
    """Say what this is, what was here lately, and what is due when."""
    say, runbook, state = walk.ports.reporter.say, walk.graph.runbook, walk.state
    facts = runbook.facts
    say(runbook.title, style="heading")
    within = f"walked from run {state.started.parent_run}" if state.started and state.started.parent_run else ""
    known = [f"run {state.run}", within, facts.service, facts.owner, facts.severity]
    say("  ".join(part for part in [*known, "read-only" if walk.options.read_only else ""] if part), style="quiet")
    for line in () if within else _alert(walk):
        say(line)
    for label, value in (("dashboard", facts.dashboard), ("logs", facts.logs)):
        if value:
            say(f"{label}: {value}", style="quiet")
    for rung in () if within else facts.escalation:  # the ladder is that of the run that the page began
        say(_rung(walk, rung), style="quiet")
    if walk.lent is not None:
        say(f"{walk.lent.told}: pinned for this run", style="quiet")
    if facts.draft or (facts.reviewed and not (facts.reviewed.by or facts.reviewed.date)):
        say("nobody has reviewed this runbook", style="warning")
    if before := recent(walk.ports.store, walk.ports.clock, state, _LATELY):
        say(f"here before: {before}", style="warning")
    for defect in runbook.defects:
        say(f"{runbook.path}:{defect.span.line}:{defect.span.column}: {defect.message}", style="warning")


def _alert(walk: Walk) -> Iterator[str]:
    """Yield what fires, since when, and what the alert says of it."""
    started = walk.state.started
    if started is None or not (started.alert or started.labels):
        return
    ago = clock_text(walk.ports.clock.wall() - started.page)
    told = next((started.annotations[name] for name in _TELLING if started.annotations.get(name)), "")
    at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(started.page))
    says = f": {' '.join(told.split())[:_LABELS]}" if told else ""
    yield f"{started.alert or 'alert'} since {at} UTC, {ago} ago{says}"
    labels = "  ".join(f"{name}={text}" for name, text in started.labels.items() if name not in _NAMELESS)
    if labels:
        yield f"  {labels if len(labels) <= _LABELS else labels[:_LABELS] + ' …'}".replace("\n", " ")


def _rung(walk: Walk, rung: Rung) -> str:
    name = f"{rung.to}{' (' + rung.via + ')' if rung.via else ''}"
    tried = [call for call in walk.state.calls if call.tried.to == rung.to]
    if tried:
        ago = clock_text(walk.ports.clock.wall() - tried[-1].wall)
        return f"called {name} {ago} ago: {tried[-1].result or 'no answer recorded'}"
    left = rung.after - (walk.ports.clock.wall() - walk.state.page)
    return f"call {name} in {clock_text(math.ceil(left))}" if left > 0 else f"call {name}: due now"


def standing(walk: Walk) -> None:
    """Tell somebody who takes the run up what it is, what was done in it, and where it stands."""
    header(walk)
    _so_far(walk)
    visit = walk.state.visit
    if visit and visit.step in walk.graph.steps and not walk.state.child:
        walk.show(visit.step)


def _so_far(walk: Walk) -> None:
    say, state = walk.ports.reporter.say, walk.state
    for text in (text for each in state.apart for text in beside(each)):
        say(text, style="warning")
    told = [visit for visit in state.visits if visit.attempts or (visit.ended and _by_hand(walk, visit))]
    if not told:
        return
    say(f"so far (`runbook show {state.run}` tells all):", style="quiet")
    for visit in told[-_LAST:]:
        began = walk.state.attempts_of(visit)[-1].event.wall if visit.attempts and not visit.ended else visit.event.wall
        at = time.strftime("%H:%M:%SZ", time.gmtime(began))
        say(f"  {at}  {_title(walk, visit)}: {_became(walk, visit)}", style="quiet")
    for wall, note in state.notes[-3:]:
        say(f"  {time.strftime('%H:%M:%SZ', time.gmtime(wall))}  note: {note.text}", style="quiet")


def _by_hand(walk: Walk, visit: Visit) -> bool:
    step = walk.graph.steps.get(visit.step)
    return step is not None and step.kind is not StepKind.DECISION


def _title(walk: Walk, visit: Visit) -> str:
    step = walk.graph.steps.get(visit.step)
    return step.title.rstrip(".:") if step else visit.step


def _became(walk: Walk, visit: Visit) -> str:
    attempts = walk.state.attempts_of(visit)
    changed = "CHANGE " if any(attempt.start.effect != "read" for attempt in attempts) else ""
    if visit.ended:
        how = {"overruled": " (overruled)", "answer": " (by hand)"}.get(visit.ended.how, "")
        return f"{changed}{visit.ended.outcome}{how}"
    end = attempts[-1].end
    if end is None:
        return f"{changed}started, its end is not known yet"
    return f"{changed}exit {end.exit_code}" if end.reason == "exit" else f"{changed}{end.reason}"


def context(walk: Walk) -> None:
    """Show what the runbook says about the failure before there is anything to do: meaning, impact."""
    for phase in walk.graph.runbook.phases:
        if phase.steps:
            return
        if phase.blocks and phase.kind in (PhaseKind.CONTEXT, PhaseKind.PLAIN) and phase.level > 0:
            walk.ports.reporter.prose(phase.title, phase.blocks)
