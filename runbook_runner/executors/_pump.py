"""Follows one command to its end: reads what it prints, keeps time, ends it when told to."""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Mapping
from typing import Protocol

from runbook_runner.executors._client import Client, WrapperGone
from runbook_runner.executors._process import GRACE, alive, kill, members
from runbook_runner.ports import Ending, Sink, Started

DRAIN = 0.2
"""Seconds for what was printed last, where something else still holds the pipe."""
_STUCK = 5.0
"""Seconds after SIGKILL at which a process that cannot die is given up."""
_MOMENT = 0.002
"""Seconds before the first look at what a command prints: most are over by then, and it is done in one go."""
_READ = 1 << 18


class Relay(Protocol):
    """What stands between her terminal and the command's, for interactive ones."""

    def register(self, poll: select.poll) -> None:
        """Say what to wait for; asked before each wait."""

    def ready(self, fd: int, events: int) -> None:
        """Move what can be moved."""

    def tick(self) -> None:
        """Follow the size of the window."""

    @property
    def open(self) -> bool:
        """Whether the command could still print."""


class Pump:
    """One command's loop."""

    def __init__(
        self,
        client: Client,
        attempt: int,
        started: Started,
        sink: Sink,
        readers: Mapping[int, str],
        timeout: float | None,
        relay: Relay | None = None,
    ) -> None:
        self.client = client
        self.attempt = attempt
        self.started = started
        self.sink = sink
        self.readers = dict(readers)
        self.relay = relay
        self.ending = Ending.EXIT
        self.code: int | None = None
        self.gone = False
        """The wrapper was killed: nobody can tell us the exit code."""
        self.stuck = False
        self._family: list[tuple[int, str]] = []
        self._kill_at = self._next_look = 0.0
        self._ended_at: float | None = None
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._poll = select.poll()
        self._poll.register(client.link.fileno(), select.POLLIN)
        self._reads_at = time.monotonic() + _MOMENT
        self._reading = False

    @property
    def leaves(self) -> bool:
        """Whether something else holds a pipe at the end."""
        return bool(self.readers)

    def run(self) -> None:
        """Return when the command is over, drained, and killed where that was due."""
        tick_at = 0.0
        while True:
            now = time.monotonic()
            if now >= tick_at:
                tick_at = now + DRAIN
                if self.relay is not None:
                    self.relay.tick()
                if not self.sink.tick():
                    self._stop(Ending.STOPPED)
            if self._deadline is not None and now >= self._deadline and self._ended_at is None:
                self._stop(Ending.TIMEOUT)
            if self._over(now):
                return
            self._wait(now, tick_at)

    def _wait(self, now: float, tick_at: float) -> None:
        if not self._reading and (self._ended_at is not None or now >= self._reads_at):
            self._reading = True
            for fd in self.readers:
                self._poll.register(fd, select.POLLIN)
        until = tick_at if self._reading else self._reads_at
        if self._deadline is not None and self.ending is Ending.EXIT:
            until = min(until, self._deadline)
        if self._ended_at is not None:
            until = min(until, self._ended_at + DRAIN)
        if self.ending is not Ending.EXIT or self.gone:
            until = min(until, now + 0.05)
        if self.relay is not None:
            self.relay.register(self._poll)
        for fd, events in self._poll.poll(max(0.0, until - now) * 1000 + (1 if self._reading else 0)):
            if fd in self.readers:
                self._read(fd)
            elif fd == self.client.link.fileno():
                self._hear()
            elif self.relay is not None:
                self.relay.ready(fd, events)

    def _read(self, fd: int) -> None:
        data = self.client.seen.read(fd, self.readers[fd], _READ)
        if data:
            self.sink.write(self.readers[fd], data)
        else:
            self._poll.unregister(fd)
            del self.readers[fd]

    def _hear(self) -> None:
        try:
            message = self.client.receive()
        except WrapperGone:
            self.gone = True
            self._poll.unregister(self.client.link.fileno())
            return
        if message[0] == "ended" and int(message[1]) == self.attempt:
            self.code = int(message[2])
            self._ended_at = time.monotonic()

    def _over(self, now: float) -> bool:
        if self.gone and self._ended_at is None and not alive(self.started):
            self._ended_at = now
        if self.ending is not Ending.EXIT and not self._killed(now):
            return False
        if self._ended_at is None:
            return self.stuck
        return now >= self._ended_at + DRAIN or not (self.readers or (self.relay is not None and self.relay.open))

    def _stop(self, why: Ending) -> None:
        if self.ending is not Ending.EXIT or self._ended_at is not None:
            return
        self.ending = why
        self._kill_at = time.monotonic() + GRACE
        self._family = members(self.started.pid)
        kill(self._family, signal.SIGTERM)

    def _killed(self, now: float) -> bool:
        """Say whether nothing is left of a command that was told to end, and press the point when it is time."""
        if now < self._next_look:
            return False
        self._next_look = now + 0.04
        self._family = members(self.started.pid, self._family)
        if not self._family:
            return self._ended_at is not None
        if now >= self._kill_at:
            kill(self._family, signal.SIGKILL)
        self.stuck = now >= self._kill_at + _STUCK
        return self.stuck
