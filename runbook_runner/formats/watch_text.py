"""What happens in a run that is watched, as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from runbook_runner.formats import Glimpse, Moment
from runbook_runner.formats import _story as s
from runbook_runner.formats._evidence import evidence
from runbook_runner.formats._words import at, bare, one_line, outcome, size
from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.ports import Format

_LINES = 40
"""Of an output that are shown, the last ones."""


class WatchText:
    """`runbook watch`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return the lines for one event; none where it says nothing to a person."""
        if isinstance(subject, Glimpse):
            return _rows(_glimpse(subject), subject.wall, subject.label)
        moment: Moment = subject
        return _rows(_lines(moment), moment.event.wall, moment.label)


def _rows(lines: Iterable[str], wall: float, label: str) -> str:
    time = at(wall, "%H:%M:%SZ")
    before = f"{label}  " if label else ""
    rows = [line for text in lines for line in text.split("\n")]
    below = " " * len(time)
    return "".join(f"{before}{below if number else time}  {row}\n" for number, row in enumerate(rows))


def _glimpse(of: Glimpse) -> Iterator[str]:
    text = bare(of.text)
    text = text.removeprefix("\n") if of.goes_on else text
    if not text:
        return
    lines = text.rstrip("\n").split("\n")
    if of.missed or len(lines) > _LINES:
        yield f"[… the last {min(len(lines), _LINES)} lines that it printed …]"
    yield from (f"| {line}" for line in lines[-_LINES:])


def _lines(moment: Moment) -> Iterator[str]:
    match decode(moment.event):
        case e.RunStarted(title=title, who=who, host=host, alert=alert):
            yield f"{one_line(who)} on {one_line(host)} started: {one_line(title)}"
            if alert:
                yield f"  for {one_line(alert)}"
        case e.DriverChanged(who=who, host=host, how=how):
            yield f"{one_line(who)} on {one_line(host)} {'took the run over' if how == 'take' else 'resumed the run'}"
        case e.Detached(reason):
            yield f"nobody drives it: {one_line(reason)}"
        case e.HandedOver(who=who, to=to, note=note):
            yield f"{one_line(who)} handed it to {one_line(to)}{f': {one_line(note)}' if note else ''}"
        case e.AttemptStarted() | e.AttemptEnded() | e.Output() as body:
            yield from _command(moment, body)
        case e.Visited() | e.Judged() | e.StepEnded() | e.BranchTaken() as body:
            yield from _step(moment, body)
        case e.RunEnded(outcome=ended, note=note):
            yield f"ended {outcome(ended)}{f': {one_line(note)}' if note else ''}"
        case body:
            yield from _besides(body)


def _command(moment: Moment, body: e.AttemptStarted | e.AttemptEnded | e.Output) -> Iterator[str]:
    match body:
        case e.AttemptStarted(text=text, effect=effect, original=original):
            first, *rest = bare(text).rstrip("\n").split("\n")
            yield f"$ {first}"
            yield from (f"  {line}" for line in rest)
            yield f"  [{effect}{', edited' if original else ''}]"
        case e.Output() if moment.rest is not None:
            if left := bare(moment.rest).strip("\n"):
                yield from (f"| {line}" for line in left.split("\n")[-_LINES:])
        case e.Output(stream=stream, size=came, kept=kept) if came:
            lines = bare(body.head + body.tail).rstrip("\n").split("\n")
            if len(lines) > _LINES or kept < came:
                yield f"{stream}, {size(came)}, the last {min(len(lines), _LINES)} lines:"
            yield from (f"| {line}" for line in lines[-_LINES:])
        case e.AttemptEnded(attempt=number) if number in moment.of.state.attempts:
            yield s.ending(moment.of.state.attempts[number])
        case _:
            pass


def _step(moment: Moment, body: e.Visited | e.Judged | e.StepEnded | e.BranchTaken) -> Iterator[str]:
    visit = moment.of.state.visit
    match body:
        case e.Visited(step=step):
            yield f"> {s.title(moment.of, step)}"
        case e.Judged() if visit is not None:
            yield from (each.text() for each in evidence(moment.of, visit))
        case e.StepEnded() if visit is not None:
            if became := s.verdict(moment.of, visit):
                yield became.upper() if became in ("passed", "failed") else became
        case e.BranchTaken(how=how) if how != "start":
            if text := s.decision(body):
                yield f"-> {text}"
        case _:
            pass


def _besides(body: e.Body) -> Iterator[str]:
    match body:
        case e.Noted(text=text):
            yield f"note: {one_line(text)}"
        case e.Warned(text=text):
            yield f"warning: {one_line(text)}"
        case e.TimerDue(text=text):
            yield f"due: {one_line(text).removesuffix(' - key x')}"
        case e.ParameterSet(name=name, value=value, origin=origin):
            yield f"{name} = {'(secret)' if value is None else one_line(value)} ({origin})"
        case e.GuardAnswered(text=text, holds=holds):
            yield f"{one_line(text)}: {'yes' if holds else 'no'}"
        case e.EscalationTried(to=to, via=via):
            yield f"called {one_line(to)}{f' via {one_line(via)}' if via else ''}"
        case e.EscalationAnswered(to=to, result=result):
            yield f"{one_line(to)}: {one_line(result)}"
        case e.ChildEntered(path=path, run=child):
            yield f"went on in {one_line(path)} (run {child})"
        case e.ChildReturned(run=child, outcome=ended):
            yield f"back from run {child}: {outcome(ended)}"
        case e.Scrubbed(who=who, reason=reason):
            yield f"{one_line(who)} scrubbed a text: {one_line(reason)}"
        case e.Merged(stands=stands):
            how = "" if stands else " as a branch"
            yield f"what was recorded out of touch was joined to it{how}: `runbook show` tells it"
        case _:
            pass


FORMAT: Format = WatchText()
