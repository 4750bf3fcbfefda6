"""The machine's own time."""

from __future__ import annotations

import time
from pathlib import Path


class SystemClock:
    """Time as this machine knows it."""

    def __init__(self) -> None:
        self._boot = ""

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return time.time()

    def mono(self) -> float:
        """Return seconds on a clock that never goes back and counts suspended time where the system can."""
        # getattr: CLOCK_BOOTTIME is Linux's; elsewhere CLOCK_MONOTONIC is the nearest.
        return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))

    def boot(self) -> str:
        """Return what identifies this boot; `unknown` where nothing tells."""
        if not self._boot:
            try:
                self._boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
            except (OSError, UnicodeDecodeError):
                self._boot = "unknown"
        return self._boot

    def wait(self, seconds: float) -> None:
        """Return after so many seconds."""
        time.sleep(max(0.0, seconds))
