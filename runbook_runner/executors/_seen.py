"""What the runner has read of a command's output, in memory that the wrapper shares.

A runner that is killed takes with it what it has read and not yet recorded. So each read lands here, in memory that
belongs to no file: a secret that a command prints reaches the disk only if the runner dies. The wrapper looks at it
then, and never before. Standard library only: the wrapper uses it too.

The head of each stream is empty before something lands in it, so that what a killed runner had read and not counted is
seen there. What holds NULs may end in some, which look empty, and beyond the head nothing is: there is a doubt.
"""

from __future__ import annotations

import os
from errno import EFAULT
from mmap import PROT_READ, mmap

LIMIT = 1 << 20
"""How much of each stream is kept, from its head and again from its tail."""
STREAMS = ("stdout", "stderr")
_PAGE = 4096
"""Before the streams stand four numbers: the attempt, whether something may be missing, and two sizes."""
_ATTEMPT, _DOUBT, _SIZES = 0, 1, 2
_WHOLE = _PAGE + len(STREAMS) * 2 * LIMIT
_NUL = b"\0"

Part = tuple[bytes, int, bytes]
"""Of one stream: its head, how many bytes are left out, and its tail."""


def memory(folder: str) -> int:
    """Return a descriptor of memory that can be shared."""
    try:
        fd = os.memfd_create("runbook", os.MFD_CLOEXEC)
    except (AttributeError, OSError):  # not every system has it, or lets everybody have it
        fd = os.open(f"{folder}/seen", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.unlink(f"{folder}/seen")  # noqa: PTH108
    os.ftruncate(fd, _WHOLE)
    return fd


class Seen:
    """The runner's side."""

    def __init__(self, folder: str) -> None:
        self.fd = memory(folder)
        self._map = memoryview(mmap(self.fd, _WHOLE))
        self._numbers = self._map[:_PAGE].cast("q")  # a store of one number is never half done
        self._numbers[_ATTEMPT] = -1
        self._lost = 0

    def begin(self, attempt: int) -> None:
        """Forget the attempt before, whose end is durable: another begins."""
        numbers, self._lost = self._numbers, 0
        numbers[_ATTEMPT] = -1
        for place in range(len(STREAMS)):
            head, used = _places(place)[0], min(numbers[_SIZES + place], LIMIT)
            self._map[head : head + used] = bytes(used)
            numbers[_SIZES + place] = 0
        numbers[_DOUBT] = 0
        numbers[_ATTEMPT] = attempt

    def read(self, fd: int, stream: str, size: int) -> bytes:
        """Read from a pipe into what is shared; beyond the head, whoever dies in between leaves a doubt."""
        numbers, place = self._numbers, STREAMS.index(stream)
        had = numbers[_SIZES + place]
        if had >= LIMIT:
            numbers[_DOUBT] = 1
        try:
            first, *more = parts = self._room(place, had, min(size, LIMIT))
            count = os.readv(fd, parts)
            data = bytes(first[:count])
            if count > len(first):
                data += bytes(more[0][: count - len(first)])
        except OSError as error:
            if error.errno != EFAULT:
                raise
            # No memory: the command is more important.
            numbers[_DOUBT] = self._lost = 1
            data = os.read(fd, size)
        numbers[_SIZES + place] = had + len(data)
        if had >= LIMIT:
            numbers[_DOUBT] = self._lost
        return data

    def _room(self, place: int, had: int, size: int) -> list[memoryview]:
        """Return where the next bytes of a stream belong."""
        head, tail = _places(place)
        if had < LIMIT:
            return [self._map[head + had : head + min(LIMIT, had + size)]]
        at = had % LIMIT
        upper = min(size, LIMIT - at)
        return [self._map[tail + at : tail + at + upper], self._map[tail : tail + size - upper]]

    def close(self) -> None:
        """Let go of the memory."""
        os.close(self.fd)


def _places(place: int) -> tuple[int, int]:
    head = _PAGE + place * 2 * LIMIT
    return head, head + LIMIT


def seen(fd: int) -> tuple[int, bool, list[Part]]:
    """Return, on the wrapper's side, whose output is kept, whether it is all that the runner read, and the output."""
    with mmap(fd, _PAGE, prot=PROT_READ) as page, memoryview(page) as view, view.cast("q") as numbers:
        attempt, doubt, *sizes = numbers[:4].tolist()
    parts = []
    for place, size in enumerate(sizes):
        head, left_out, tail = _part(fd, place, size)
        if size < LIMIT and (uncounted := _uncounted(fd, place, size)):
            head += uncounted
            doubt = doubt or len(head) == LIMIT or _NUL in head
        parts.append((head, left_out, tail))
    return attempt, not doubt, parts


def _uncounted(fd: int, place: int, size: int) -> bytes:
    """Return what landed behind what is counted: the runner died before it could."""
    return os.pread(fd, LIMIT - size, _places(place)[0] + size).rstrip(_NUL)


def _part(fd: int, place: int, size: int) -> Part:
    head, tail = _places(place)
    first = os.pread(fd, min(size, LIMIT), head)
    rest = max(0, size - LIMIT)
    if rest <= LIMIT:
        return first, 0, os.pread(fd, rest, tail)
    at = size % LIMIT
    return first, rest - LIMIT, os.pread(fd, LIMIT - at, tail + at) + os.pread(fd, at, tail)
