"""What a command prints while it runs, for those who look on from elsewhere."""

from __future__ import annotations

from collections import deque
from contextlib import suppress

from runbook_runner.errors import StoreError
from runbook_runner.ports import Live
from runbook_runner.run.walk import Walk

_FIRST = 0.7
"""Seconds that a command runs before any of it is shown elsewhere: of most, the record says all by then."""
_AGAIN = 0.5
"""Seconds from one look to the next."""
_KEPT = 1 << 15
"""Characters that are shown at most, the last ones; the record has the rest in the end."""
_PIECES = 1000
"""The same, counted in changes from one stream to the other."""


class Showing:
    """Shows the redacted output of one attempt here as it comes, and elsewhere a little later.

    What is shown elsewhere is one text that takes the place of the one before, so that it neither grows nor needs
    to be cleared away should this process die.
    """

    def __init__(self, walk: Walk, attempt: int) -> None:
        self._walk = walk
        self._attempt = attempt
        self._pieces: deque[tuple[str, str]] = deque()
        self._kept = self._size = self._told = 0
        self._next = walk.ports.clock.mono() + _FIRST
        self._able = True

    def output(self, stream: str, text: str) -> None:
        """Take redacted output."""
        self._walk.ports.reporter.output(stream, text)
        self._size += len(text)
        text = text[-_KEPT:]
        if self._pieces and self._pieces[-1][0] == stream and len(self._pieces[-1][1]) < _KEPT // 8:
            before = self._pieces.pop()[1]
            self._kept -= len(before)
            text = before + text
        self._pieces.append((stream, text))
        self._kept += len(text)
        while self._kept - len(self._pieces[0][1]) >= _KEPT or len(self._pieces) > _PIECES:
            self._kept -= len(self._pieces.popleft()[1])

    def tick(self) -> None:
        """Show elsewhere what is new, now and then; what goes wrong with that is no matter of the command's."""
        now = self._walk.ports.clock.mono()
        if not self._able or self._size == self._told or now < self._next:
            return
        self._next, self._told = now + _AGAIN, self._size
        try:
            self._walk.ports.store.show(self._walk.state.run, Live(self._attempt, self._size, tuple(self._pieces)))
        except StoreError:
            self._able = False

    def close(self) -> None:
        """Take back what was shown elsewhere: the record says it from now on."""
        if self._told:
            with suppress(StoreError):
                self._walk.ports.store.show(self._walk.state.run, None)


def forget(walk: Walk) -> None:
    """Take back what a process that died has shown elsewhere."""
    with suppress(StoreError):
        if walk.ports.store.shown(walk.state.run) is not None:
            walk.ports.store.show(walk.state.run, None)
