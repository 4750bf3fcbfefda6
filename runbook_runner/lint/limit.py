"""An end to what takes too long: one document must not keep the others waiting."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 30.0
"""Of the processor, for one document; the longest that people write take a second. Others may keep the machine busy."""


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TimeoutError in what takes longer, and again after as long; only the main thread can."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"it takes longer than {seconds:g} s")

    try:
        before = signal.signal(signal.SIGPROF, stop)
    except ValueError:  # only the main thread may
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
