"""Carrying over what was recorded in a file while the journal was away, beside what others did there meanwhile."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from runbook_runner.errors import HeadMoved
from runbook_runner.model import events as e
from runbook_runner.model.branches import OBSERVED, every, heads, lifted, split, wrapped
from runbook_runner.model.chain import decode
from runbook_runner.model.events import Event
from runbook_runner.ports import Clock, Store
from runbook_runner.run.journal import Happened, Journal

_AT_ONCE = 500
_TRIES = 20
"""So many others may come first."""


class Carried(Struct, frozen=True):
    """What became of one run that was kept in the file."""

    run: str
    new: int
    """Events that the journal did not have."""
    apart: bool = False
    """The run went on there too: both branches are kept, joined by a merge event."""
    by: str = ""
    """Who drove it there, where the journal's own branch says how the run stands."""


def carry_over(main: Store, kept: Store, marks: Path, clock: Clock) -> list[Carried]:
    """Append to a journal what was kept in a file while it was away; as often as one likes. Only what is new is told.

    `marks` is the file that remembers how far it came: without it, all is compared once more.
    """
    try:
        known: dict[str, Any] = json.loads(marks.read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    before, found = dict(known), []
    for run in kept.runs():
        events = kept.events(run) if known.get(run) != kept.head(run) else []
        if not events:
            continue
        each = carry(main, run, events, clock)
        found += [each] if each.new or each.apart else []
        known[run] = events[-1].digest
    if known != before:
        _keep(marks, known)
    return found


def _keep(marks: Path, known: dict[str, Any]) -> None:
    # Whole or not at all: several commands may do this at once.
    fresh = marks.with_name(f"{marks.name}.{os.getpid()}")
    fresh.write_text(json.dumps(known), encoding="utf-8")
    fresh.replace(marks)


def carry(main: Store, run: str, events: Sequence[Event], clock: Clock) -> Carried:
    """Append one run's events to a journal; beside what others appended there, where they cannot follow it.

    Killed or overtaken at any point of it, it is done again: what is there is seen by its hash.
    """
    for _ in range(_TRIES):
        try:
            return _carry(main, run, events, clock)
        except HeadMoved:  # another command carries it over too, or somebody drives it
            continue
    raise HeadMoved(f"run {run} is being written to by others all the time", "`runbook sync` tries it again")


def _carry(main: Store, run: str, events: Sequence[Event], clock: Clock) -> Carried:
    # A writer of its own: the numbers of this process may go on in the file.
    journal = Journal(main, run, clock, writer=os.urandom(6).hex())
    there = journal.catch_up()
    settled = set(heads(there))
    known = settled | {event.digest for event in (*there, *every(there))}
    new = _after(events, known)
    if new and all(_says_nothing_new(event, known) for event in new):
        return Carried(run, 0)
    head = there[-1].digest if there else ""
    place = next((place for place, event in enumerate(events) if event.parent == head), None)
    if place is not None:
        for start in range(place, len(events), _AT_ONCE):
            main.append(events[start : start + _AT_ONCE], lease=None)
        return Carried(run, len(new))
    line, branches = split(there)
    settled |= {event.digest for part in (there, line, *(each.events for each in branches)) for event in part}
    branch = _after(events, settled)
    if not branch:
        return Carried(run, len(new))
    stands = _stands(main, line, branch)
    kept = [wrapped(event) for event in new]
    while len(kept) > _AT_ONCE:
        journal.decide(*kept[:_AT_ONCE])
        kept = kept[_AT_ONCE:]
    merged = e.Merged((head, branch[-1].digest), branch[-1].digest if stands else "")
    journal.decide(*kept, merged, *(_ends(branch) if stands else ()))
    return Carried(run, len(new), apart=True, by="" if stands else _driver(line))


def _after(events: Sequence[Event], known: set[str]) -> Sequence[Event]:
    """Return the events after the last that is known: one before it that is not was scrubbed, and stays away."""
    places = (place for place in range(len(events), 0, -1) if events[place - 1].digest in known)
    return events[next(places, 0) :]


def _says_nothing_new(event: Event, known: set[str]) -> bool:
    """Say whether an event only joins what the journal has: a copy that was joined to it may come back for ever."""
    if event.type == "merged" and event.payload is not None:
        return known.issuperset(heads([event]))
    kept = lifted(event)
    return kept is not None and kept.digest in known


def _stands(main: Store, line: Sequence[Event], branch: Sequence[Event]) -> bool:
    """Say whether the run stands where the branch has brought it: nobody else decided anything or holds the lease."""
    place = next((place for place, event in enumerate(line, 1) if event.digest == branch[0].parent), None)
    if place is None or any(event.type not in OBSERVED for event in line[place:]):
        return False
    lease = main.lease(branch[0].run)
    return lease is None or lease.holder.writer in {event.writer for event in (*line[:place], *branch)}


def _ends(branch: Sequence[Event]) -> Iterator[Happened]:
    """Yield the end of a run once more, where lists of runs look for it."""
    for event in branch:
        if isinstance(body := decode(event), e.RunEnded):
            yield Happened(body, event.wall, event.mono, decided=False)


def _driver(line: Sequence[Event]) -> str:
    drove = [body.who for body in map(decode, line) if isinstance(body, e.RunStarted | e.DriverChanged)]
    return drove[-1] if drove else "somebody"
