"""Branches of a run: what went on out of touch with the journal lies in it event by event, and is told apart here.

The table knows one chain. An event of another branch stands in it inside an `apart` event, whole and with its own
hashes, and a `merged` event after the last of them names both heads. So no store and no query has to know of
branches, and whatever reads only the chain's own events reads where the run stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import asdict

from runbook_runner.model.events import Apart, Event

_NAMES = Event.__struct_fields__
_JOINING = frozenset({"apart", "merged"})
OBSERVED = _JOINING | {
    "attempt_ended",
    "escalation_answered",
    "noted",
    "output",
    "scrubbed",
    "state_carried",
    "timer_due",
    "warned",
}
"""Types of events that may follow whatever somebody else decided meanwhile: they decide nothing."""


class Branch(Struct, frozen=True):
    """What somebody did to a run in another place, in order."""

    before: tuple[Event, ...]
    """The run until then."""
    events: tuple[Event, ...]


def wrapped(event: Event) -> Apart:
    """Return what keeps an event of another branch."""
    return Apart(asdict(event))


def lifted(event: Event) -> Event | None:
    """Return the event that an `apart` event keeps; None for any other, and where it was scrubbed."""
    kept = event.payload.get("event") if event.type == "apart" and event.payload is not None else None
    if not isinstance(kept, dict) or not all(name in kept for name in _NAMES):
        return None
    return Event(**{name: kept[name] for name in _NAMES})


def every(events: Iterable[Event]) -> Iterator[Event]:
    """Yield the events of all branches, those of another in place of what keeps them."""
    for event in events:
        yield lifted(event) or event


def heads(events: Iterable[Event]) -> Iterator[str]:
    """Yield the hashes of the last events of all branches that were joined."""
    for event in events:
        if event.type in ("merged", "pruned") and event.payload is not None:
            yield from event.payload.get("heads", ())


def split(events: Iterable[Event]) -> tuple[list[Event], list[Branch]]:
    """Return the events that say where the run stands, in order, and the branches that went on beside them."""
    whole = list(events)
    if not any(event.type in _JOINING for event in whole):
        return whole, []
    line: list[Event] = []
    branches: list[Branch] = []
    waiting: dict[str, Event] = {}
    for event in whole:
        if event.type == "apart":
            if (kept := lifted(event)) is not None:
                waiting[kept.digest] = kept
            continue
        if event.type == "merged" and event.payload is not None and waiting:
            head = ["", *heads([event])][-1]
            branch = _taken(waiting, head, line)
            line = _joined(line, branches, branch, leads=event.payload.get("stands") == head)
        line.append(event)
    return line, branches


def _taken(waiting: dict[str, Event], head: str, line: Sequence[Event]) -> list[Event]:
    """Take the events that lead to a head out of those that wait, first ones first."""
    found: list[Event] = []
    while head in waiting:
        found.append(waiting.pop(head))
        head = found[-1].parent
    found.reverse()
    if found and waiting and all(event.digest != head for event in line):
        # One of them was scrubbed: what came before it is not found by its hash.
        found = [*waiting.values(), *found]
        waiting.clear()
    return found


def _joined(line: list[Event], branches: list[Branch], branch: list[Event], *, leads: bool) -> list[Event]:
    if not branch:
        return line
    fork = branch[0].parent
    place = next((place for place, event in enumerate(line, 1) if event.digest == fork), 0)
    if leads and (place or not fork):
        # What the journal has since then was only seen, not decided.
        return [*line, *branch]
    for number, known in enumerate(branches):
        if known.events[-1].digest == fork:
            branches[number] = Branch(known.before, (*known.events, *branch))
            return line
    branches.append(Branch(tuple(line[:place]), tuple(branch)))
    return line
