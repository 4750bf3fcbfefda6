"""Results by number, of which only the places are kept in memory."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable
from contextlib import suppress

_FEW = 2000
"""So many results stay in memory: a file costs more than they do."""


class Spool:
    """Keeps what was found in ten thousand files in files without a name."""

    def __init__(self, count: int) -> None:
        self._kept: dict[int, bytes] = {}
        self._place, self._length = array("q", [-1]) * count, array("q", [0]) * count
        self._source = array("i", [0]) * count
        self._files = [anonymous()] if count > _FEW else []
        self._end = 0

    def __contains__(self, number: int) -> bool:
        return self._place[number] >= 0 or number in self._kept

    def __getitem__(self, number: int) -> bytes:
        if number in self._kept:
            return self._kept[number]
        if self._place[number] < 0:
            raise KeyError(number)
        return os.pread(self._files[self._source[number]], self._length[number], self._place[number])

    def front(self, number: int, size: int) -> bytes:
        """Return the first bytes of a result."""
        if number in self._kept:
            return self._kept[number][:size]
        return os.pread(self._files[self._source[number]], min(size, self._length[number]), self._place[number])

    def put(self, number: int, data: bytes) -> None:
        """Keep a result."""
        if not self._files:
            self._kept[number] = data
            return
        write(self._files[0], data, self._end)
        self._place[number], self._length[number], self._source[number] = self._end, len(data), 0
        self._end += len(data)

    def adopt(self, file: int, found: Iterable[tuple[int, int, int]]) -> None:
        """Take over a file that another process wrote results to: number, place and length of each."""
        if not self._files:
            self._files.append(anonymous())
            for number, data in self._kept.items():
                self.put(number, data)
            self._kept = {}
        source = len(self._files)
        self._files.append(file)
        for number, place, length in found:
            self._place[number], self._length[number], self._source[number] = place, length, source

    def close(self) -> None:
        """Let the files go."""
        for file in self._files:
            os.close(file)
        self._files, self._kept = [], {}


def anonymous() -> int:
    """Return a file without a name, gone with its last user."""
    folder = os.environ.get("TMPDIR") or "/tmp"  # noqa: S108 - never seen by a name
    with suppress(OSError, AttributeError):
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    import tempfile  # 9 ms: only where the system has no such files

    file, name = tempfile.mkstemp(prefix="runbook-lint-")
    os.unlink(name)  # noqa: PTH108
    return file


def write(file: int, data: bytes, place: int) -> None:
    """Write all of it, at a place."""
    view = memoryview(data)
    while view:
        count = os.pwrite(file, view, place)
        view, place = view[count:], place + count
