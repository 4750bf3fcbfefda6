"""A journal that goes on in a local file while its server is away, and what was kept there carried over later."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreAway, StoreError, StoreFull, StoreLocked
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease, Live, Store, Wanted
from runbook_runner.stores._knocking import Knocking, Knocks
from runbook_runner.stores.sqlite import SqliteStore

T = TypeVar("T")
_AT_ONCE = 500
_BUDGET = 0.3
"""Seconds after which coming back to the store is put off: nobody waits for it."""


class SpareStore:
    """A store that stands in front of another, and of a file that takes its place while it is away.

    Once it is back, what this process holds goes on there, if its leases can be had and nobody else appended; else in
    the file, to the end of this process: what others wrote meanwhile makes what it knows void.
    """

    def __init__(
        self,
        open_main: Callable[[], Store],
        spare: Path,
        tell: Callable[[str], None],
        knock: Callable[[Callable[[], Store], int], Knocks] = Knocking,
    ) -> None:
        self.away = ""
        self.tell = tell
        self._open_main = open_main
        self._path = spare
        self._main: Store | None = None
        self._spare: SqliteStore | None = None
        self._knock = knock
        self._knocking: Knocks | None = None
        self._kept: dict[str, list[Event]] = {}
        """The runs that this process holds, as far as they are known: they must stand in the file if it is needed."""
        self._held: dict[str, tuple[int, Lease]] = {}
        """By run, the token that its holder knows, and the lease that holds where it is kept now."""
        self._ttl = 60.0
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
        self._look(events[0].wall)
        if self._main is not None:
            try:
                self._main.append(events, lease=self._valid(lease) if lease else None)
            except (StoreAway, StoreFull) as error:
                # The store may have them all the same: they are the same events there and here.
                self._leave(error)
            else:
                if run in self._kept:
                    self._kept[run] += events
                return
        self._file().append(events, lease=self._valid(lease) if lease else None)

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
        self._look(time.time())
        self._ask(lambda store: store.wait(seconds))

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease, or raise HeldElsewhere."""
        self._ttl = ttl or self._ttl
        if self._main is not None:
            try:
                lease = self._main.claim(run, holder, now=now, ttl=ttl, take=take, over=over)
                self._kept[run] = self._main.events(run)
            except (StoreAway, StoreFull) as error:
                self._leave(error)
            else:
                self._held[run] = lease.token, lease
                return lease
        lease = self._file().claim(run, holder, now=now, ttl=ttl, take=take, over=over)
        self._held[run] = lease.token, lease
        return lease

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease, or raise HeldElsewhere."""
        self._look(now)
        renewed = self._ask(lambda store: store.renew(self._valid(lease), now=now, ttl=ttl))
        if lease.run in self._held:
            self._held[lease.run] = lease.token, renewed
        return replace(renewed, token=lease.token)

    def release(self, lease: Lease) -> None:
        """Give the lease back."""
        self._ask(lambda store: store.release(self._valid(lease)))
        if self._known(lease):
            self._held.pop(lease.run)
            self._kept.pop(lease.run, None)

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run."""
        found = self._ask(lambda store: store.lease(run))
        token, mine = self._held.get(run, (0, None))
        if found and mine and found.token == mine.token:
            return replace(found, token=token)  # by the name that its holder knows it by
        return found

    def _known(self, lease: Lease) -> bool:
        return lease.run in self._held and self._held[lease.run][0] == lease.token

    def _valid(self, lease: Lease) -> Lease:
        """Return what a lease is called where the run is kept now."""
        return self._held[lease.run][1] if self._known(lease) else lease

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
        if self._knocking is not None:
            self._knocking.stop()
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

    def _open_spare(self) -> SqliteStore:
        """Open the newest file, or one after it where a run went on in another way than in the store."""
        for number in count(len(spares(self._path)) or 1):
            path = self._path if number == 1 else self._path.with_stem(f"{self._path.stem}-{number}")
            spare = SqliteStore.open(path)
            if all(_begins(events, spare.events(run)) for run, events in self._kept.items()):
                self._path = path
                return spare
            spare.close()
        raise AssertionError

    def _leave(self, error: StoreError) -> None:
        """Go on in the file, with the runs that this process holds."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        spare = self._open_spare()
        for run, events in self._kept.items():
            spare.append(events[len(spare.events(run)) :], lease=None)
            if run in self._held:
                token, lease = self._held[run]
                self._held[run] = token, spare.claim(run, lease.holder, now=lease.expires, ttl=0.0, take=True)
        if self._main is not None:
            self._main.close()
        self._main, self._spare, self.away = None, spare, error.message
        self._knocking = self._knock(self._open_main, 0)
        self.tell(f"{error.message}; it goes on in {self._path}. `runbook sync` carries it over when it is back")

    def _look(self, now: float) -> None:
        """Go on in the store if it has answered meanwhile."""
        knocking = self._knocking
        store = knocking.answer() if knocking is not None else None
        if knocking is None or store is None:
            return
        try:
            self._come_back(store, now)
        except (StoreAway, StoreFull, StoreLocked):  # it has gone again, or takes its time
            store.close()
            self._knocking = self._knock(self._open_main, knocking.tries)
        except (HeadMoved, HeldElsewhere) as error:
            store.close()
            self._knocking = None
            text = f"the journal is back, but {error.message}: this goes on in {self._path}"
            self.tell(f"{text}; `runbook sync` joins it to what was done there")
        else:
            self.away, self._main, self._knocking = "", store, None
            self._file().close()
            self._spare = None
            self.tell("the journal is back: it has what was recorded here meanwhile, and goes on there")

    def _come_back(self, store: Store, now: float) -> None:
        """Take up in the store what is held in the file, all of it or nothing."""
        file, until = self._file(), time.monotonic() + _BUDGET
        here = {run: file.events(run) for run in self._held}
        there: dict[str, int] = {}
        for run, events in here.items():
            known, current = store.events(run), file.lease(run)
            if not _begins(events, known):
                raise HeadMoved(f"run {run} went on there too")
            if current is None or current.token != self._held[run][1].token:
                raise HeldElsewhere(f"somebody else drives run {run} here")
            there[run] = len(known)
        claimed: dict[str, Lease] = {}
        try:
            for run, (_, lease) in self._held.items():
                claimed[run] = store.claim(run, lease.holder, now=now, ttl=self._ttl)
                for start in range(there[run], len(here[run]), _AT_ONCE):
                    store.append(here[run][start : start + _AT_ONCE], lease=claimed[run])
                    if time.monotonic() > until:
                        raise StoreAway("it takes too long")
        except BaseException:
            for lease in claimed.values():
                with suppress(StoreAway, StoreFull):
                    store.release(lease)
            raise
        for run, lease in claimed.items():
            file.release(self._held[run][1])
            self._held[run] = self._held[run][0], lease
        self._kept = {run: here[run] for run in self._held}


def spares(first: Path) -> list[Path]:
    """Return the files that have taken the place of a store, the first one and those that had to follow it."""
    return [path for path in (first, *sorted(first.parent.glob(f"{first.stem}-*.db"))) if path.exists()]


def _begins(events: Sequence[Event], known: Sequence[Event]) -> bool:
    return [event.digest for event in known] == [event.digest for event in events[: len(known)]]
