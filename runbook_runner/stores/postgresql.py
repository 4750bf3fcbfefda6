"""The journal in a PostgreSQL database, shared by a team."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from msgspec.structs import asdict

from runbook_runner.errors import HeadMoved, StoreError
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease, Live, OpenStore, Store, Wanted
from runbook_runner.stores._postgresql_errors import MOVED, NUMBER, VOID
from runbook_runner.stores._postgresql_link import PATIENCE, Link, Lost
from runbook_runner.stores._postgresql_often import Often
from runbook_runner.stores._rules import check_chain, held, moved, refused, unknown
from runbook_runner.stores._sql import like, live_of, live_text, payload_text

_KINDS = (*("text",) * 2, "int4", "text", *("float8",) * 2, *("text",) * 2, "int4", *("text",) * 4, "int8")
"""Types of what `_row` returns."""
_MILESTONES = frozenset({"run_started", "run_ended"})


class PostgresStore:
    """A store in a PostgreSQL database; used by one thread.

    No call waits for longer than a second for a server that says nothing, but those that read or clear everything.
    """

    away = ""

    def __init__(self, url: str) -> None:
        self._link = Link(url)
        self._sql = self._link.sql
        self._inserts = Often(_KINDS, PATIENCE)

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        """Append events of one run, durably and all or none; the database itself judges head and lease."""
        if not events:
            return
        first = {event.writer: event.seq - 1 for event in reversed(events)}
        check_chain(events, events[0].parent, first.__getitem__)
        query = _insert(self._sql["add_events"], len(events))
        values = [value for event in events for value in _row(event, lease)]
        try:
            self._link.put(query, values, self._inserts)
        except Lost:
            self._append_again(query, values, events, lease)
        except StoreError as error:
            raise self._told(error, events, lease) from error

    def _append_again(self, query: str, values: list[Any], events: Sequence[Event], lease: Lease | None) -> None:
        """Append what may have been stored before the connection broke; once at most, since the head says so."""
        try:
            self._link.put(query, values, self._inserts)
        except Lost as lost:
            raise lost.error from lost
        except StoreError as error:
            why = self._told(error, events, lease)
            if not (isinstance(why, HeadMoved) and self._stored(events)):
                raise why from error

    def _stored(self, events: Sequence[Event]) -> bool:
        digests = [event.digest for event in events]
        rows = self._link.ask(self._sql["stored"], {"run": events[0].run, "digests": digests})
        return bool(rows[0][0] == len(events))

    def _told(self, error: StoreError, events: Sequence[Event], lease: Lease | None) -> Exception:
        """Return what the database's own judgement of an append means."""
        run = events[0].run
        match getattr(error.__cause__, "sqlstate", ""):
            case code if code == MOVED:
                return moved(run)
            case code if code == VOID:
                return held(run, self.lease(run))
            case code if code == NUMBER:
                return refused(events[0], [str(error.__cause__).splitlines()[0]])
            case _:
                return error

    def events(self, run: str, *, after: int = 0) -> list[Event]:
        """Return a run's events in order of arrival, but for the first so many."""
        return [_event(row) for row in self._link.ask(self._sql["events_of_run"], {"run": run, "after": after})]

    def head(self, run: str) -> str:
        """Return the digest of the run's last event; empty when it has none."""
        rows = self._link.ask(self._sql["head"], {"run": run})
        return str(rows[0][0]) if rows else ""

    def select(self, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return all runs' events of some types, at or after a wall time, oldest first."""
        found: list[tuple[Any, ...]] = []
        for type_ in set(types):
            query = self._sql["milestones" if type_ in _MILESTONES else "events_of_type"]
            with self._link.at_length() as cursor:
                found += cursor.execute(query, {"type": type_, "since": since})
        # By wall time, then run and position: events appended together share their time.
        return [_event(row) for row in sorted(found, key=lambda row: (row[4], row[0], row[13]))]

    def matching(self, prefix: str) -> list[str]:
        """Return the runs whose id begins so, newest first."""
        return [str(row[0]) for row in self._link.ask(self._sql["runs"], {"prefix": prefix})]

    def runs(self) -> list[str]:
        """Return every run of which there is any event, by id."""
        with self._link.at_length() as cursor:
            return [str(row[0]) for row in cursor.execute(self._sql["every_run"])]

    def find(self, wanted: Wanted, *, limit: int = 0) -> list[str]:
        """Return the runs that are wanted, newest first."""
        held = wanted.held + self._link.skew if wanted.held else 0.0
        asked = {**asdict(wanted), "limit": limit or None, "held": held}
        with self._link.at_length() as cursor:
            return [str(row[0]) for row in cursor.execute(self._sql["find"], asked)]

    def containing(self, text: str, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return events of some types, newest first, whose payload may hold a text."""
        asked = {"like": like(text), "types": list(types), "since": since}
        with self._link.at_length() as cursor:
            return [_event(row) for row in cursor.execute(self._sql["containing"], asked)]

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease, or raise HeldElsewhere."""
        asked = {
            "run": run,
            "writer": holder.writer,
            "who": holder.who,
            "host": holder.host,
            "pid": holder.pid,
            "boot": holder.boot,
            "now": now + self._link.skew,
            "ttl": ttl,
            "take": take,
            "over": over,
        }
        current = self._lease(self._link.ask(self._sql["claim"], asked))
        if current is None or current.holder.writer != holder.writer:
            raise held(run, current)
        return current

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease, or raise HeldElsewhere."""
        asked = {"run": lease.run, "token": lease.token, "expires": now + ttl + self._link.skew}
        if not self._link.ask(self._sql["renew"], asked)[0][0]:
            raise held(lease.run, self.lease(lease.run))
        return Lease(lease.run, lease.token, lease.holder, now + ttl)

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        self._link.ask(self._sql["release"], {"run": lease.run, "token": lease.token})

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run; None when nobody does."""
        return self._lease(self._link.ask(self._sql["lease"], {"run": run}))

    def show(self, run: str, live: Live | None) -> None:
        """Let others see what the run's command prints."""
        asked = {"run": run, "attempt": 0, "size": 0, "body": None}
        if live is not None:
            asked |= {"attempt": live.attempt, "size": live.size, "body": live_text(live)}
        self._link.ask(self._sql["show"], asked)

    @property
    def glimpses(self) -> bool:
        """Whether `shown` can say anything here: what commands print while they run never reaches a standby."""
        return not self._link.standby

    def shown(self, run: str) -> Live | None:
        """Return what the run's command has printed so far; a standby is not told."""
        rows = [] if self._link.standby else self._link.ask(self._sql["shown"], {"run": run})
        return live_of(rows[0]) if rows else None

    def scrub(self, run: str, writer: str, seq: int) -> None:
        """Remove one event's payload and salt for good; only the journal's owner may.

        Backups, archived logs of the server and replicas that lag behind keep what they have.
        """
        with self._link.at_length() as cursor:
            cursor.execute(self._sql["scrub"], {"run": run, "writer": writer, "seq": seq})
            if cursor.rowcount == 0:
                raise unknown(run, writer, seq)
            cursor.execute(self._sql["hide"], {"runs": [run]})
        self._link.outside(self._sql["sweep"])

    def wait(self, seconds: float) -> None:
        """Return when somebody has appended, or after so many seconds."""
        self._link.listen(seconds)

    def empty(self, runs: Sequence[str]) -> None:
        """Remove the payloads of whole runs for good; only the journal's owner may, which is asked of no runs too."""
        with self._link.at_length() as cursor:
            cursor.execute(self._sql["empty"], {"runs": list(runs)})
            cursor.execute(self._sql["hide"], {"runs": list(runs)})
        if runs:
            self._link.outside(self._sql["sweep"])

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()

    def _lease(self, rows: Sequence[tuple[Any, ...]]) -> Lease | None:
        for run, token, _, writer, who, host, pid, boot, expires in rows:
            return Lease(run, token, Holder(writer, who, host, pid, boot), expires - self._link.skew)
        return None


@cache
def _insert(beginning: str, count: int) -> str:
    return beginning + ", ".join([f"({', '.join(['%s'] * 14)})"] * count)


def _row(event: Event, lease: Lease | None) -> tuple[Any, ...]:
    return (
        event.run,
        event.writer,
        event.seq,
        event.parent,
        event.wall,
        event.mono,
        event.boot,
        event.type,
        event.version,
        event.payload_digest,
        event.digest,
        event.salt,
        payload_text(event),
        lease.token if lease else None,
    )


def _event(row: tuple[Any, ...]) -> Event:
    values = (*row[:11], row[11] or "", None if row[12] is None else json.loads(row[12]))
    return Event(*values)


def _open(target: str) -> Store:
    return PostgresStore(target)


OPEN: OpenStore = _open
