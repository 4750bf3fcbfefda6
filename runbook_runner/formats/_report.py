"""What a report on a run says, for every format that a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_runner.formats import Record
from runbook_runner.formats import _pieces as p
from runbook_runner.formats import _review as r
from runbook_runner.formats import _story as s
from runbook_runner.formats._evidence import evidence, sources
from runbook_runner.formats._words import at, bare, counted, duration, one_line, outcome, since, size
from runbook_runner.model.events import Output, ParameterSet
from runbook_runner.model.state import Attempt, Visit

_LINES = 20
"""Of an output that are shown: half of them its first, half its last."""
_WIDTH = 400
_SHORT = 160
"""Characters of a command that stands in a line."""


def report(of: Record) -> p.Report:
    """Return header, summary, overrides, calls, timeline, way back, time by step, and what remained unknown."""
    started = of.state.started
    title = f"Incident record: {one_line(started.title) if started else of.state.run}"
    parts = (
        ("", tuple(_header(of))),
        ("Summary", tuple(_summary(of))),
        ("Overrides", tuple(_overrides(of))),
        ("Who was called", tuple(_calls(of))),
        ("Timeline", tuple(_timeline(of))),
        ("How to undo what was changed", tuple(_undo(of))),
        ("Where the time went", tuple(_times(of))),
        ("What remained unknown", (_unknown(of),)),
    )
    return p.Report(title, tuple(p.Section(name, pieces) for name, pieces in parts if pieces))


def _header(of: Record) -> Iterator[p.Piece]:
    state, started = of.state, of.state.started
    rows: list[tuple[str, p.Line]] = [("Run", (p.Code(state.run),))]
    if started:
        rows.append(("Runbook", (p.Code(started.path), ", SHA-256 ", p.Code(started.digest[:12]))))
        rows += [("Service", (one_line(started.service),))] if started.service else []
        rows.append(("Alert", _alert(started.alert, started.labels)))
        rows += [] if _by_hand(of) else [("Page", (f"{at(started.page)} UTC",))]
    if state.parameters:
        each = [_parameter(parameter) for parameter in state.parameters.values()]
        rows.append(("Parameters", _joined(each)))
    for child in s.whole(of)[1:]:
        if child.apart:
            rows.append(("Branch", (f"by {child.apart}: told below in one piece",)))
            continue
        path = child.state.started.path if child.state.started else child.state.run
        ended = outcome(child.state.outcome)
        rows.append(("Led to", (p.Code(path), " (run ", p.Code(child.state.run), f"): {ended}")))
    people = ", ".join(dict.fromkeys(one_line(who) for _, who, _ in state.drivers))
    rows.append(("Driven by", (people + (f" on {one_line(started.host)}" if started else ""),)))
    rows.append(("Began", (f"{at(state.wall)} UTC{_after_page(of, state.wall)}",)))
    end = r.end_of(of)
    if state.ended:
        note = f": {one_line(state.ended.note)}" if state.ended.note else ""
        rows.append(("Ended", (f"{at(end)} UTC{_after_page(of, end)}",)))
        rows.append(("Outcome", (p.Strong(outcome(state.outcome)), note)))
    else:
        why = f": {s.left(state.detached)}" if state.detached else ""
        rows.append(("Last event", (f"{at(end)} UTC; the run has not ended",)))
        rows.append(("Outcome", (p.Strong("still open"), why)))
    rows.append(("Duration", (duration(end - state.wall),)))
    if of.events:
        counts = f"{len(of.events)} events, the last "
        rows.append(("Record", (counts, p.Code(of.events[-1].digest), " (", p.Code("runbook verify"), ")")))
    yield p.Facts(tuple(rows))
    yield p.Words((f"All times are UTC; +mm:ss counts from the {_origin(of)}.",))


def _alert(name: str, labels: object) -> p.Line:
    pairs = sorted(labels.items()) if isinstance(labels, dict) else []
    told = _joined([(p.Code(f"{key}={value}"),) for key, value in pairs])
    text = one_line(name) if name else "none, started by hand"
    return (f"{text} (", *told, ")") if told else (text,)


def _joined(lines: Sequence[p.Line], by: str = ", ") -> p.Line:
    return tuple(piece for number, line in enumerate(lines) for piece in ((by,) if number else ()) + line)


def _by_hand(of: Record) -> bool:
    """Say whether nobody was paged, as far as is known."""
    started = of.state.started
    return started is None or (not started.alert and abs(of.state.wall - of.state.page) < 2)


def _origin(of: Record) -> str:
    return "start" if _by_hand(of) else "page"


def _after_page(of: Record, wall: float) -> str:
    return "" if _by_hand(of) else f", {duration(wall - of.state.page)} after the page"


def _parameter(of: ParameterSet) -> p.Line:
    if of.secret or of.value is None:
        return (p.Code(of.name), " (secret)")
    return (p.Code(f"{of.name}={of.value}", 120), f" ({one_line(of.origin)})")


def _summary(of: Record) -> Iterator[p.Piece]:
    every, page = s.whole(of), of.state.page
    steps = sum(len({visit.step for visit in each.state.visits}) for each in every)
    commands = sum(s.ran(attempt) for each in every for attempt in each.state.attempts.values())
    runbooks = sum(not each.apart for each in every)
    others = f", in {runbooks} runbooks" if runbooks > 1 else ""
    yield p.Words((_outline(of),))
    items: list[p.Line] = [(f"Walked {counted(steps, 'step')}, ran {counted(commands, 'command')}{others}.",)]
    items += [line for each in every for visit in each.state.visits for line in _came_out(each, visit)]
    changes = r.changes(of)
    for change in changes:
        start = change.attempt.start
        effect = "Changed: " if start.effect == "change" else "May have changed something: "
        when = f" at {since(change.attempt.event.wall, page)} ({s.ending(change.attempt)})."
        items.append((effect, p.Code(start.text, _SHORT), *_with(change.values), when))
    if not changes:
        items.append(("Nothing was changed.",))
    items += [
        (f"Escalated to {one_line(call.to)}: {one_line(call.result or 'no answer recorded')}.",)
        for call in r.called(of)
        if call.wall is not None
    ]
    yield p.Bullets(tuple(items))


def _outline(of: Record) -> str:
    """Return the run in two or three sentences."""
    state, end = of.state, r.end_of(of)
    (_, who, _), *others = state.drivers or ((state.wall, "somebody", "start"),)
    if _by_hand(of):
        said = [f"{one_line(who)} began by hand at {at(state.wall)} UTC."]
    else:
        alert = f" for {one_line(state.started.alert)}" if state.started and state.started.alert else ""
        after = duration(state.wall - state.page)
        said = [f"The page{alert} came at {at(state.page)} UTC; {one_line(who)} began {after} later."]
    before = who
    for wall, each, _ in others:
        if each != before:
            said.append(f"{one_line(each)} drove it from {since(wall, state.page)} on.")
        before = each
    if state.ended:
        said.append(f"It ended {outcome(state.outcome)} {duration(end - state.wall)} after it had begun.")
    else:
        said.append(f"It had not ended at {at(end)} UTC, when the last event was recorded.")
    return " ".join(said)


def _with(values: Sequence[str]) -> p.Line:
    each = _joined([(p.Code(value, 120),) for value in values], " ")
    return (" with ", *each) if each else ()


def _came_out(of: Record, visit: Visit) -> Iterator[p.Line]:
    """Yield what a step showed, and where that led: by the evidence, or because somebody or a timer said so."""
    at, taken = f"“{s.title(of, visit.step)}”: ", visit.taken
    text = s.decision(taken) if taken else ""
    found = bool(text and taken and taken.how in _BY_EVIDENCE)
    if visit.ended and visit.ended.outcome == "failed" and not found:
        seen = next((each.text() for each in evidence(of, visit) if each.held == _AGAINST), "")
        yield (
            f"Failed: {at}",
            *_spanned(seen or one_line(visit.ended.reason) or "no reason is recorded", sources(visit)),
        )
    if text:
        yield (f"{'Found' if found else 'Decided'} at {at}", *_spanned(text, sources(visit)))


_BY_EVIDENCE = ("predicate", "recurrence", "otherwise")
_AGAINST = "does not hold"


def _spanned(text: str, pieces: Sequence[str]) -> p.Line:
    """Return a text in which some pieces stand as code: predicates and evidence cannot be read when escaped."""
    for piece in pieces:
        before, found, after = text.partition(piece)
        if found:
            return (*_spanned(before, pieces), p.Code(piece), *_spanned(after, pieces))
    return (text,) if text else ()


def _overrides(of: Record) -> Iterator[p.Piece]:
    for each in r.overrides(of):
        where = f" at {each.step}" if each.step else ""
        inside = _inside(of, each.of)
        line: p.Line = (f"{since(each.wall, of.state.page)} {inside}{each.what}{where}.",)
        if each.became:
            parts: tuple[p.Text | p.Words, ...] = (
                p.Text(each.became, "sh", "What ran:"),
                p.Text(each.was, "sh", "What the runbook has:"),
            )
        else:
            parts = (p.Words((f"Reason: {each.reason}" if each.reason else "No reason is recorded.",)),)
        yield p.Item(line, parts)


def _calls(of: Record) -> Iterator[p.Piece]:
    rows = []
    for each in r.called(of):
        due = ("again" if each.again else "") if each.due is None else since(each.due, of.state.page)
        when = "" if each.wall is None else since(each.wall, of.state.page)
        via = f" ({one_line(each.via)})" if each.via else ""
        came = one_line(each.result) or ("not recorded" if when else "")
        cells = (f"{one_line(each.to)}{via}", due or "not on the ladder", when or "not called", _punctual(each), came)
        rows.append(tuple((cell,) for cell in cells))
    if rows:
        yield p.Table(("who", "due", "called", "against the threshold", "what came of it"), tuple(rows))


def _punctual(of: r.Called) -> str:
    before = "; due before the run began" if of.before else ""
    if of.wall is None:
        return "not due by then" if of.open else f"nobody was called{before}"
    if of.late is None:
        return "a further try" if of.again else "no threshold"
    if abs(of.late) < 30:
        return "in time"
    return f"{duration(of.late)} late{before}" if of.late > 0 else f"{duration(-of.late)} early"


def _timeline(of: Record) -> Iterator[p.Piece]:
    day = ""
    used = {each.state.run: s.values(each) for each in s.whole(of)}
    for entry in s.story(of):
        today = at(entry.wall, "%Y-%m-%d")
        if today != day:
            day = today
            yield p.Day(day)
        line, parts, good = _entry(of, entry, used)
        clock = at(entry.wall, "%H:%M:%S")
        yield p.Moment(clock, since(entry.wall, of.state.page), line, entry.kind, parts, good)


Parts = tuple[p.Bullets | p.Text | p.Words, ...]


def _entry(
    of: Record, entry: s.Entry, used: dict[str, dict[int, tuple[str, ...]]]
) -> tuple[p.Line, Parts, bool | None]:
    if entry.attempt:
        start = entry.attempt.start
        edited = ", edited" if start.original else ""
        values = used[entry.of.state.run].get(start.attempt, ())
        line = (f"Ran ({one_line(start.effect)}{edited})", *_with(values), f", {s.ending(entry.attempt)}:")
        return line, tuple(_attempt(entry.attempt, _language(entry.of, start.step))), None
    if entry.kind == "visit":
        return (p.Strong(_inside(of, entry.of) + entry.text),), (), None
    if entry.visit:
        became = s.verdict(entry.of, entry.visit)
        words = (p.Strong(became),) if became else ("decided:" if entry.visit.taken else "seen:",)
        items = tuple(_decided(entry.of, entry.visit))
        good = {"passed": True, "failed": False}.get(entry.visit.ended.outcome if entry.visit.ended else "")
        return words, (p.Bullets(items),) if items else (), good
    if entry.code:
        return (p.Code(entry.code, 160), entry.text.removeprefix(entry.code)), (), None
    label = {"note": "Note: ", "warning": "Warning: "}.get(entry.kind, "")
    return (label + one_line(entry.text),), (), None


def _inside(of: Record, each: Record) -> str:
    return "" if each is of or each.runbook is None else f"{one_line(each.runbook.title)} > "


def _decided(of: Record, visit: Visit) -> Iterator[p.Line]:
    yield from ((f"{one_line(text)}: {'yes' if holds else 'no'}",) for text, holds in visit.guards.items())
    for each in evidence(of, visit):
        if not each.source:
            yield (each.text(),)
            continue
        seen: p.Line = (": ", p.Code(each.seen)) if each.seen else ()
        yield (f"{each.label} ", p.Code(each.source), f" {each.held}", *seen)
    if visit.taken and (text := s.decision(visit.taken)):
        yield ("went on: ", *_spanned(text, sources(visit)))


def _language(of: Record, step: str) -> str:
    """Return what a step's command is in, as a fence claims it; what is typed into a shell counts as `sh`."""
    commands = (one.command for one in (of.runbook.steps if of.runbook else ()) if one.id == step)
    language = next((command.language for command in commands if command is not None), "sh")
    return "sh" if language in ("bash", "shell", "console", "") else language


def _attempt(attempt: Attempt, language: str) -> Iterator[p.Text | p.Words]:
    start = attempt.start
    yield p.Text(start.text, language, effect=start.effect)
    if start.original:
        yield p.Text(start.original, language, "The runbook has:")
    if attempt.end and attempt.end.leftovers:
        yield p.Words(("It left behind: ", *_joined([(p.Code(text),) for text in attempt.end.leftovers])))
    yield from (_output(output) for output in attempt.outputs if output.size)


def _output(output: Output) -> p.Text:
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
    text = "\n".join(line if len(line) <= _WIDTH else line[:_WIDTH] + " […]" for line in lines)
    return p.Text(text, "text", f"{one_line(output.stream)} ({size(output.size)}{note}):", printed=True)


def _undo(of: Record) -> Iterator[p.Piece]:
    for change in reversed(r.changes(of)):
        start = change.attempt.start
        ended = f" ({at(change.attempt.event.wall, '%H:%M:%S')}, {s.ending(change.attempt)}):"
        parts: list[p.Prose | p.Text | p.Words] = []
        if change.section:
            parts.append(p.Words((f"As “{one_line(change.section)}” in the runbook says:",)))
        none = p.Words(("No rollback is recorded with this step.",))
        parts.append(p.Prose(change.rollback) if change.rollback else none)
        yield p.Item((p.Code(start.text, _SHORT), *_with(change.values), ended), tuple(parts))


def _times(of: Record) -> Iterator[p.Piece]:
    rows = []
    for each in s.whole(of):
        for visit, seconds in s.spent(each):
            began = since(visit.event.wall, of.state.page)
            working = sum(attempt.end.duration or 0.0 for attempt in each.state.attempts_of(visit) if attempt.end)
            name = _inside(of, each) + s.title(each, visit.step)
            commands = ("under 0.1 s" if working < 0.05 else duration(working)) if visit.attempts else ""
            rows.append(((name,), (began,), (duration(seconds),), (commands,)))
    if rows:
        yield p.Table(("step", "began", "time", "of it, commands"), tuple(rows))


def _unknown(of: Record) -> p.Piece:
    lines: list[p.Line] = [
        (before, p.Code(text, _SHORT), after) if text else (before,) for before, text, after in r.unknown(of)
    ]
    return p.Bullets(tuple(lines or [("Nothing that the record shows.",)]))
