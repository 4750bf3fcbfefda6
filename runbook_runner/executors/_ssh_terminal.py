"""Her terminal, joined to a terminal at the far end of an ssh connection."""

from __future__ import annotations

from runbook_runner.executors._ssh_far import READY
from runbook_runner.executors._ssh_frames import Frames
from runbook_runner.executors._terminal import Terminal


class FarTerminal(Terminal):
    """Hands the far shell what it has to know before her keys reach it, and keeps our frames off her screen."""

    def __init__(self) -> None:
        super().__init__()
        self._input = False  # her keys wait until the far shell has read what is ours
        self._program = b""
        self._frames = Frames(b"")
        self._early = b""
        self._ready = False

    def await_ready(self, program: bytes, frames: Frames) -> None:
        """Say what to hand over once the far terminal is ready for it, and by which frames its output is parted."""
        self._program, self._frames = program, frames

    def show(self, data: bytes) -> None:
        """Put on her screen what the command prints."""
        if not self._ready:
            self._early += data
            before, found, data = self._early.partition(READY)
            if not found:
                return
            self._early, self._ready = before, True
            self._pending += self._program
        own = self._frames.feed(data)
        if self._frames.begun:
            self._input = True
        if own:
            super().show(own)

    def close(self) -> None:
        """Give her terminal back; what the client said where nothing came of it is shown before."""
        if not self._ready and self._early:
            super().show(self._early)
        super().show(self._frames.rest())
        super().close()
