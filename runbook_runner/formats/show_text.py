"""One run in the terminal: its visits, verdicts and attempts in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runbook_runner.formats import Record, record
from runbook_runner.formats import _story as s
from runbook_runner.formats._evidence import evidence
from runbook_runner.formats._words import at, bare, duration, one_line, outcome, since, size
from runbook_runner.model.state import Attempt, Visit
from runbook_runner.ports import Format

_LINES = 6


class ShowText:
    """`runbook show`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return a few lines on the run, then what happened."""
        of = record(subject)
        return "\n".join([*_header(of), "", *_entries(of)]) + "\n"


def _header(of: Record) -> Iterator[str]:
    state, started = of.state, of.state.started
    yield one_line(started.title if started else "(its start cannot be read)")
    why = f" ({one_line(state.detached)})" if state.detached else ""
    took = duration((state.ended_wall or state.last_wall) - state.wall)
    yield f"run {state.run}, {outcome(state.outcome)}{why}, {took}, started {at(state.wall)} UTC"
    if started and started.alert:
        yield f"alert {one_line(started.alert)}, page at {at(started.page)} UTC"
    for parameter in state.parameters.values():
        value = "(secret)" if parameter.secret or parameter.value is None else one_line(parameter.value, 60)
        yield f"  {parameter.name} = {value}  ({parameter.origin})"


def _entries(of: Record) -> Iterator[str]:
    used = {each.state.run: s.values(each) for each in s.whole(of)}
    for entry in s.story(of):
        time = f"{at(entry.wall, '%H:%M:%S')} {since(entry.wall, of.state.page):>7}"
        if entry.attempt:
            yield from _attempt(time, entry.attempt, used[entry.of.state.run].get(entry.attempt.start.attempt, ()))
        elif entry.kind == "visit":
            inside = "" if entry.of is of or not entry.of.runbook else f"{one_line(entry.of.runbook.title)} > "
            yield f"{time}  {inside}{one_line(entry.text)}"
        elif entry.visit:
            yield from _verdict(time, entry.of, entry.visit)
        else:
            label = f"{entry.kind}: " if entry.kind in ("note", "warning") else ""
            yield f"{time}  {label}{one_line(entry.text)}"


def _verdict(time: str, of: Record, visit: Visit) -> Iterator[str]:
    # The step stands above; a decision has nothing to pass, only ways to take.
    became = s.verdict(of, visit)
    lines = [became.upper() if became in ("passed", "failed") else became] if became else []
    lines += [each.text() for each in evidence(of, visit)]
    if visit.taken and (text := s.decision(visit.taken)):
        lines.append(f"-> {text}")
    for number, line in enumerate(lines):
        yield f"{'' if number else time:16}  {line}"


def _attempt(time: str, attempt: Attempt, values: Sequence[str]) -> Iterator[str]:
    lines = bare(attempt.start.text).rstrip("\n").split("\n")
    yield f"{time}  $ {lines[0]}"
    yield from (f"{'':20}{line}" for line in lines[1:])
    if values:
        yield f"{'':18}with {' '.join(values)}"
    yield f"{'':18}{s.ending(attempt)} [{attempt.start.effect}{', edited' if attempt.start.original else ''}]"
    for output in attempt.outputs:
        shown = bare(output.tail or output.head).rstrip("\n").split("\n")
        if len(shown) > _LINES or output.tail:
            yield f"{'':18}{output.stream}, {size(output.size)}, the last {min(len(shown), _LINES)} lines:"
        yield from (f"{'':18}| {line}" for line in shown[-_LINES:] if output.size)


FORMAT: Format = ShowText()
