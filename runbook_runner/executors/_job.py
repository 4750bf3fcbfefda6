"""One command as its wrapper sees it, and its timeout where no runner lives to keep it. Standard library only."""

from __future__ import annotations

import signal
import time

from runbook_runner.executors._family import GRACE, kill, members
from runbook_runner.executors._stream import Stream


class Job:
    """One command."""

    def __init__(self, attempt: str, pid: int, streams: list[Stream], timeout: bytes) -> None:
        self.attempt = attempt
        self.pid = pid
        self.streams = streams
        self.began = time.monotonic()
        self.over = False
        self.kept = False
        """The runner does not follow it any more."""
        self.deadline = self.began + float(timeout) if timeout else None
        self.timed_out = False
        self.family: list[tuple[int, str]] = []
        """What is left of a command that ran into its timeout."""

    def enforce(self, now: float) -> None:
        """End it when its time is up, and make it when it will not."""
        if self.deadline is None or now < self.deadline:
            return
        if not self.timed_out:
            if self.over:
                self.deadline = None
                return
            self.timed_out, self.deadline = True, now
            self.family = members(self.pid)
            kill(self.family, signal.SIGTERM)
            return
        self.family = members(self.pid, self.family)
        if now >= self.deadline + GRACE:
            kill(self.family, signal.SIGKILL)
        if not self.family or now >= self.deadline + 3 * GRACE:  # there are some that cannot die
            self.family, self.deadline = [], None
