"""Follows a command that runs at the far end of an ssh connection."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runbook_runner.executors._client import Client
from runbook_runner.executors._process import kill, members
from runbook_runner.executors._pump import DRAIN, Pump, Relay
from runbook_runner.executors._ssh_fate import unended
from runbook_runner.executors._ssh_frames import Far, Frames
from runbook_runner.ports import Ending, Sink, Started

if TYPE_CHECKING:
    from runbook_runner.executors._ssh import Question

PATIENCE = 8.0
"""Seconds that ending a command there may take, before what became of it is said to be unknown."""


class FarSink:
    """The Sink port: takes our frames out of what comes."""

    def __init__(self, sink: Sink, out: Frames, err: Frames, met: Callable[[Far], None]) -> None:
        self._sink = sink
        self._frames = {"stdout": out, "stderr": err}
        self._met = met
        self._known = False

    def started(self, started: Started) -> None:
        """Pass it on."""
        self._sink.started(started)

    def write(self, stream: str, data: bytes) -> None:
        """Pass on what the command itself printed."""
        self._pass(stream, self._frames[stream].feed(data))
        if not self._known and self._frames[stream].far.known:
            self._known = True
            self._met(self._frames[stream].far)

    def _pass(self, stream: str, data: bytes) -> None:
        if data:
            self._sink.write(stream, data)

    def finish(self) -> None:
        """Pass on what was held back."""
        for stream, frames in self._frames.items():
            self._pass(stream, frames.rest())

    def tick(self) -> bool:
        """Pass it on."""
        return self._sink.tick()


class FarPump(Pump):
    """One far command's loop: what is to end is ended there, not here."""

    def __init__(
        self,
        client: Client,
        attempt: int,
        started: Started,
        sink: Sink,
        readers: Mapping[int, str],
        timeout: float | None,
        relay: Relay | None,
        frames: Frames,
        end: Callable[[Far], Question],
    ) -> None:
        super().__init__(client, attempt, started, sink, readers, timeout, relay)
        self._frames = frames
        self._end = end
        self._question: Question | None = None
        self._give_up = 0.0
        self.left = ""
        """What could not be ended there, or could not be found out."""

    def _over(self, now: float) -> bool:
        if self._frames.done and self._ended_at is None:
            self._ended_at = now  # what it leaves behind may hold the connection for hours
        return super()._over(now)

    def _stop(self, why: Ending) -> None:
        if self.ending is not Ending.EXIT or self._ended_at is not None:
            return
        self.ending = why
        self._give_up = time.monotonic() + PATIENCE
        if self.relay is not None:
            kill(members(self.started.pid), signal.SIGTERM)  # its terminal there goes with the connection

    def _killed(self, now: float) -> bool:
        if self._question is None and self._frames.far.known:
            self._question = self._end(self._frames.far)
        asked = self._question
        if now < self._give_up and not (self._ended_at is not None and (asked is None or asked.over)):
            return False
        if asked is not None or not self._frames.done:
            self.left = unended(asked.answer()[0] if asked is not None else None)
        if self._ended_at is None:
            kill(members(self.started.pid), signal.SIGKILL)
            self._ended_at = now - DRAIN
        return True
