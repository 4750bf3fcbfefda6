"""A journal that goes on in a local file while its server is away, and what was kept there carried over later."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.errors import HeadMoved, StoreAway, StoreError, StoreFull
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease, Live, Store, Wanted
from runbook_runner.stores.sqlite import SqliteStore

T = TypeVar("T")
_AT_ONCE = 500


class SpareStore:
    """A store that stands in front of another, and of a file that takes its place once it is away.

    The file is never left again by this process: what others wrote meanwhile could make what it knows void.
    """

    def __init__(self, open_main: Callable[[], Store], spare: Path, tell: Callable[[str], None]) -> None:
        self.away = ""
        self.tell = tell
        self._path = spare
        self._main: Store | None = None
        self._spare: SqliteStore | None = None
        self._kept: dict[str, list[Event]] = {}
        """The runs that this process holds, as far as they are known: they must stand in the file if it is needed."""
        self._leases: dict[str, Lease] = {}
        """What was claimed of the main store, by run."""
        self._local: dict[str, Lease] = {}
        """What holds in the file instead."""
        try:
            self._main = open_main()
        except (StoreAway, StoreFull) as error:
            self._leave(error)

    @property
    def main(self) -> Store | None:
        """The store itself; None while it is away."""
        return self._main

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        """Append events of one run; to the file if the store went away, and there with what came before."""
        if not events:
            return
        run = events[0].run
        if self._main is not None:
            try:
                self._main.append(events, lease=lease)
            except (StoreAway, StoreFull) as error:
                # The store may have them all the same: they are the same events there and here.
                self._leave(error)
            else:
                if run in self._kept:
                    self._kept[run] += events
                return
        self._file().append(events, lease=self._local.get(run, lease) if lease else None)

    def events(self, run: str, *, after: int = 0) -> list[Event]:
        """Return a run's events in order of arrival, but for the first so many."""
        found = self._ask(lambda store: store.events(run, after=after))
        if run in self._kept and after == 0:
            self._kept[run] = list(found)
        return found

    def head(self, run: str) -> str:
        """Return the digest of the run's last event."""
        return self._ask(lambda store: store.head(run))

    def select(self, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return all runs' events of some types, oldest first."""
        return self._ask(lambda store: store.select(types, since=since))

    def matching(self, prefix: str) -> list[str]:
        """Return the runs whose id begins so, newest first."""
        return self._ask(lambda store: store.matching(prefix))

    def runs(self) -> list[str]:
        """Return every run, by id."""
        return self._ask(lambda store: store.runs())

    def find(self, wanted: Wanted, *, limit: int = 0) -> list[str]:
        """Return the runs that are wanted, newest first."""
        return self._ask(lambda store: store.find(wanted, limit=limit))

    def containing(self, text: str, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return events of some types, newest first, whose payload may hold a text."""
        return self._ask(lambda store: store.containing(text, types, since=since))

    def wait(self, seconds: float) -> None:
        """Return when anything may have been appended."""
        self._ask(lambda store: store.wait(seconds))

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease, or raise HeldElsewhere."""
        if self._main is not None:
            try:
                lease = self._main.claim(run, holder, now=now, ttl=ttl, take=take, over=over)
                self._kept[run] = self._main.events(run)
            except (StoreAway, StoreFull) as error:
                self._leave(error)
            else:
                self._leases[run] = lease
                return lease
        self._local[run] = self._file().claim(run, holder, now=now, ttl=ttl, take=take, over=over)
        return self._local[run]

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease, or raise HeldElsewhere."""
        if self._main is not None:
            try:
                self._leases[lease.run] = renewed = self._main.renew(lease, now=now, ttl=ttl)
            except (StoreAway, StoreFull) as error:
                self._leave(error)
            else:
                return renewed
        local = self._local.get(lease.run, lease)
        self._local[lease.run] = renewed = self._file().renew(local, now=now, ttl=ttl)
        return replace(renewed, token=lease.token)

    def release(self, lease: Lease) -> None:
        """Give the lease back."""
        if self._main is not None:
            try:
                self._main.release(lease)
            except (StoreAway, StoreFull) as error:
                self._leave(error)
        if self._main is None:
            self._file().release(self._local.pop(lease.run, lease))
        self._leases.pop(lease.run, None)
        self._kept.pop(lease.run, None)

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run."""
        found = self._ask(lambda store: store.lease(run))
        given, local = self._leases.get(run), self._local.get(run)
        if self._main is None and found and given and local and found.token == local.token:
            return replace(found, token=given.token)  # by the name that its holder knows it by
        return found

    def show(self, run: str, live: Live | None) -> None:
        """Let others see what the run's command prints."""
        self._ask(lambda store: store.show(run, live))

    def shown(self, run: str) -> Live | None:
        """Return what the run's command has printed so far."""
        return self._ask(lambda store: store.shown(run))

    def scrub(self, run: str, writer: str, seq: int) -> None:
        """Remove one event's payload; only in the store itself."""
        if self._main is None:
            raise StoreAway(self.away, "scrub it when the journal is back")
        self._main.scrub(run, writer, seq)

    def empty(self, runs: Sequence[str]) -> None:
        """Remove the payloads of whole runs; only in the store itself."""
        if self._main is None:
            raise StoreAway(self.away, "do it when the journal is back")
        self._main.empty(runs)

    def close(self) -> None:
        """Let go of both."""
        for store in (self._main, self._spare):
            if store is not None:
                store.close()

    def _ask(self, question: Callable[[Store], T]) -> T:
        if self._main is not None:
            try:
                return question(self._main)
            except (StoreAway, StoreFull) as error:
                self._leave(error)
        return question(self._file())

    def _file(self) -> SqliteStore:
        assert self._spare is not None  # noqa: S101 - there is one as soon as the store is away
        return self._spare

    def _leave(self, error: StoreError) -> None:
        """Go on in the file, with the runs that this process holds."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spare = SqliteStore.open(self._path)
        for run, events in self._kept.items():
            known = spare.events(run)
            if [event.digest for event in known] != [event.digest for event in events[: len(known)]]:
                raise error
            spare.append(events[len(known) :], lease=None)
            if given := self._leases.get(run):
                self._local[run] = spare.claim(run, given.holder, now=given.expires, ttl=0.0, take=True)
        if self._main is not None:
            self._main.close()
        self._main, self._spare, self.away = None, spare, error.message
        self.tell(f"{error.message}; it goes on in {self._path}. `runbook sync` carries it over when it is back")


class Carried(Struct, frozen=True):
    """What became of one run that was kept in the file."""

    run: str
    new: int
    """Events that the store did not have."""
    apart: int = 0
    """Events that cannot follow what the store has: the run went on there too."""


def carry_over(main: Store, spare: Path) -> list[Carried]:
    """Append to a store what was kept in a file while it was away; as often as one likes. Only what is new is told."""
    marks = spare.with_suffix(".carried")
    try:
        known: dict[str, Any] = json.loads(marks.read_text("utf-8"))
    except (OSError, ValueError):
        known = {}
    kept, found = SqliteStore.open(spare), []
    try:
        for run in kept.runs():
            head = kept.head(run)
            if known.get(run) == head:
                continue
            try:
                each = _carry(main, run, kept.events(run))
            except HeadMoved:  # another command carries it over too, and was quicker
                each = _carry(main, run, kept.events(run))
            found += [each] if each.new or each.apart else []
            if not each.apart:
                known[run] = head
    finally:
        kept.close()
    marks.write_text(json.dumps(known), encoding="utf-8")
    return found


def _carry(main: Store, run: str, events: list[Event]) -> Carried:
    there = [event.digest for event in main.events(run)]
    both = 0
    while both < min(len(there), len(events)) and there[both] == events[both].digest:
        both += 1
    if both == len(events):
        return Carried(run, 0)
    if both < len(there):
        return Carried(run, 0, len(events) - both)
    for start in range(both, len(events), _AT_ONCE):
        main.append(events[start : start + _AT_ONCE], lease=None)
    return Carried(run, len(events) - both)
