"""What the runner has read of a command's output, in memory that the wrapper shares.

A runner that is killed takes with it what it has read and not yet recorded. So each read lands here too, in memory
that belongs to no file: a secret that a command prints reaches the disk only if the runner dies. The wrapper looks at
it then, and never before. Standard library only: the wrapper uses it too.
"""

from __future__ import annotations

import os
from mmap import PROT_READ, mmap

LIMIT = 1 << 20
"""How much of each stream is kept, from its head and again from its tail."""
STREAMS = ("stdout", "stderr")
_PAGE = 4096
"""Before the streams stand four numbers: the attempt, whether something may be missing, and two sizes."""
_ATTEMPT, _DOUBT, _SIZES = 0, 1, 2

Part = tuple[bytes, int, bytes]
"""Of one stream: its head, how many bytes are left out, and its tail."""


def memory(folder: str) -> int:
    """Return a descriptor of memory that can be shared."""
    try:
        fd = os.memfd_create("runbook", os.MFD_CLOEXEC)
    except (AttributeError, OSError):  # not every system has it, or lets everybody have it
        fd = os.open(f"{folder}/seen", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.unlink(f"{folder}/seen")  # noqa: PTH108
    os.ftruncate(fd, _PAGE)
    return fd


class Seen:
    """The runner's side."""

    def __init__(self, folder: str) -> None:
        self.fd = memory(folder)
        self._numbers = memoryview(mmap(self.fd, _PAGE)).cast("q")  # a store of one number is never half done
        self._numbers[_ATTEMPT] = -1
        self._lost = 0

    def begin(self, attempt: int) -> None:
        """Forget the attempt before, whose end is durable: another begins."""
        numbers, self._lost = self._numbers, 0
        numbers[_DOUBT] = 1
        numbers[_ATTEMPT] = attempt
        numbers[_SIZES] = numbers[_SIZES + 1] = 0
        numbers[_DOUBT] = 0

    def read(self, fd: int, stream: str, size: int) -> bytes:
        """Read from a pipe, and keep what came; whoever dies in between leaves a doubt."""
        numbers = self._numbers
        numbers[_DOUBT] = 1
        if data := os.read(fd, size):
            place = STREAMS.index(stream)
            try:
                _keep(self.fd, place, numbers[_SIZES + place], data)
            except OSError:  # no memory: the command is more important
                self._lost = 1
            numbers[_SIZES + place] += len(data)
        numbers[_DOUBT] = self._lost
        return data

    def close(self) -> None:
        """Let go of the memory."""
        os.close(self.fd)


def _keep(fd: int, place: int, size: int, data: bytes) -> None:
    head, tail = _places(place)
    view = memoryview(data)
    if size < LIMIT:
        os.pwrite(fd, view[: LIMIT - size], head + size)
        view = view[LIMIT - size :]
        size = LIMIT
    if over := max(0, len(view) - LIMIT):
        view = view[over:]
    if view:  # a ring
        at = (size + over) % LIMIT
        os.pwrite(fd, view[: LIMIT - at], tail + at)
        if len(view) > LIMIT - at:
            os.pwrite(fd, view[LIMIT - at :], tail)


def _places(place: int) -> tuple[int, int]:
    head = _PAGE + place * 2 * LIMIT
    return head, head + LIMIT


def seen(fd: int) -> tuple[int, bool, list[Part]]:
    """Return, on the wrapper's side, whose output is kept, whether it is all that the runner read, and the output."""
    with mmap(fd, _PAGE, prot=PROT_READ) as page, memoryview(page) as view, view.cast("q") as numbers:
        attempt, doubt, *sizes = numbers[:4].tolist()
    return attempt, not doubt, [_part(fd, place, size) for place, size in enumerate(sizes)]


def _part(fd: int, place: int, size: int) -> Part:
    head, tail = _places(place)
    first = os.pread(fd, min(size, LIMIT), head)
    rest = max(0, size - LIMIT)
    if rest <= LIMIT:
        return first, 0, os.pread(fd, rest, tail)
    at = size % LIMIT
    return first, rest - LIMIT, os.pread(fd, LIMIT - at, tail + at) + os.pread(fd, at, tail)
