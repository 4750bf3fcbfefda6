"""A run as a timeline in Markdown, to go into a post-incident review as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook_runner.formats import Record, record
from runbook_runner.formats import _story as s
from runbook_runner.formats._evidence import Judgement, evidence, sources
from runbook_runner.formats._words import (
    at,
    bare,
    code,
    counted,
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
    for child in s.whole(of)[1:]:
        path = child.state.started.path if child.state.started else child.state.run
        rows.append(("Led to", f"{code(path)} (run {code(child.state.run)}): {outcome(child.state.outcome)}"))
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
    if of.events:
        rows.append(("Record", f"{len(of.events)} events, the last {code(of.events[-1].digest)} (`runbook verify`)"))
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


def _summary(of: Record) -> Iterator[str]:
    yield "## Summary"
    yield ""
    every = s.whole(of)
    steps = sum(len({visit.step for visit in each.state.visits}) for each in every)
    commands = sum(s.ran(attempt) for each in every for attempt in each.state.attempts.values())
    others = f", in {len(every)} runbooks" if len(every) > 1 else ""
    yield f"- Walked {counted(steps, 'step')}, ran {counted(commands, 'command')}{others}."
    visits = [(each, visit) for each in every for visit in each.state.visits]
    for each, visit in visits:
        if visit.taken and (text := s.decision(visit.taken)):
            yield f"- Found at {escape(s.title(each, visit.step))}: {_spanned(text, sources(visit))}"
    changes = _changes(of)
    for _, _, attempt, values in changes:
        effect = "Changed" if attempt.start.effect == "change" else "May have changed something"
        at_time = f"at {since(attempt.event.wall, of.state.page)} ({escape(s.ending(attempt))})"
        yield f"- {effect}: {code(attempt.start.text, 160)}{_with(values)} {at_time}."
    if not changes:
        yield "- Nothing was changed."
    for call in (call for each in every for call in each.state.calls):
        yield f"- Escalated to {escape(call.tried.to)}: {escape(call.result or 'no answer recorded')}."
    for each, visit in visits:
        if visit.ended and visit.ended.how == "overruled":
            yield f"- Overruled the verdict at {escape(s.title(each, visit.step))}: {escape(visit.ended.reason)}"
    for attempt in (attempt for each in every for attempt in each.state.attempts.values()):
        if attempt.start.original:
            yield f"- Edited the command of {code(attempt.start.step)}."
    yield ""


def _with(values: Sequence[str]) -> str:
    return f" with {' '.join(code(value, 120) for value in values)}" if values else ""


def _spanned(text: str, pieces: Sequence[str]) -> str:
    """Return a text in which some pieces stand as code: predicates and evidence cannot be read when escaped."""
    for piece in pieces:
        before, found, after = text.partition(piece)
        if found:
            return _spanned(before, pieces) + code(piece) + _spanned(after, pieces)
    return " " * text[:1].isspace() + escape(text) + " " * (text.strip() != "" and text[-1:].isspace())


def _changes(of: Record) -> list[tuple[Record, Visit, Attempt, tuple[str, ...]]]:
    """Return what may have changed something, in order, in this run and those walked from it."""
    found = [
        (each, visit, attempt, used.get(attempt.start.attempt, ()))
        for each, used in ((each, s.values(each)) for each in s.whole(of))
        for visit in each.state.visits
        for attempt in each.state.attempts_of(visit)
        if attempt.start.effect != "read" and s.ran(attempt)
    ]
    return sorted(found, key=lambda change: change[2].event.wall)


def _timeline(of: Record) -> Iterator[str]:
    yield "## Timeline"
    day = ""
    used = {each.state.run: s.values(each) for each in s.whole(of)}
    for entry in s.story(of):
        today = at(entry.wall, "%Y-%m-%d")
        if today != day:
            day = today
            yield ""
            yield f"### {day}"
        time = f"{at(entry.wall, '%H:%M:%S')} ({since(entry.wall, of.state.page)})"
        yield ""
        if entry.attempt:
            values = used[entry.of.state.run].get(entry.attempt.start.attempt, ())
            yield from _attempt(time, entry.attempt, values, _language(entry.of, entry.attempt.start.step))
        elif entry.kind == "visit":
            yield f"**{time} {_inside(of, entry.of)}{escape(entry.text)}**"
        elif entry.visit:
            became = s.verdict(entry.of, entry.visit)
            yield f"{time} **{escape(became)}**" if became else f"{time} {'decided' if entry.visit.taken else 'seen'}:"
            yield from _decided(entry.of, entry.visit)
        else:
            label = {"note": "Note: ", "warning": "Warning: "}.get(entry.kind, "")
            yield f"{time} {label}{escape(entry.text)}"
    yield ""


def _inside(of: Record, each: Record) -> str:
    return "" if each is of or each.runbook is None else f"{escape(each.runbook.title)} \\> "


def _decided(of: Record, visit: Visit) -> Iterator[str]:
    lines = [f"{escape(text)}: {'yes' if holds else 'no'}" for text, holds in visit.guards.items()]
    lines += [_judged(each) for each in evidence(of, visit)]
    if visit.taken and (text := s.decision(visit.taken)):
        lines.append(f"went on: {_spanned(text, sources(visit))}")
    if lines:
        yield ""
    yield from (f"- {line}" for line in lines)


def _judged(each: Judgement) -> str:
    if not each.source:
        return escape(each.text())
    seen = f": {code(each.seen)}" if each.seen else ""
    return f"{escape(each.label)} {code(each.source)} {each.held}{seen}"


def _language(of: Record, step: str) -> str:
    """Return what a step's command is in, as a fence claims it; what is typed into a shell counts as `sh`."""
    commands = (one.command for one in (of.runbook.steps if of.runbook else ()) if one.id == step)
    language = next((command.language for command in commands if command is not None), "sh")
    return "sh" if language in ("bash", "shell", "console", "") else language


def _attempt(time: str, attempt: Attempt, values: Sequence[str], language: str) -> Iterator[str]:
    start = attempt.start
    edited = ", edited" if start.original else ""
    yield f"{time} Ran ({escape(start.effect)}{edited}){_with(values)}, {escape(s.ending(attempt))}:"
    yield ""
    yield fenced(start.text, language)
    if start.original:
        yield ""
        yield "The runbook has:"
        yield ""
        yield fenced(start.original, language)
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
    for each, visit, attempt, values in reversed(changes):
        steps = each.runbook.steps if each.runbook else ()
        rollback = next((step.rollback for step in steps if step.id == visit.step), ())
        ended = f"({at(attempt.event.wall, '%H:%M:%S')}, {escape(s.ending(attempt))})"
        yield ""
        yield f"{code(attempt.start.text, 160)}{_with(values)} {ended}:"
        yield ""
        yield markdown(rollback) or "No rollback is recorded with this step."
    yield ""


def _times(of: Record) -> Iterator[str]:
    if not of.state.visits:
        return
    yield "## Where the time went"
    yield ""
    yield "| step | began | time |"
    yield "| --- | --- | --- |"
    for each in s.whole(of):
        for visit, seconds in s.spent(each):
            began = since(visit.event.wall, of.state.page)
            yield f"| {_inside(of, each)}{escape(s.title(each, visit.step))} | {began} | {duration(seconds)} |"
    yield ""


def _unknown(of: Record) -> Iterator[str]:
    every = s.whole(of)
    lines = [
        f"Whether {code(attempt.start.text, 160)} took effect: {escape(s.ending(attempt))}."
        for each in every
        for attempt in each.state.attempts.values()
        if s.uncertain(attempt)
    ]
    lines += [
        f"{escape(s.title(each, visit.step))}: {escape(s.verdict(each, visit))}."
        for each in every
        for visit in each.state.visits
        if visit.ended and visit.ended.outcome in ("undetermined", "unknown")
    ]
    if not of.state.ended:
        lines.append("How it ended: the run is still open.")
    lines += [
        f"What came of the call to {escape(call.tried.to)}."
        for each in every
        for call in each.state.calls
        if not call.result
    ]
    yield "## What remained unknown"
    yield ""
    yield from (f"- {line}" for line in lines or ["Nothing that the record shows."])


FORMAT: Format = ReportMarkdown()
