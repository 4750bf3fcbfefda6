"""Signals become facts that the walk reads between two steps of work."""

from __future__ import annotations

import os
import signal
from types import FrameType

from runbook_runner.run.walk import Signals


def install(signals: Signals) -> None:
    """Note SIGINT, SIGTERM and SIGHUP instead of dying in the middle of something."""

    def note(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and os.isatty(1):
            os.write(1, b"\n")  # the terminal echoed ^C: what is said next begins a line
        # The terminal going away outranks Ctrl-C: nobody is there to press it again.
        if signals.received in (0, signal.SIGINT):
            signals.received = number

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, note)
