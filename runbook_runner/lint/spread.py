"""Does the same for many files in several processes.

Forked by hand: the pools of the standard library take 30 ms to import, and when a process dies of a file they do not
say of which. Here each writes down what it takes up, so that the file is named and all others are done.
"""

from __future__ import annotations

import gc
import os
import signal
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from msgspec import Struct

from runbook_runner.lint.spool import Spool, anonymous, write

Work = Callable[[int], bytes]
Lost = Callable[[int, str], bytes]

_CHUNK = 4
_FEW = 16
"""Fewer are done by one process."""
_PIPE = 4000
"""So many numbers of four bytes fit into a pipe that nobody reads yet."""


class _Chunks(Struct, frozen=True):
    """Numbers that wait in a pipe, some at a time, for whichever process is free."""

    numbers: list[int]
    size: int
    waiting: int

    def taken(self) -> Iterator[int]:
        """Yield numbers until there are none left."""
        while begin := os.read(self.waiting, 4):
            at = array("i", begin)[0]
            yield from self.numbers[at : at + self.size]


def spread(numbers: Sequence[int], work: Work, lost: Lost, spool: Spool, processes: int) -> None:
    """Put `work(number)` into the spool for each number; `lost` makes the result of one that killed its process."""
    pending = list(numbers)
    if processes <= 1 or len(pending) < _FEW:
        for number in pending:
            spool.put(number, _tried(work, lost, number))
        return
    gc.freeze()  # what is loaded becomes no garbage: no process looks through it, or has a copy of its own for that
    try:
        while pending:
            dead = _round(pending, work, lost, spool, processes)
            rest = [number for number in pending if number not in spool]
            if len(rest) == len(pending) and not dead:
                dead = dict.fromkeys(rest, "no process would start")
            for number, why in dead.items():
                spool.put(number, lost(number, why))
            pending = [number for number in rest if number not in dead]
    finally:
        gc.unfreeze()


def _tried(work: Work, lost: Lost, number: int) -> bytes:
    try:
        return work(number)
    except Exception as error:  # noqa: BLE001 - one file must not stop the others
        return lost(number, f"{type(error).__name__}: {error}")


def _round(numbers: list[int], work: Work, lost: Lost, spool: Spool, processes: int) -> dict[int, str]:
    """Let processes do what they can; return what those that died had in hand, with how they died."""
    size = max(_CHUNK, -(-len(numbers) // _PIPE))
    waiting, feed = os.pipe()
    os.write(feed, array("i", range(0, len(numbers), size)).tobytes())
    os.close(feed)
    running: list[tuple[int, int, int]] = []
    dead: dict[int, str] = {}
    chunks = _Chunks(numbers, size, waiting)
    try:
        for _ in range(min(processes, -(-len(numbers) // size))):
            results, log = anonymous(), anonymous()
            # An interrupt in between would leave a process that nobody ends.
            open_to = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
            child = _fork(chunks, lambda number: _tried(work, lost, number), results, log, open_to)
            running.append((child, results, log))
            signal.pthread_sigmask(signal.SIG_SETMASK, open_to)
        while running:
            child, results, log = running[0]
            _, status = os.waitpid(child, 0)
            running.pop(0)
            dead.update(_adopt(spool, results, log, status))
    finally:
        os.close(waiting)
        for child, *_ in running:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return dead


def _adopt(spool: Spool, results: int, log: int, status: int) -> dict[int, str]:
    written = array("q")
    written.frombytes(os.pread(log, os.fstat(log).st_size // 24 * 24, 0))
    os.close(log)
    rows = list(zip(written[0::3], written[1::3], written[2::3], strict=True))
    spool.adopt(results, [row for row in rows if row[1] >= 0])
    if status == 0 or not rows or rows[-1][1] >= 0:
        return {}
    code = os.waitstatus_to_exitcode(status)
    return {rows[-1][0]: f"its process was killed by signal {-code}" if code < 0 else f"its process ended with {code}"}


def _fork(chunks: _Chunks, work: Work, results: int, log: int, open_to: set[int]) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, open_to)
        place = 0
        for number in chunks.taken():
            os.write(log, array("q", (number, -1, 0)).tobytes())
            data = work(number)
            write(results, data, place)
            os.write(log, array("q", (number, place, len(data))).tobytes())
            place += len(data)
        code = 0
    finally:
        os._exit(code)  # nothing of the parent's is flushed or cleaned up twice
