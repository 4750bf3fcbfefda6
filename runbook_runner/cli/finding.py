"""Looks for a text in what people wrote and what commands printed."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.formats import Hit
from runbook_runner.model import events as e
from runbook_runner.model.branches import lifted
from runbook_runner.model.chain import decode, type_name
from runbook_runner.model.events import Event
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Store

_BODIES = (e.Noted, e.Output, e.StepEnded, e.RunEnded, e.EscalationTried)
_TYPES = tuple(type_name(body) for body in _BODIES)
_APART = type_name(e.Apart)


def hits(journal: Store, text: str, since: float, limit: int) -> list[Hit]:
    """Return the lines that hold a text, newest event first."""
    found: list[Hit] = []
    known: dict[str, RunState] = {}
    for recorded in journal.containing(text, (*_TYPES, _APART), since=since):
        event = lifted(recorded) or recorded
        for line, number in _lines(event, text):
            if event.run not in known:
                known[event.run] = fold(event.run, journal.events(event.run))
            state = known[event.run]
            title = state.started.title if state.started else ""
            beside = next((each for each in state.apart if event in each.events), None)
            where, who = _place(event, beside.state if beside else state)
            who = who or (beside.who if beside else "")
            if where == "end" and any((hit.run, hit.wall, hit.line) == (event.run, event.wall, line) for hit in found):
                break  # the end of a branch that counts stands in the journal itself too
            found.append(Hit(event.run, title, event.wall, where, line, who, number - 1))
            break  # one line of an output tells; how many there are is told beside it
        if len(found) == limit:
            break
    return found


def _lines(event: Event, text: str) -> Iterator[tuple[str, int]]:
    wanted = text.casefold()
    for said in _said(event):
        if wanted in said.casefold():
            lines = [line for line in said.splitlines() if wanted in line.casefold()]
            # What stands on several lines is found on the first of them.
            yield (lines or said.splitlines() or [""])[0], max(1, len(lines))


def _said(event: Event) -> Iterator[str]:
    match decode(event):
        case e.Noted(text=text) | e.RunEnded(note=text) | e.StepEnded(reason=text) | e.EscalationTried(message=text):
            yield text
        case e.Output(head=head, tail=tail):
            yield head + tail if not tail else f"{head}\n{tail}"
        case _:
            pass


def _place(event: Event, state: RunState) -> tuple[str, str]:
    """Return what kind of text it is, and who wrote it or which step printed it."""
    match decode(event):
        case e.Output(attempt=attempt, stream=stream):
            known = state.attempts.get(attempt)
            return stream, known.start.step if known else ""
        case e.Noted():
            kind = "note"
        case e.StepEnded():
            kind = "reason"
        case e.EscalationTried():
            kind = "call"
        case _:
            kind = "end"
    drivers = [who for wall, who, _ in state.drivers if wall <= event.wall]
    return kind, drivers[-1] if drivers else ""
