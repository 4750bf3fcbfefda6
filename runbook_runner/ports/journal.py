"""The port of the journal: what a store keeps, and who may decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from msgspec import Struct

from runbook_runner.model.events import Event


class Holder(Struct, frozen=True):
    """Who drives a run."""

    writer: str
    who: str
    host: str
    pid: int
    boot: str


class Lease(Struct, frozen=True):
    """The right to decide in a run; void once somebody took it."""

    run: str
    token: int
    """Grows with each claim: the fence of decisions."""
    holder: Holder
    expires: float
    """Wall time."""


class Wanted(Struct, frozen=True):
    """Which runs are asked for; what is empty does not matter."""

    service: str = ""
    runbook: str = ""
    """Stands in its path or title, in any case (of ASCII letters)."""
    who: str = ""
    """Drove it at some time."""
    since: float = 0.0
    """Begun at or after this wall time."""
    outcome: str = ""
    """How it ended, or `open` for those that have not."""
    held: float = 0.0
    """Somebody's lease lasts beyond this wall time; 0 for leases of no matter."""


class Live(Struct, frozen=True):
    """What a command has printed so far while it runs: shown to those who look on, and no part of the record."""

    attempt: int
    size: int
    """Characters that came."""
    pieces: tuple[tuple[str, str], ...]
    """The last of them, redacted: stream and text, in order."""


class Store(Protocol):
    """The journal: append-only, and the judge of who may decide.

    Errors are `StoreError`s: `HeadMoved` when the head is not the expected one, `HeldElsewhere` when the lease is void.
    """

    @property
    def away(self) -> str:
        """Why the journal is kept elsewhere for now; empty while it is where it belongs."""

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        """Append events of one run, chained to each other, durably and all or none.

        The first event's parent must be the run's head. Decisions carry a lease, which must still hold;
        observations carry none and are always accepted at the head.
        """

    def events(self, run: str, *, after: int = 0) -> list[Event]:
        """Return a run's events in order of arrival, but for the first so many; empty when it is not known."""

    def head(self, run: str) -> str:
        """Return the digest of the run's last event; empty when it has none."""

    def select(self, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return all runs' events of some types, at or after a wall time, oldest first."""

    def matching(self, prefix: str) -> list[str]:
        """Return the runs whose id begins so, newest first; all for an empty prefix."""

    def runs(self) -> list[str]:
        """Return every run of which there is any event, by id: those too whose first ones are missing."""

    def find(self, wanted: Wanted, *, limit: int = 0) -> list[str]:
        """Return the runs that are wanted, newest first; so many at most, 0 for all."""

    def containing(self, text: str, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return events of some types, newest first, whose payload may hold a text in any case.

        None that does is left out; the caller looks closer.
        """

    def wait(self, seconds: float) -> None:
        """Return when anything may have been appended by anybody, after so many seconds at the latest."""

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease if it is free, lapsed or our own (or anyway, with `take`); else HeldElsewhere.

        `over` is the token of a lease whose holder is known to be gone: of several that see so, one takes it.
        """

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease; HeldElsewhere if somebody took it."""

    def release(self, lease: Lease) -> None:
        """Give the lease back; a lease that is void already is no error."""

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run, lapsed or not; None when nobody does."""

    def show(self, run: str, live: Live | None) -> None:
        """Let others see what the run's command prints just now, in place of what they saw; None: nothing any more.

        It need not outlive a crash of the machine.
        """

    def shown(self, run: str) -> Live | None:
        """Return what the run's command has printed so far, as far as it was shown; it may be over by now."""

    def scrub(self, run: str, writer: str, seq: int) -> None:
        """Remove one event's payload and salt for good, and what was shown; its digests stay."""

    def empty(self, runs: Sequence[str]) -> None:
        """Remove the payloads and salts of whole runs for good, but those of `pruned` events; digests stay.

        Of no runs it only tells, by a StoreError, that this may not be done here.
        """

    def close(self) -> None:
        """Let go of files and connections."""


OpenStore = Callable[[str], Store]
"""Opens the store that a path or URL names; the engine's default for an empty one."""
