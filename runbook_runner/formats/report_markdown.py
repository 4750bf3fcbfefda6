"""A run as a timeline in Markdown, to go into a post-incident review as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_runner.formats import Record, record
from runbook_runner.formats import _story as s
from runbook_runner.formats._words import (
    at,
    bare,
    code,
    duration,
    escape,
    fenced,
    markdown,
    outcome,
    since,
    size,
)
from runbook_runner.model.events import Output, ParameterSet
from runbook_runner.model.state import Attempt, Visit
from runbook_runner.ports import Format

_LINES = 20
_WIDTH = 400


class ReportMarkdown:
    """`runbook report --format markdown`."""

    name = "markdown"

    def render(self, subject: Any) -> str:
        """Return header, summary, timeline, way back, time by step, and what remained unknown."""
        of = record(subject)
        parts = [*_header(of), *_summary(of), *_timeline(of), *_undo(of), *_times(of), *_unknown(of)]
        return "\n".join(parts).rstrip() + "\n"


def _header(of: Record) -> Iterator[str]:
    state, started = of.state, of.state.started
    yield f"# Incident record: {escape(started.title) if started else state.run}"
    yield ""
    rows = [("Run", code(state.run))]
    if started:
        rows.append(("Runbook", f"{code(started.path)}, SHA-256 {code(started.digest[:12])}"))
        rows += [("Service", escape(started.service))] if started.service else []
        alert = escape(started.alert) if started.alert else "none, started by hand"
        labels = ", ".join(code(f"{key}={value}") for key, value in sorted(started.labels.items()))
        rows.append(("Alert", alert + (f" ({labels})" if labels else "")))
        rows += [] if _by_hand(of) else [("Page", f"{at(started.page)} UTC")]
    if values := ", ".join(_parameter(each) for each in state.parameters.values()):
        rows.append(("Parameters", values))
    people = list(dict.fromkeys(who for _, who, _ in state.drivers))
    rows.append(("Driven by", ", ".join(map(escape, people)) + (f" on {escape(started.host)}" if started else "")))
    end = state.ended_wall or state.last_wall
    page = "" if _by_hand(of) else f", {duration(state.wall - state.page)} after the page"
    rows.append(("Began", f"{at(state.wall)} UTC{page}"))
    if state.ended:
        page = "" if _by_hand(of) else f", {duration(end - state.page)} after the page"
        rows.append(("Ended", f"{at(end)} UTC{page}"))
    else:
        rows.append(("Last event", f"{at(end)} UTC; the run has not ended"))
    word = f"**{outcome(state.outcome)}**"
    note = f": {escape(state.ended.note)}" if state.ended and state.ended.note else ""
    rows.append(("Outcome", word + note + (f" ({escape(state.detached)})" if state.detached else "")))
    rows.append(("Duration", duration(end - state.wall)))
    yield from (f"- {label}: {text}" for label, text in rows)
    yield ""
    yield f"All times are UTC; `+mm:ss` counts from the {'start' if _by_hand(of) else 'page'}."
    yield ""


def _by_hand(of: Record) -> bool:
    """Say whether nobody was paged, as far as is known."""
    started = of.state.started
    return started is not None and not started.alert and abs(of.state.wall - of.state.page) < 2


def _parameter(of: ParameterSet) -> str:
    if of.secret or of.value is None:
        return f"{code(of.name)} (secret)"
    return f"{code(f'{of.name}={of.value}', 120)} ({escape(of.origin)})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _summary(of: Record) -> Iterator[str]:
    yield "## Summary"
    yield ""
    steps, commands = len({visit.step for visit in of.state.visits}), sum(map(s.ran, of.state.attempts.values()))
    yield f"- Walked {_count(steps, 'step')}, ran {_count(commands, 'command')}."
    for visit in of.state.visits:
        if visit.taken and (text := s.decision(visit.taken)):
            yield f"- Found at {escape(s.title(of, visit.step))}: {escape(text)}"
    changes = _changes(of)
    for _, attempt in changes:
        effect = "Changed" if attempt.start.effect == "change" else "May have changed something"
        yield f"- {effect}: {code(attempt.start.text, 160)} at {since(attempt.event.wall, of.state.page)}"
        yield f"  ({escape(s.ending(attempt))})."
    if not changes:
        yield "- Nothing was changed."
    for call in of.state.calls:
        yield f"- Escalated to {escape(call.tried.to)}: {escape(call.result or 'no answer recorded')}."
    for visit in of.state.visits:
        if visit.ended and visit.ended.how == "overruled":
            yield f"- Overruled the verdict at {escape(s.title(of, visit.step))}: {escape(visit.ended.reason)}"
    for attempt in of.state.attempts.values():
        if attempt.start.original:
            yield f"- Edited the command of {code(attempt.start.step)}."
    yield ""


def _changes(of: Record) -> list[tuple[Visit, Attempt]]:
    return [
        (visit, attempt)
        for visit in of.state.visits
        for attempt in of.state.attempts_of(visit)
        if attempt.start.effect != "read" and s.ran(attempt)
    ]


def _timeline(of: Record) -> Iterator[str]:
    yield "## Timeline"
    day = ""
    for entry in s.story(of):
        today = at(entry.wall, "%Y-%m-%d")
        if today != day:
            day = today
            yield ""
            yield f"### {day}"
        time = f"{at(entry.wall, '%H:%M:%S')} ({since(entry.wall, of.state.page)})"
        yield ""
        if entry.attempt:
            yield from _attempt(time, entry.attempt)
        elif entry.kind == "visit":
            yield f"**{time} {escape(entry.text)}**"
        elif entry.visit:
            yield f"{time} {escape(entry.text)}: **{escape(s.verdict(entry.visit))}**"
            yield from _decided(entry.visit)
        else:
            label = {"note": "Note: ", "warning": "Warning: "}.get(entry.kind, "")
            yield f"{time} {label}{escape(entry.text)}"
    yield ""


def _decided(visit: Visit) -> Iterator[str]:
    lines = [f"{text}: {'yes' if holds else 'no'}" for text, holds in visit.guards.items()]
    lines += s.evidence(visit)
    if visit.taken and (text := s.decision(visit.taken)):
        lines.append(f"went on: {text}")
    if lines:
        yield ""
    yield from (f"- {escape(line)}" for line in lines)


def _attempt(time: str, attempt: Attempt) -> Iterator[str]:
    start = attempt.start
    edited = ", edited" if start.original else ""
    yield f"{time} Ran ({escape(start.effect)}{edited}), {escape(s.ending(attempt))}:"
    yield ""
    yield fenced(start.text, "sh")
    if start.original:
        yield ""
        yield "The runbook has:"
        yield ""
        yield fenced(start.original, "sh")
    if attempt.end and attempt.end.leftovers:
        yield ""
        yield "It left behind: " + ", ".join(code(text) for text in attempt.end.leftovers)
    for output in attempt.outputs:
        yield from _output(output)


def _output(output: Output) -> Iterator[str]:
    if not output.size:
        return
    lines = bare(output.head).rstrip("\n").split("\n")
    tail = bare(output.tail).rstrip("\n").split("\n") if output.tail else []
    note = "" if output.kept >= output.size else f", kept {size(output.kept)} of {size(output.size)}"
    if tail or len(lines) > _LINES:
        every = lines + tail
        first, last = every[: _LINES // 2], every[-_LINES // 2 :]
        left = len(every) - len(first) - len(last)
        if left > 0:
            gap = f"[… {left} lines{' and more' if tail else ''} left out …]"
            lines = [*first, gap, *last]
    yield ""
    yield f"{escape(output.stream)} ({size(output.size)}{note}):"
    yield ""
    yield fenced("\n".join(line if len(line) <= _WIDTH else line[:_WIDTH] + " […]" for line in lines), "text")


def _undo(of: Record) -> Iterator[str]:
    changes = _changes(of)
    if not changes:
        return
    yield "## How to undo what was changed"
    rollbacks = {step.id: step.rollback for step in of.runbook.steps} if of.runbook else {}
    for visit, attempt in reversed(changes):
        yield ""
        yield f"{code(attempt.start.text, 160)} ({at(attempt.event.wall, '%H:%M:%S')}, {escape(s.ending(attempt))}):"
        yield ""
        yield markdown(rollbacks.get(visit.step, ())) or "No rollback is recorded with this step."
    yield ""


def _times(of: Record) -> Iterator[str]:
    if not of.state.visits:
        return
    yield "## Where the time went"
    yield ""
    yield "| step | began | time |"
    yield "| --- | --- | --- |"
    for visit, seconds in s.spent(of):
        began = since(visit.event.wall, of.state.page)
        yield f"| {escape(s.title(of, visit.step))} | {began} | {duration(seconds)} |"
    yield ""


def _unknown(of: Record) -> Iterator[str]:
    lines = [
        f"Whether {code(attempt.start.text, 160)} took effect: {escape(s.ending(attempt))}."
        for attempt in of.state.attempts.values()
        if s.uncertain(attempt)
    ]
    lines += [
        f"{escape(s.title(of, visit.step))}: {escape(s.verdict(visit))}."
        for visit in of.state.visits
        if visit.ended and visit.ended.outcome in ("undetermined", "unknown")
    ]
    if not of.state.ended:
        lines.append("How it ended: the run is still open.")
    lines += [f"What came of the call to {escape(c.tried.to)}." for c in of.state.calls if not c.result]
    yield "## What remained unknown"
    yield ""
    yield from (f"- {line}" for line in lines or ["Nothing that the record shows."])


FORMAT: Format = ReportMarkdown()
