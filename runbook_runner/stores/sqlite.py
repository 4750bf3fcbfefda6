"""The journal in one SQLite file, durable event by event."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from runbook_runner.errors import StoreError, StoreTooNew
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease, Live, OpenStore, Store, Wanted
from runbook_runner.stores._rules import check_chain, check_claim, check_lease, held, unknown
from runbook_runner.stores._sql import latest, like, live_of, live_text, migrations, payload_text, queries
from runbook_runner.stores._sqlite_files import default_path, from_sqlite, inode, prepare, write_anew
from runbook_runner.stores._sqlite_write import CHECKPOINT, Errors, Log, Transaction

if TYPE_CHECKING:
    import sqlite3

__all__ = ["OPEN", "SqliteStore", "default_path"]

_APPLICATION = 0x52424A4C  # "RBJL": tells a journal from another program's database
_MILESTONES = frozenset({"run_started", "run_ended"})
"""Types of events that an index finds, in the journal of any size."""
_LOOK = 0.1
_WAIT = 5.0  # seconds for somebody else's transaction; ours take milliseconds


class SqliteStore:
    """A store in one SQLite file; used by one thread."""

    away = ""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._sql = _queries()
        self._errors = Errors(path)
        self._transaction = Transaction(connection)
        self._log = Log(path)
        self._file = inode(path)
        self._seen = 0

    @classmethod
    def open(cls, path: Path | str | None = None, *, wait: float = _WAIT) -> SqliteStore:
        """Open the journal, creating it if there is none; without a path, the user's own.

        `wait` is how many seconds to wait for another process. Raises StoreError.
        """
        import sqlite3  # 6 ms, and `--help` needs none of it

        own = path is None or Path(path) == default_path()
        place = default_path() if path is None else Path(path)
        prepare(place, own_folder=own)
        try:
            connection = sqlite3.connect(place, timeout=wait, isolation_level=None)
        except sqlite3.Error as error:
            raise from_sqlite(error, place) from error
        store = cls(connection, place)
        try:
            with store._errors:
                store._set_up_in_time(wait)
        except BaseException:
            connection.close()
            raise
        return store

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        """Append events of one run, durably and all or none."""
        if not events:
            return
        run = events[0].run
        self._keep_in_place()
        with self._errors, self._transaction as execute:
            if lease:
                check_lease(lease, self._lease(run))
            position, head = execute(self._sql["last"], {"run": run}).fetchone() or (0, "")
            check_chain(
                events,
                head,
                lambda writer: int(execute(self._sql["last_seq"], {"run": run, "writer": writer}).fetchone()[0]),
            )
            for event in events:
                position += 1
                payload = {"salt": event.salt, "body": payload_text(event)}
                stored = execute(self._sql["add_payload"], payload).lastrowid
                execute(self._sql["add_event"], _row(event, position, stored))
            self._log.make_room()

    def events(self, run: str, *, after: int = 0) -> list[Event]:
        """Return a run's events in order of arrival, but for the first so many."""
        asked = {"run": run, "after": after}
        with self._errors:
            return [_event(row) for row in self._connection.execute(self._sql["events_of_run"], asked)]

    def head(self, run: str) -> str:
        """Return the digest of the run's last event; empty when it has none."""
        with self._errors:
            row = self._connection.execute(self._sql["last"], {"run": run}).fetchone()
            return str(row[1]) if row else ""

    def select(self, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return all runs' events of some types, at or after a wall time, oldest first."""
        found: list[tuple[Any, ...]] = []
        with self._errors:
            for type_ in set(types):
                query = self._sql["milestones" if type_ in _MILESTONES else "events_of_type"]
                found += self._connection.execute(query, {"type": type_, "since": since})
        # By wall time, then run and position: events appended together share their time.
        return [_event(row) for row in sorted(found, key=lambda row: (row[4], row[0], row[13]))]

    def matching(self, prefix: str) -> list[str]:
        """Return the runs whose id begins so, newest first."""
        with self._errors:
            return [str(row[0]) for row in self._connection.execute(self._sql["runs"], {"prefix": prefix})]

    def runs(self) -> list[str]:
        """Return every run of which there is any event, by id."""
        with self._errors:
            return [str(row[0]) for row in self._connection.execute(self._sql["every_run"])]

    def find(self, wanted: Wanted, *, limit: int = 0) -> list[str]:
        """Return the runs that are wanted, newest first."""
        asked = {**asdict(wanted), "limit": limit or -1}
        with self._errors:
            return [str(row[0]) for row in self._connection.execute(self._sql["find"], asked)]

    def containing(self, text: str, types: Sequence[str], *, since: float = 0.0) -> list[Event]:
        """Return events of some types, newest first, whose payload may hold a text."""
        asked = {"like": like(text), "types": json.dumps(list(types)), "since": since}
        with self._errors:
            return [_event(row) for row in self._connection.execute(self._sql["containing"], asked)]

    def wait(self, seconds: float) -> None:
        """Return when another process has written, or after so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self._errors:
                version = self._connection.execute("PRAGMA data_version").fetchone()[0]
            if version != self._seen:
                self._seen = version
                return
            time.sleep(min(_LOOK, seconds))

    def claim(self, run: str, holder: Holder, *, now: float, ttl: float, take: bool = False, over: int = 0) -> Lease:
        """Take the lease, or raise HeldElsewhere."""
        with self._errors, self._transaction as execute:
            row = execute(self._sql["lease"], {"run": run}).fetchone()
            check_claim(run, holder, _held(row), now=now, take=take, over=over)
            lease = Lease(run, 1 + (row[1] if row else 0), holder, now + ttl)
            execute(
                self._sql["claim"],
                {
                    "run": run,
                    "token": lease.token,
                    "writer": holder.writer,
                    "who": holder.who,
                    "host": holder.host,
                    "pid": holder.pid,
                    "boot": holder.boot,
                    "expires": lease.expires,
                },
            )
        return lease

    def renew(self, lease: Lease, *, now: float, ttl: float) -> Lease:
        """Prolong the lease, or raise HeldElsewhere."""
        self._keep_in_place()
        with self._errors, self._transaction as execute:
            changed = {"run": lease.run, "token": lease.token, "expires": now + ttl}
            if execute(self._sql["renew"], changed).rowcount == 0:
                raise held(lease.run, self._lease(lease.run))
        return Lease(lease.run, lease.token, lease.holder, now + ttl)

    def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        with self._errors, self._transaction as execute:
            execute(self._sql["release"], {"run": lease.run, "token": lease.token})

    def lease(self, run: str) -> Lease | None:
        """Return who holds the run; None when nobody does."""
        with self._errors:
            return self._lease(run)

    def show(self, run: str, live: Live | None) -> None:
        """Let others see what the run's command prints; no write waits for the disk."""
        with self._errors:
            self._connection.execute("PRAGMA synchronous = NORMAL")
            try:
                with self._transaction as execute:
                    if live is None:
                        execute(self._sql["hide"], {"run": run})
                    else:
                        values = {"run": run, "attempt": live.attempt, "size": live.size, "body": live_text(live)}
                        execute(self._sql["show"], values)
            finally:
                self._connection.execute("PRAGMA synchronous = FULL")

    def shown(self, run: str) -> Live | None:
        """Return what the run's command has printed so far."""
        with self._errors:
            row = self._connection.execute(self._sql["shown"], {"run": run}).fetchone()
        return live_of(row) if row else None

    def scrub(self, run: str, writer: str, seq: int) -> None:
        """Remove one event's payload and salt for good, from the files too."""
        with self._errors:
            with self._transaction as execute:
                if execute(self._sql["scrub"], {"run": run, "writer": writer, "seq": seq}).rowcount == 0:
                    raise unknown(run, writer, seq)
                execute(self._sql["hide"], {"run": run})
            self._clear_log()

    def empty(self, runs: Sequence[str]) -> None:
        """Remove the payloads of whole runs for good, from the files too."""
        with self._errors:
            with self._transaction as execute:
                for run in runs:
                    execute(self._sql["empty"], {"run": run})
                    execute(self._sql["hide"], {"run": run})
            self._clear_log()

    def close(self) -> None:
        """Let go of the file."""
        self._log.close()
        with self._errors:
            self._connection.close()

    def _keep_in_place(self) -> None:
        """Write the journal again where its file was removed under it: what it holds would be gone with this process.

        StoreError, and a copy, where another file has taken its place.
        """
        there = inode(self._path)
        if there == self._file:
            return
        own = self._path == default_path()
        with self._errors:
            if there != (0, 0):
                aside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
                write_anew(self._connection, aside, own_folder=own)
                raise StoreError(
                    f"the journal {self._path} was replaced by another file while it was in use",
                    f"what it held is kept in {aside}: `runbook resume --store {aside}` goes on",
                )
            write_anew(self._connection, self._path, own_folder=own)
            lost, new = self._connection, SqliteStore.open(self._path)
            self._connection, self._transaction, self._log, self._file = (
                new._connection,
                new._transaction,
                new._log,
                new._file,
            )
            lost.close()

    def _clear_log(self) -> None:
        # The write-ahead log still holds what was written before: empty it.
        if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise StoreError(
                f"the text was removed, but another process keeps traces of it in {self._path}-wal",
                "end the other `runbook` processes and scrub once more",
            )

    def _lease(self, run: str) -> Lease | None:
        return _held(self._connection.execute(self._sql["lease"], {"run": run}).fetchone())

    def _set_up_in_time(self, wait: float) -> None:
        """Set up; several that make the journal at once get in each other's way, and SQLite does not wait then."""
        import sqlite3

        until = time.monotonic() + wait
        while True:
            try:
                self._set_up()
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                if not busy or time.monotonic() >= until:
                    raise
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                time.sleep(0.01)
            else:
                return

    def _set_up(self) -> None:
        pragma = self._connection.execute
        newest = latest("sqlite")
        if self._version() < newest:
            self._migrate()
        pragma("PRAGMA synchronous = FULL")
        pragma(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
        # Scrubbed text is overwritten, not just unlinked.
        pragma("PRAGMA secure_delete = ON")

    def _version(self) -> int:
        """Return the journal's version, 0 for an empty file; raises StoreTooNew, and StoreError if it is no journal."""
        version, application, empty = self._identity()
        if application != _APPLICATION and not (empty and version == 0):
            raise StoreError(f"{self._path} is the database of another program", "say --store with another path")
        if version > latest("sqlite"):
            raise StoreTooNew(
                f"a newer version of runbook wrote the journal {self._path} (its version is {version}, "
                f"this program knows {latest('sqlite')})",
                "upgrade runbook, or say --store with another path; nothing was changed",
            )
        return version

    def _identity(self) -> tuple[int, int, bool]:
        """Return version, application and whether there is nothing in it, all of one moment."""
        execute = self._connection.execute
        # Another process may be making the journal: between two reads it could turn into one.
        own = not self._connection.in_transaction
        if own:
            execute("BEGIN")
        try:
            version = int(execute("PRAGMA user_version").fetchone()[0])
            empty = execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
            return version, int(execute("PRAGMA application_id").fetchone()[0]), empty
        finally:
            if own:
                execute("ROLLBACK")

    def _migrate(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        with self._transaction as execute:
            # Asked again: another process may have done it while we waited.
            for number, text in migrations("sqlite", self._version()):
                for statement in _statements(text):
                    execute(statement)
                execute(f"PRAGMA user_version = {number}")
            execute(f"PRAGMA application_id = {_APPLICATION}")


@cache
def _queries() -> dict[str, str]:
    return queries("sqlite")


def _statements(text: str) -> list[str]:
    from sqlite3 import complete_statement  # knows where a trigger ends

    found = [""]
    for line in text.splitlines(keepends=True):
        found[-1] += line
        if line.rstrip().endswith(";") and complete_statement(found[-1]):
            found.append("")
    return [statement for statement in found if statement.strip()]


def _row(event: Event, position: int, payload: int | None) -> dict[str, Any]:
    return {
        "run": event.run,
        "position": position,
        "writer": event.writer,
        "seq": event.seq,
        "parent": event.parent,
        "wall": event.wall,
        "mono": event.mono,
        "boot": event.boot,
        "type": event.type,
        "version": event.version,
        "payload_digest": event.payload_digest,
        "digest": event.digest,
        "payload": payload,
    }


def _event(row: tuple[Any, ...]) -> Event:
    values = (*row[:11], row[11] or "", None if row[12] is None else json.loads(row[12]))
    return Event(*values)


def _held(row: tuple[Any, ...] | None) -> Lease | None:
    if row is None or not row[8]:
        return None
    run, token, writer, who, host, pid, boot, expires, _ = row
    return Lease(run, token, Holder(writer, who, host, pid, boot), expires)


def _open(target: str) -> Store:
    return SqliteStore.open(target.removeprefix("sqlite://") or None)


OPEN: OpenStore = _open
