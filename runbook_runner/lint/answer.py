"""Keeps the whole answer of a call: when nothing that it rests on has changed, it is told again as it is.

It rests on how lint was called, on each document, and on what was asked of the disk besides. A document counts as the
same by what the system says of the file, as in git: times, size, number. One that was written to in the two seconds
before it was read may have changed since within the same tick of a clock, so its bytes are compared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from zlib import crc32

import msgspec
from msgspec import Struct

from runbook_runner.lint.cache import opened, replacing
from runbook_runner.lint.digest import digest
from runbook_runner.lint.facts import Facts, holds
from runbook_runner.lint.records import contents
from runbook_runner.lint.spool import anonymous, write
from runbook_runner.model.finding import Summary

_MAGIC = b"runbook-lint-answer-1\n"
_FRONT = len(_MAGIC) + 16
"""Then come the length and the checksum of what is known, that, and the text."""
_YOUNG = 2_000_000_000
"""Nanoseconds: no file system's clock ticks more slowly."""
_MANY = 50_000
"""With more questions than that, asking them again saves little."""
_PIECE = 1 << 20

State = tuple[int, int, int, int, int]
"""When a file was written and changed (ns), its size, number and device."""


class _Kept(Struct, frozen=True, array_like=True):
    call: str
    paths: tuple[str, ...]
    states: tuple[State | None, ...]
    """None where only the digest tells."""
    digests: tuple[bytes, ...]
    facts: Facts
    summary: Summary
    length: int
    checksum: int
    """Of the text."""


class Answer:
    """What was told the last time, and a place for what is told now."""

    def __init__(self, path: str, call: str, paths: Sequence[str]) -> None:
        """Take where it is kept, all that it rests on besides files, and the absolute paths of the documents."""
        self._path = path
        self._call = call
        self._paths = tuple(paths)
        self._begun = time.time_ns()
        self._states = tuple(map(_state, self._paths))
        self._text = -1
        self._length = self._checksum = 0

    def told(self, tell: Callable[[str], object]) -> Summary | None:
        """Tell it again, if it still holds; None when it does not."""
        with suppress(OSError):
            file, whole = opened(self._path)
            try:
                return self._told(file, whole, tell)
            finally:
                os.close(file)
        return None

    def _told(self, file: int, whole: int, tell: Callable[[str], object]) -> Summary | None:
        front = os.pread(file, _FRONT, 0)
        size = int.from_bytes(front[len(_MAGIC) : -8], "little")
        if front[: len(_MAGIC)] != _MAGIC or size > whole:
            return None
        known = os.pread(file, size, _FRONT)
        if crc32(known).to_bytes(8, "little") != front[-8:]:
            return None
        kept = msgspec.msgpack.decode(known, type=_Kept)
        if not self._holds(kept) or _checksum(file, _FRONT + size, kept.length) != kept.checksum:
            return None
        _copy(file, _FRONT + size, kept.length, tell)
        return kept.summary

    def _holds(self, kept: _Kept) -> bool:
        return (
            (kept.call, kept.paths) == (self._call, self._paths)
            and all(
                now == then if then is not None else now is not None and _digest(path) == known
                for path, now, then, known in zip(self._paths, self._states, kept.states, kept.digests, strict=True)
            )
            and all(holds(*fact) for fact in kept.facts.items())
        )

    def listening(self, tell: Callable[[str], object]) -> Callable[[str], object]:
        """Return what tells, and keeps what it tells."""
        self._text = anonymous()

        def both(text: str) -> object:
            data = text.encode("utf-8", "surrogatepass")
            write(self._text, data, self._length)
            self._length, self._checksum = self._length + len(data), crc32(data, self._checksum)
            return tell(text)

        return both

    def keep(self, digests: Sequence[bytes], facts: Facts, summary: Summary) -> None:
        """Keep what was told, with the digests of the documents as they were read and what else was asked."""
        old = self._begun - _YOUNG
        states = tuple(state if state is not None and max(state[:2]) < old else None for state in self._states)
        if len(facts) <= _MANY:
            kept = _Kept(
                self._call, self._paths, states, tuple(digests), facts, summary, self._length, self._checksum
            )  # fmt: skip
            with suppress(OSError, UnicodeEncodeError), replacing(self._path) as file:
                known = msgspec.msgpack.encode(kept)
                front = _MAGIC + len(known).to_bytes(8, "little") + crc32(known).to_bytes(8, "little")
                write(file, front + known, 0)
                place = _FRONT + len(known)
                for at in range(0, self._length, _PIECE):
                    write(file, os.pread(self._text, _PIECE, at), place + at)

    def close(self) -> None:
        """Let go of what was not kept."""
        if self._text >= 0:
            os.close(self._text)
            self._text = -1


def _state(path: str) -> State | None:
    try:
        about = os.stat(path)  # noqa: PTH116 - ten thousand of them
    except (OSError, ValueError):
        return None
    return about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino, about.st_dev


def _digest(path: str) -> bytes:
    try:
        return digest(contents(path))
    except (OSError, ValueError):
        return b""


def _checksum(file: int, place: int, length: int) -> int:
    found = 0
    for at in range(0, length, _PIECE):
        found = crc32(os.pread(file, min(_PIECE, length - at), place + at), found)
    return found


def _copy(file: int, place: int, length: int, tell: Callable[[str], object]) -> None:
    """Tell a text in pieces, none of which ends within a character."""
    rest = b""
    for at in range(0, length, _PIECE):
        data = rest + os.pread(file, min(_PIECE, length - at), place + at)
        end = len(data) if at + _PIECE >= length else data.rfind(b"\n") + 1
        tell(data[:end].decode("utf-8", "surrogatepass"))
        rest = data[end:]
