"""One connection to PostgreSQL that never keeps anybody waiting: it comes again when it is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from runbook_runner.errors import StoreAway, StoreError, StoreTooNew
from runbook_runner.stores._postgresql_errors import Words
from runbook_runner.stores._postgresql_often import Often
from runbook_runner.stores._sql import latest, migrations, queries

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import PQGen

T = TypeVar("T")
Row = tuple[Any, ...]
PATIENCE = 1.0
"""Seconds without a word from the server after which a step waits no longer."""
_OPENING = 3.0
"""The same for the first connection: far away, a login takes many round trips, and no step waits yet."""
_LONG = 300.0


class Lost(Exception):
    """The connection broke while something was asked; whether it was done is not known."""

    def __init__(self, error: StoreError) -> None:
        super().__init__(error.message)
        self.error = error


class Link:
    """Asks one database; used by one thread."""

    def __init__(self, url: str) -> None:
        self.words = Words(url)
        self.sql = queries("postgresql")
        self.skew = 0.0
        """Whole seconds by which the server's clock is ahead of ours: leases go by its clock."""
        self.standby = False
        self.pooled = False
        """Another client may have the server's process next: nothing that is set or locked for a session is ours."""
        self._careless = False
        """What the server's process does by itself is not careful enough, and cannot be set for a session."""
        self._url = url
        self._told_by: psycopg.Connection[Row] | None = None
        self._holds = False
        self._connection: psycopg.Connection[Row] | None = None
        self._cursor: psycopg.Cursor[Row] | None = None
        self._greet(self._connect(_OPENING))

    def ask(self, query: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
        """Return the rows of something that may be asked twice: a lost connection is tried once more."""
        try:
            return self.try_once(query, values)
        except Lost:
            try:
                return self.try_once(query, values)
            except Lost as again:
                raise again.error from again

    def try_once(self, query: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
        """Return the rows, none for a query without any; raises Lost, and StoreError for all other errors."""
        import psycopg

        cursor = self._cursor
        if cursor is None:
            self._again()
            cursor = self._cursor
            assert cursor is not None  # noqa: S101 - `_again` gives one or raises
        try:
            if self._careless and not query.startswith("BEGIN"):
                return self._carefully(cursor, query, values)
            cursor.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error as error:
            raise self._broken(error) from error

    def _carefully(
        self, cursor: psycopg.Cursor[Row], query: str, values: Mapping[str, Any] | Sequence[Any]
    ) -> list[Row]:
        try:
            cursor.execute(self.sql["careful"].encode())
            cursor.execute(query, values or None)
            rows = cursor.fetchall() if cursor.description else []
            cursor.connection.commit()
        except BaseException:
            with suppress(Exception):
                cursor.connection.rollback()
            raise
        return rows

    def put(self, query: str, values: Sequence[Any], often: Often) -> None:
        """Do what is done often; raises as `try_once` does."""
        import psycopg

        connection = self._connection
        try:
            # A word that comes with the answer would be waited for afterwards: whoever is told goes by psycopg.
            alone = connection is not None and self._told_by is None and not self.pooled
            if connection is not None and alone and often.done(connection, query, values):
                return
        except psycopg.Error as error:
            raise self._broken(error) from error
        self.try_once(query, values)

    @contextmanager
    def at_length(self) -> Iterator[psycopg.Cursor[Row]]:
        """Give a cursor in a transaction for what may take minutes; rows can be read from it as they come."""
        import psycopg

        self.ask(self.sql["at_length"])
        connection = self._connection
        assert connection is not None  # noqa: S101 - it has just answered
        try:
            with _patience(connection, _LONG):
                try:
                    with connection.cursor() as cursor:
                        yield cursor
                except BaseException:
                    with suppress(psycopg.Error):
                        connection.rollback()
                    raise
                connection.commit()
        except psycopg.Error as error:
            broken = self._broken(error)
            raise (broken.error if isinstance(broken, Lost) else broken) from error

    def outside(self, query: str) -> None:
        """Do what may take minutes and stands in no transaction."""
        import psycopg

        self.ask("SELECT 1" if self.pooled else "SET statement_timeout = 0")
        connection = self._connection
        assert connection is not None  # noqa: S101 - it has just answered
        try:
            with _patience(connection, _LONG):
                connection.execute(query)
                connection.execute(self.sql["settle"].format(pid=connection.info.backend_pid))
        except psycopg.Error as error:
            broken = self._broken(error)
            raise (broken.error if isinstance(broken, Lost) else broken) from error

    def listen(self, seconds: float) -> None:
        """Wait so long for a word of what was appended; the first call asks to be told."""
        import psycopg

        until = time.monotonic() + seconds
        if self._told_by is None or self._told_by is not self._connection:
            # Told only while somebody holds a lock that says so: one of those that watch holds it for all.
            if not (self.standby or self.pooled):
                self.ask("LISTEN runbook")
            self._told_by = self._connection
            return  # something may have been appended before
        try:
            if self.standby or self.pooled:
                time.sleep(min(seconds, 0.25))
                return
            if not self._holds:
                self._holds = bool(self.ask(self.sql["watching"])[0][0])
            assert self._connection is not None  # noqa: S101 - it has just answered
            # Until the lock is ours its holder may go away, so a look now and then makes sure.
            most = max(0.0, until - time.monotonic())
            for _ in self._connection.notifies(timeout=most if self._holds else min(most, 0.5), stop_after=1):
                return
        except psycopg.Error as error:
            broken = self._broken(error)
            raise (broken.error if isinstance(broken, Lost) else broken) from error

    def close(self) -> None:
        """Let go."""
        connection, self._connection, self._cursor = self._connection, None, None
        self._told_by, self._holds = None, False
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _broken(self, error: psycopg.Error) -> StoreError | Lost:
        """Return what to raise: an error of the server's, or that nothing more can come over this connection."""
        from psycopg.errors import _WaitTimeout

        connection = self._connection
        if isinstance(error, _WaitTimeout):
            self.close()
            # Not tried once more: she has waited long enough.
            return self.words.silent(PATIENCE)
        if connection is None or connection.closed or connection.broken:
            self.close()
            return Lost(self.words.of(error))
        return self.words.of(error)

    def _again(self) -> None:
        """Connect once more; a server that is only just being restarted is waited for."""
        until = time.monotonic() + PATIENCE
        while True:
            left = until - time.monotonic()
            try:
                self._greet(self._connect(max(0.1, left)))
            except StoreAway:
                if until - time.monotonic() < 0.1:
                    raise
                time.sleep(0.05)
            else:
                return

    def _connect(self, patience: float) -> psycopg.Connection[Row]:
        """Connect in a thread of its own: a name server or a firewall that says nothing would hold us for minutes."""
        import psycopg

        done, lock = threading.Event(), threading.Lock()
        found: list[psycopg.Connection[Row] | Exception] = []
        late = False

        def work() -> None:
            try:
                got: psycopg.Connection[Row] | Exception = _patient_class().connect(
                    self._url,
                    autocommit=True,
                    prepare_threshold=None,  # a pooler would give the next one to a server that prepared nothing
                    application_name="runbook",
                    client_encoding="utf8",
                )
            except Exception as error:  # noqa: BLE001 - told in the thread that waits
                got = error
            with lock:
                found.append(got)
                if late and isinstance(got, psycopg.Connection):
                    got.close()
            done.set()

        threading.Thread(target=work, daemon=True).start()
        hosts = self._url.count(",")  # each host that says nothing takes two seconds before the next is tried
        done.wait(patience + 2.2 * hosts)
        with lock:
            late = not found
        match found:
            case [psycopg.Connection() as connection]:
                return connection
            case [psycopg.ProgrammingError() as error]:
                why = self.words.of(error).message.removeprefix(f"the journal {self.words.url} failed: ")
                hint = "write postgresql://USER@HOST:PORT/DATABASE"
                raise StoreError(f"{self.words.url} names no journal: {why}", hint) from error
            case [psycopg.Error() as error]:
                raise self.words.of(error) from error
            case [Exception() as error]:
                raise error
            case _:
                raise self.words.silent(patience)

    def _greet(self, connection: psycopg.Connection[Row]) -> None:
        import psycopg

        try:
            began = time.time()
            row, version = self._introduced(connection)
            self.standby, encoding, now, pid, careless = row
            self.pooled = pid != connection.info.backend_pid
            self._careless = self.pooled and careless
            self.skew = float(round(now - (began + time.time()) / 2))
            if encoding != "UTF8":
                raise StoreError(f"the journal {self.words.url} is kept in {encoding}", "createdb -E UTF8 NAME")
            self._check_version(connection, version)
        except psycopg.Error as error:
            connection.close()
            raise self.words.of(error) from error
        except BaseException:
            connection.close()
            raise
        self._connection, self._cursor = connection, connection.cursor()

    def _introduced(self, connection: psycopg.Connection[Row]) -> tuple[Row, int]:
        """Return what the server says of itself, and the version of its journal: in one round trip where it has one."""
        from psycopg.errors import UndefinedTable

        settling = self.sql["settle"].format(pid=connection.info.backend_pid)
        greeting = f"{self.sql['greet']}; {settling}"
        try:
            cursor = connection.execute(f"{greeting}; {self.sql['version']}".encode())
        except UndefinedTable:
            row = connection.execute(greeting.encode()).fetchone()
            version = 0
        else:
            row = cursor.fetchone()
            version = cursor.set_result(-1).fetchall()[0][0]
        assert row is not None  # noqa: S101 - it selects one row
        return row, version

    def _check_version(self, connection: psycopg.Connection[Row], version: int) -> None:
        newest = latest("postgresql")
        if version > newest:
            raise StoreTooNew(
                f"a newer version of runbook made the journal {self.words.url} (its version is {version}, "
                f"this program knows {newest})",
                "upgrade runbook, or say --store with another one; nothing was changed",
            )
        if version < newest:
            self._migrate(connection, version)

    def _version(self, connection: psycopg.Connection[Row]) -> int:
        row = connection.execute(self.sql["version"]).fetchone()
        return int(row[0]) if row else 0

    def _migrate(self, connection: psycopg.Connection[Row], version: int) -> None:
        import psycopg

        try:
            with _patience(connection, _LONG), connection.transaction():
                connection.execute("SET LOCAL lock_timeout = 0")
                connection.execute(self.sql["migrating"])
                # Asked again: another process may have done it while we waited.
                row = connection.execute(self.sql["known"]).fetchone()
                version = self._version(connection) if row and row[0] else 0
                for number, text in migrations("postgresql", version):
                    connection.execute(text.encode())
                    connection.execute(self.sql["migrated"], {"version": number})
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction) as error:
            what = "holds no journal yet" if version == 0 else f"is of version {version}, older than this program"
            raise StoreError(
                f"the journal {self.words.url} {what}, and this role may not change that",
                "let the owner of the database run `runbook runs --store URL` once",
            ) from error


@contextmanager
def _patience(connection: psycopg.Connection[Row], seconds: float) -> Iterator[None]:
    was, connection.patience = connection.patience, seconds  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.patience = was  # type: ignore[attr-defined]


def _patient_class() -> type[psycopg.Connection[Row]]:
    """Return the class of connections that wait for an answer only so long; made when psycopg is needed."""
    import psycopg

    class Patient(psycopg.Connection[Row]):
        patience = PATIENCE

        def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)

    return Patient
