"""Keeps what is known of documents from one call to the next, in one file for each folder of runbooks.

A record counts for as long as the document's bytes, this program, and the day are the same: rules may be about dates.
The file holds the records, then where each is. It is replaced whole, and taken for absent when anything is odd.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Struct

from runbook_runner.lint.spool import write

_MAGIC = b"runbook-lint-2\n"
_TAIL = 12
"""Checksum and length of the index."""
_OLD = 30 * 86400
"""Seconds after which what nobody has written to is removed."""
_MOST = 100_000
"""So many documents are kept."""

Row = tuple[bytes, int, int, int]
"""Digest of the document; place, length and checksum of its record."""


class _Index(Struct, frozen=True, array_like=True):
    stamp: str
    among: tuple[str, ...]
    rows: dict[str, Row]
    """By absolute path."""


class Cache:
    """The records of an earlier call, and a place for those of this one."""

    def __init__(self, path: str, stamp: str) -> None:
        """Open what is kept at a path (none: keep nothing) for the stamp of the program and the day."""
        self._path = path
        self._stamp = stamp
        self._file = -1
        self._index = _Index(stamp, (), {})
        if path:
            with suppress(OSError, ValueError, msgspec.DecodeError):
                self._open()

    @property
    def used(self) -> bool:
        """Whether anything is to be kept."""
        return bool(self._path)

    @property
    def filled(self) -> bool:
        """Whether there is anything in it."""
        return bool(self._index.rows)

    @property
    def among(self) -> tuple[str, ...]:
        """Codes of the rules about many documents: the others need not be loaded when nothing has changed."""
        return self._index.among

    def has(self, path: str, digest: bytes) -> bool:
        """Say whether there is a record of a document with that digest; it may still turn out to be damaged."""
        row = self._index.rows.get(path)
        return row is not None and row[0] == digest

    def record(self, path: str, digest: bytes) -> bytes | None:
        """Return what is kept of a document with that digest; None when nothing is, or it is damaged."""
        row = self._index.rows.get(path)
        if row is None or row[0] != digest:
            return None
        try:
            data = os.pread(self._file, row[2], row[1])
        except OSError:
            return None
        return data if crc32(data) == row[3] else None

    def save(self, among: tuple[str, ...], records: Iterable[tuple[str, bytes, bytes]], seen: Collection[str]) -> None:
        """Keep records (path, digest, bytes); those of files that were not seen now stay while the files do."""
        if not self._path:
            return
        with suppress(OSError):
            with replacing(self._path) as file:
                self._write(file, among, records, seen)
            self._sweep()

    def close(self) -> None:
        """Let go of the file; nothing more is asked of it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        self._file, whole = opened(self._path)
        if os.pread(self._file, len(_MAGIC), 0) != _MAGIC:
            return
        tail = os.pread(self._file, _TAIL, whole - _TAIL)
        size = int.from_bytes(tail[4:], "little")
        if size > whole:
            return
        data = os.pread(self._file, size, whole - _TAIL - size)
        if crc32(data) != int.from_bytes(tail[:4], "little"):
            return
        index = msgspec.msgpack.decode(data, type=_Index)
        if index.stamp == self._stamp:
            self._index = index

    def _write(
        self, file: int, among: tuple[str, ...], records: Iterable[tuple[str, bytes, bytes]], seen: Collection[str]
    ) -> None:
        place = len(_MAGIC)
        write(file, _MAGIC, 0)
        rows: dict[str, Row] = {}
        for source in (records, self._others(seen)):
            for path, digest, data in source:
                if len(rows) < _MOST and (path.isascii() or _is_text(path)):
                    write(file, data, place)
                    rows[path] = digest, place, len(data), crc32(data)
                    place += len(data)
        index = msgspec.msgpack.encode(_Index(self._stamp, among, rows))
        write(file, index + crc32(index).to_bytes(4, "little") + len(index).to_bytes(8, "little"), place)

    def _others(self, seen: Collection[str]) -> Iterator[tuple[str, bytes, bytes]]:
        for path, row in self._index.rows.items():
            if path not in seen and os.path.exists(path):  # noqa: PTH110 - ten thousand of them
                data = self.record(path, row[0])
                if data is not None:
                    yield path, row[0], data

    def _sweep(self) -> None:
        before = time.time() - _OLD
        for entry in os.scandir(Path(self._path).parent):
            with suppress(OSError):
                if entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before:
                    os.unlink(entry.path)  # noqa: PTH108


def opened(path: str) -> tuple[int, int]:
    """Open what is kept, and return its size; OSError when it is not this user's own."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    about = os.fstat(file)
    # Another user's file could say that there is nothing wrong with a document.
    if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o022:
        os.close(file)
        raise PermissionError(path)
    return file, about.st_size


@contextmanager
def replacing(path: str) -> Iterator[int]:
    """Give a file to write to, which takes the place of what is kept once it is whole."""
    part = f"{path}.{os.getpid()}"
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield file
        os.replace(part, path)  # noqa: PTH105
    finally:
        os.close(file)
        with suppress(FileNotFoundError):
            os.unlink(part)  # noqa: PTH108


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # a name in another encoding
        return False
    return True
