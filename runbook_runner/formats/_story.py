"""What happened in a run, in order: the entries that a timeline consists of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.formats import Record
from runbook_runner.formats._words import duration, one_line, outcome
from runbook_runner.model import events as e
from runbook_runner.model.branches import split
from runbook_runner.model.chain import decode
from runbook_runner.model.events import BranchTaken
from runbook_runner.model.runbook import StepKind
from runbook_runner.model.state import Attempt, Visit


class Entry(Struct, frozen=True):
    """One thing that happened."""

    wall: float
    kind: str
    """driver, visit (arrived), attempt, answer (that did not stand), verdict (of a visit), note, call, warning, timer,
    parameter, preflight, child or end."""
    text: str
    of: Record
    """The run that it happened in: this one, or one that was walked from it."""
    visit: Visit | None = None
    attempt: Attempt | None = None
    code: str = ""
    """The beginning of the text, where that is code."""


def whole(record: Record) -> list[Record]:
    """Return a run, what went on beside it out of touch, and all that were walked from it."""
    return [record, *_branches(record), *(each for child in record.children for each in whole(child))]


def _branches(record: Record) -> list[Record]:
    """Return what went on beside a run as records of their own, named by who did it."""
    found = []
    for number, each in enumerate(record.state.apart, 1):
        name = f"{one_line(each.who)}, while out of touch"
        state = replace(each.state, run=f"{record.state.run}, branch {number}, by {name}")
        runbook = replace(record.runbook, title=name) if record.runbook else None
        found.append(Record(state, each.events, runbook, apart=name))
    return found


def story(record: Record) -> list[Entry]:
    """Return all entries by wall time, those of one moment in the order in which they belong.

    What somebody did out of touch stands together: who did what would not be seen otherwise.
    """
    found = list(_entries(record))
    for child in whole(record)[1:]:
        # Who drives a child drives its parent, whose timeline says so, and that it went there and came back.
        left_out = () if child.apart else ("driver", "end")
        found += [each for each in _entries(child) if each.kind not in left_out and not _inherited(each)]
    found.sort(key=lambda entry: entry.wall)
    for name in dict.fromkeys(entry.of.state.run for entry in found if entry.of.apart):
        found = _together(record, found, name)
    return found


def _together(record: Record, entries: Sequence[Entry], name: str) -> list[Entry]:
    """Return the entries with those of one branch in one piece, between two that say so."""
    branch = [each for each in entries if each.of.state.run == name]
    others = [each for each in entries if each.of.state.run != name]
    by, began = branch[0].of.apart, branch[0].of.state.wall
    starts = (place for place, each in enumerate(others) if each.wall >= began and each.kind in ("visit", "driver"))
    place = next(starts, len(others))
    first = Entry(began, "driver", f"{by}, went on from here in a branch of the run:", record)
    last = Entry(branch[-1].wall, "driver", f"{by}: the branch ends here; what follows is the run itself", record)
    return [*others[:place], first, *branch, last, *others[place:]]


def _inherited(entry: Entry) -> bool:
    return entry.kind == "parameter" and entry.text.endswith("(flag)")


def _entries(record: Record) -> Iterator[Entry]:
    state = record.state
    before = ""
    for wall, who, how in state.drivers:
        of = f" from {before}" if how == "take" and before != who else ""
        yield Entry(wall, "driver", f"{who} {_DRIVES.get(how, how)}{of}", record)
        before = who
    settled_at, before_it = settled(record), _answers(record)
    for visit in state.visits:
        if visit.left and not visit.ended and not state.attempts_of(visit):
            # Passed through on the way elsewhere: one line says so.
            yield Entry(visit.event.wall, "visit", f"{title(record, visit.step)} (looked at, not done)", record, visit)
            continue
        yield Entry(visit.event.wall, "visit", title(record, visit.step), record, visit)
        for attempt in state.attempts_of(visit):
            yield Entry(attempt.event.wall, "attempt", ending(attempt), record, visit, attempt)
        for wall, body in before_it.get(visit.number, ()):
            yield Entry(wall, "answer", _became(body), record)
        ends = [attempt.end_wall or attempt.event.wall for attempt in state.attempts_of(visit)]
        wall = max([visit.event.wall, *ends, settled_at.get(visit.number, 0.0)])
        yield Entry(wall, "verdict", title(record, visit.step), record, visit)
    for wall, noted in state.notes:
        yield Entry(wall, "note", noted.text, record)
    for call in state.calls:
        via = f" via {call.tried.via}" if call.tried.via else ""
        yield Entry(call.wall, "call", f"called {call.tried.to}{via}: {call.result or 'no answer recorded'}", record)
    for wall, warning in state.warnings:
        yield Entry(wall, "warning", warning.text, record)
    yield from _besides(record)
    if state.ended:
        note = f": {state.ended.note}" if state.ended.note else ""
        yield Entry(state.ended_wall or state.last_wall, "end", f"ended {outcome(state.ended.outcome)}{note}", record)


def _besides(record: Record) -> Iterator[Entry]:
    """Yield what the state does not keep: times that fell due, values, edits, pauses, other runbooks."""
    for event in split(record.events)[0]:
        match decode(event):
            case e.Detached(reason):
                yield Entry(event.wall, "driver", left(reason), record)
            case e.HandedOver(who=who, to=to, note=note):
                yield Entry(event.wall, "driver", f"{who} handed the run to {to}{f': {note}' if note else ''}", record)
            case e.Merged(stands=stands):
                how = "" if stands else " as a branch of it"
                text = f"what was recorded out of touch with the journal was joined to the run{how}"
                yield Entry(event.wall, "warning", text, record)
            case e.Pruned(who=who, archive=archive):
                text = f"{one_line(who)} archived the record in {one_line(archive)} and removed its texts here"
                yield Entry(event.wall, "warning", text, record)
            case e.Scrubbed(writer=writer, seq=seq, who=who, reason=reason):
                text = f"{one_line(who)} removed the text of event {seq} of {one_line(writer)}: {one_line(reason)}"
                yield Entry(event.wall, "warning", text, record)
            case e.TimerDue(key=key, text=text):
                yield Entry(event.wall, "timer", f"due: {_due(key, text)}", record)
            case e.ParameterSet(name=name, value=value, origin=origin):
                given = f"{name} = {_shown(value)}"
                yield Entry(event.wall, "parameter", f"{given} ({origin})", record, code=given)
            case e.SourceChanged(choice=choice):
                text = f"the runbook was edited; walked on with the {choice} text"
                yield Entry(event.wall, "warning", text, record)
            case e.Preflight(findings=findings) if findings:
                yield Entry(event.wall, "preflight", _preflight(findings), record)
            case e.ChildEntered() | e.ChildReturned() as body:
                yield Entry(event.wall, "child", _there_and_back(body), record)
            case _:
                continue


def _there_and_back(body: e.ChildEntered | e.ChildReturned) -> str:
    match body:
        case e.ChildEntered(run=run, path=path):
            return f"went on in {one_line(path)} (run {run})"
        case e.ChildReturned(run=run, outcome=ended):
            return f"back from run {run}: {outcome(ended)}"


def _due(key: str, text: str) -> str:
    """Return what fell due; how late it was told, and by which key it is answered, is no matter of the record."""
    line = one_line(text).removesuffix(" - key x")
    return line.partition(" since the page: ")[2] or line if key.startswith("rung:") else line


def _preflight(findings: Sequence[Mapping[str, Any]]) -> str:
    bad = [each for each in findings if each.get("ok") is not True]
    told = "; ".join(f"{each.get('name')}: {one_line(str(each.get('detail')), 200)}" for each in bad)
    return f"preflight: {told}" if bad else f"preflight: all there ({len(findings)} checked)"


def _shown(value: str | None) -> str:
    return "(secret)" if value is None else one_line(value)


def values(record: Record) -> dict[int, tuple[str, ...]]:
    """Return the parameters that each attempt's command named, as they were then, `NAME=value`."""
    known = record.state.parameters.values() if record.apart else ()  # its events are those of the branch alone
    now = {each.name: _shown(each.value) for each in known}
    found: dict[int, tuple[str, ...]] = {}
    for event in split(record.events)[0]:
        match decode(event):
            case e.ParameterSet(name=name, value=value):
                now[name] = _shown(value)
            case e.AttemptStarted(attempt=number, text=text):
                named = [name for name in now if re.search(rf"\$\{{?{re.escape(name)}\b", text)]
                found[number] = tuple(f"{name}={now[name]}" for name in named)
            case _:
                continue
    return found


def settled(record: Record) -> dict[int, float]:
    """Return when each visit got its outcome, as far as the events are at hand."""
    return {
        event.payload["visit"]: event.wall
        for event in split(record.events)[0]
        if event.type == "step_ended" and event.payload and "visit" in event.payload
    }


def _answers(record: Record) -> dict[int, list[tuple[float, e.StepEnded]]]:
    """Return what people said of each visit before they said something else: the state keeps only the last."""
    found: dict[int, list[tuple[float, e.StepEnded]]] = {}
    for event in split(record.events)[0]:
        body = decode(event) if event.type == "step_ended" else None
        if isinstance(body, e.StepEnded):
            found.setdefault(body.visit, []).append((event.wall, body))
    return {visit: [(wall, body) for wall, body in ends[:-1] if body.how != "machine"] for visit, ends in found.items()}


def left(reason: str) -> str:
    """Return why nobody drives a run, in words."""
    return _LEFT.get(reason, f"left waiting ({one_line(reason)})")


_LEFT = {
    "waiting": "left waiting for a person",
    "paused": "paused the run",
    "interrupted": "interrupted the run with Ctrl-C",
    "hangup": "the terminal went away",
    "terminated": "the program was ended from outside",
    "cut off": "the program was cut off",
}
_DRIVES = {"start": "started the run", "resume": "resumed the run", "take": "took the run over"}


def title(record: Record, step: str) -> str:
    """Return a step's title where the runbook is at hand, else its id."""
    if record.runbook:
        for found in record.runbook.steps:
            if found.id == step:
                return one_line(found.title).rstrip(".:") or step
    return step


def ending(attempt: Attempt) -> str:
    """Return how an attempt ended, in a few words."""
    end = attempt.end
    if end is None:
        return "started; its end is not known"
    took = f" after {duration(end.duration)}" if end.duration is not None and end.duration >= 0.05 else ""
    found = " (found out after the runner had died)" if end.found_by == "wrapper" else ""
    match end.reason:
        case "exit":
            text = f"exit {end.exit_code}{took}"
        case "timeout":
            text = f"stopped at its timeout{took}"
        case "stopped":
            text = f"stopped by hand{took}"
        case "not started" | "refused":
            text = f"did not run: {end.note or end.reason}"
        case "lost":
            text = "its end is not known"
        case "background":
            text = "left running in the background"
        case other:
            text = other + took
    return text + (f", signal {end.signal}" if end.signal else "") + found


def uncertain(attempt: Attempt) -> bool:
    """Say whether nobody knows how an attempt ended."""
    return attempt.end is None or attempt.end.reason == "lost"


def ran(attempt: Attempt) -> bool:
    """Say whether the command was executed at all, as far as is known."""
    return attempt.end is None or attempt.end.reason not in ("not started", "refused")


def verdict(record: Record, visit: Visit) -> str:
    """Return what became of a visit: `passed`, `failed (overruled): …`, `left`; empty where nothing was to be done."""
    if visit.ended:
        if visit.ended.how == "machine" and not visit.attempts and _decides(record, visit):
            return ""
        return _became(visit.ended)
    if visit.left:
        return "left before it ended"
    return "left open" if record.state.ended or record.state.detached else "not ended yet"


def _became(ended: e.StepEnded) -> str:
    if ended.reason == "by hand":
        return f"{ended.outcome} (done by hand)"
    how = {"answer": " (answered by hand)", "overruled": " (overruled)"}.get(ended.how, "")
    if ended.outcome == "skipped":
        how = ""
    return ended.outcome + how + (f": {one_line(ended.reason)}" if ended.reason else "")


def _decides(record: Record, visit: Visit) -> bool:
    steps = record.runbook.steps if record.runbook else ()
    return any(step.id == visit.step and step.kind is StepKind.DECISION for step in steps)


def decision(taken: BranchTaken) -> str:
    """Return how a step was left and why, when that was a decision."""
    if taken.how == "next":
        return ""
    text = one_line(taken.text).rstrip(".") or f"to {taken.destination}"
    how = _TAKEN.get(taken.how, taken.how)
    why = f": {one_line(taken.evidence, 300)}" if taken.evidence and taken.how != "otherwise" else ""
    return f"{text} ({how}{why})"


_TAKEN = {
    "answer": "the engineer's choice",
    "choice": "the engineer's choice",
    "predicate": "the evidence",
    "recurrence": "the journal",
    "timer": "its time was up",
    "otherwise": "no other branch holds",
}


def spent(record: Record) -> list[tuple[Visit, float]]:
    """Return the seconds from each visit's beginning to the next one's, or to the end of the run."""
    state = record.state
    ends = [visit.event.wall for visit in state.visits[1:]]
    ends += [state.ended_wall or state.last_wall] if state.visits else []
    return [(visit, max(0.0, end - visit.event.wall)) for visit, end in zip(state.visits, ends, strict=True)]
