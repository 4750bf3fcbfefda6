"""What stands around a write to the SQLite journal: the transaction, errors turned into words, room in its log.

Classes and no generators: each is passed through at every event.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from runbook_runner.stores._sqlite_files import from_sqlite

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

CHECKPOINT = 256
"""Pages after which SQLite empties its log, to begin again at its start: one that is used again soon stays small."""
_STRETCH = 32 * 4120
"""How far it grows at a time: 32 frames of a page and a header."""
_LARGEST = (CHECKPOINT + 8) * 4120


class Errors:
    """Turns what SQLite raises into a StoreError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if error is not None:
            import sqlite3

            if isinstance(error, sqlite3.Error):
                raise from_sqlite(error, self._path) from error


class Transaction:
    """One write, all or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Callable[..., sqlite3.Cursor]:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._connection.execute

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        try:
            if error is None:
                self._connection.execute("COMMIT")
        finally:
            # SQLite has rolled back by itself after some errors, a full disk among them.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


class Log:
    """The write-ahead log's file, grown ahead of its use.

    A file that grows makes each fdatasync write the file system's own journal too, which takes half as long again.
    So zeros are written behind the log's end, some transactions' worth at a time, and synced with the next of them.
    SQLite takes them for what a crash left: no frame, since their checksum is wrong.
    """

    def __init__(self, database: Path) -> None:
        self._path = f"{os.path.realpath(database)}-wal"
        self._fd = -1
        self._size = 0

    def make_room(self) -> None:
        """Grow the file if SQLite has outgrown it; only inside a transaction that writes, for nobody else does then."""
        try:
            if self._fd < 0:
                self._fd = os.open(self._path, os.O_WRONLY | os.O_CLOEXEC)
            # Not by stat: who asks for a file's times makes its next write slower.
            size = os.lseek(self._fd, 0, os.SEEK_END)
            if self._size < size < _LARGEST:
                self._size = size + os.pwrite(self._fd, bytes(_STRETCH), size)
        except OSError:  # SQLite says it better, should there be no room
            self._size = _LARGEST

    def close(self) -> None:
        """Let go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
