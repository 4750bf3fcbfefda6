"""Fakes of small ports."""

from __future__ import annotations


class FakeClock:
    """Time that moves by `wait` alone."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def wall(self) -> float:
        return self.now

    def mono(self) -> float:
        return self.now - 1_789_000_000.0

    def boot(self) -> str:
        return "boot"

    def wait(self, seconds: float) -> None:
        self.now += seconds
