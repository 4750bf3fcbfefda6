"""The writing side of a run: turns what happened into chained events, and remembers the head it saw."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from msgspec import Struct

from runbook_runner.errors import HeadMoved
from runbook_runner.model.chain import decode, seal
from runbook_runner.model.events import Body, Event
from runbook_runner.ports import Clock, Lease, Store

WRITER = os.urandom(6).hex()
_TRIES = 50
# Read aloud at night: nothing that sounds or looks like something else.
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"


class Happened(Struct, frozen=True):
    """What happened, and when; for what is recorded a moment later."""

    body: Body
    wall: float
    mono: float
    decided: bool
    """A decision of this process, which needs the lease; else an observation."""


class Journal:
    """One run's events, as one process appends them."""

    def __init__(
        self,
        store: Store,
        run: str,
        clock: Clock,
        lease: Lease | None = None,
        *,
        writer: str = "",
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.run = run
        self.writer = writer or WRITER
        self.lease = lease
        self.on_event = on_event
        self._store = store
        self._clock = clock
        self._head: str | None = None
        self._seq = 0
        self._doubt = False

    def decide(self, *bodies: Body | Happened) -> list[Event]:
        """Append what was decided here, and return its events.

        Raises HeldElsewhere if the lease is void and HeadMoved if somebody wrote since: then nothing was appended,
        and `catch_up` returns what this process does not know.
        """
        news = self._begin()
        if any(event.writer != self.writer for event in news):
            raise HeadMoved(f"run {self.run} has moved on", f"`runbook show {self.run}` says what happened")
        self._adopt(news)
        return self._told(news + self._append(bodies, self.lease))

    def observe(self, *bodies: Body | Happened) -> list[Event]:
        """Append what was seen, whoever holds the run; returns all events that are new here, others' first."""
        news = self._begin()
        self._adopt(news)
        for _ in range(_TRIES):
            try:
                return self._told(news + self._append(bodies, None))
            except HeadMoved:
                news += self.catch_up()
        return self._told(news + self._append(bodies, None))

    def catch_up(self) -> list[Event]:
        """Move on to the run's head, and return the events since the one known here."""
        news = self._news()
        self._adopt(news)
        return news

    def _begin(self) -> list[Event]:
        if self._head is None:
            # What is there already, the caller has read, or had no need to.
            self._head = ""
            self._adopt(self._store.events(self.run))
        # After an append that ended in an error, its events may be stored all the same.
        return self._news() if self._doubt else []

    def _news(self) -> list[Event]:
        events = self._store.events(self.run)
        since = next((place for place, event in enumerate(events, 1) if event.digest == self._head), 0)
        return events[since:]

    def _adopt(self, news: Sequence[Event]) -> None:
        if news:
            self._head = news[-1].digest
            self._seq = max((event.seq for event in news if event.writer == self.writer), default=self._seq)
        self._doubt = False

    def _append(self, bodies: Sequence[Body | Happened], lease: Lease | None) -> list[Event]:
        if not bodies:
            return []
        wall, mono, boot = self._clock.wall(), self._clock.mono(), self._clock.boot()
        head = self._head or ""
        events = []
        for seq, body in enumerate(bodies, self._seq + 1):
            known = body if isinstance(body, Happened) else Happened(body, wall, mono, decided=True)
            events.append(
                seal(
                    known.body,
                    run=self.run,
                    writer=self.writer,
                    seq=seq,
                    parent=head,
                    wall=known.wall,
                    mono=known.mono,
                    boot=boot,
                    salt=os.urandom(16).hex(),
                )
            )
            head = events[-1].digest
        self._doubt = True
        try:
            self._store.append(events, lease=lease)
        except HeadMoved:
            self._doubt = False
            raise
        self._head, self._seq, self._doubt = head, self._seq + len(events), False
        return events

    def _told(self, events: list[Event]) -> list[Event]:
        if self.on_event is not None:
            for event in events:
                self.on_event(event)
        return events


def body_of(event: Event) -> Body:
    """Return what an event says, brought up to this version; `Unreadable` where nothing can be read."""
    return decode(event)


def new_run_id(clock: Clock) -> str:
    """Return a new run's name: UTC minute and four characters, such as `20261123-1104-k3f9`."""
    minute = time.strftime("%Y%m%d-%H%M", time.gmtime(clock.wall()))
    return f"{minute}-{''.join(_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(4))}"
