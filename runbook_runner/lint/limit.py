"""An end to what takes too long: one document must not keep the others waiting."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType

SECONDS = 30.0
"""Of the processor, for one document; the longest that people write take a second. Others may keep the machine busy."""


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Raise TimeoutError in what takes longer, and again after as long; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _listen()
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


@cache
def _listen() -> None:
    # Left in place: nothing else uses this signal, and to ask for it costs more than many a rule does.
    signal.signal(signal.SIGPROF, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    _, seconds = signal.getitimer(signal.ITIMER_PROF)
    raise TimeoutError(f"it takes longer than {seconds:g} s")
