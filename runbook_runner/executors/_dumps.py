"""The files in which shells write down what they leave: one for each attempt, and gone with the next."""

from __future__ import annotations

import os
from contextlib import suppress

from runbook_runner.executors import _state
from runbook_runner.ports import Request


class Dumps:
    """A session's dumps. No Path here: this runs at every step."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._previous = -1
        self._spare = ""
        """A dump that has served, to be used again: a new file costs the file system ten times as much."""

    def path(self, attempt: int) -> str:
        """Return where a shell writes."""
        return f"{self._folder}/{attempt}.dump"

    def read(self, attempt: int) -> _state.Dump | None:
        """Read what a shell wrote down; None when there is no such file."""
        return _state.read_dump(self.path(attempt))

    def code(self, attempt: int, dump: _state.Dump | None) -> int | None:
        """Return the exit code that a shell wrote down, where nobody else saw it end; None when that is not sure.

        At its end a shell notes the last status, also when a signal ends it. One whose wrapper is gone notes
        something more once it has ended by itself.
        """
        if dump is None or not dump.complete or not (dump.exports is not None or os.path.exists(self.ended(attempt))):  # noqa: PTH110
            return None
        return dump.code

    def ended(self, attempt: int) -> str:
        """Return where a shell without a wrapper notes that it ended by itself."""
        return f"{self._folder}/{attempt}.ended"

    def prepare(self, request: Request) -> None:
        """Lay out a shell's dump, with the parameters that it is given."""
        path, spare, self._spare = self.path(request.attempt), self._spare, ""
        if spare:
            with suppress(OSError):
                os.rename(spare, path)  # noqa: PTH104
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        shown = {name: value for name, value in request.environment.items() if name not in request.secrets}
        if shown:
            os.write(fd, _state.header(shown))
        os.close(fd)

    def started(self, request: Request, taken: int) -> None:
        """Drop the dump before: its end is in the journal, or there would be no next one.

        `taken` is the attempt whose state was taken over: its shell has written everything, and will write no more.
        """
        if self._previous >= 0:
            path = self.path(self._previous)
            if self._previous == taken:
                self._spare = path
            else:
                _remove(path)
        # One in the background may write to the last.
        self._previous = -1 if request.background else request.attempt

    def leave(self, taken: int) -> None:
        """Remove what a run that may be paused for days has no use for: it holds the values of parameters."""
        if self._previous == taken >= 0:
            _remove(self.path(taken))
        if self._spare:
            _remove(self._spare)


def _remove(path: str) -> None:
    with suppress(OSError):
        os.unlink(path)  # noqa: PTH108
