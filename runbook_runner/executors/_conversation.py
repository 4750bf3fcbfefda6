"""Commands that this process itself carries out, by speaking to a server: no program, no process of their own.

One is carried out in a thread while the caller's thread lets timers speak and watches for Ctrl-C and the timeout. What
a server makes of a request does not end with this process: a runner that dies leaves an outcome that nobody knows.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from runbook_runner.errors import RunbookError
from runbook_runner.executors._process import boot
from runbook_runner.executors._wrapper import start_time
from runbook_runner.ports import Ending, Finished, Request, Sink, Started
from runbook_runner.ports.passing import Passing

_TICK = 0.1
_GRACE = 3.0
"""Seconds that a cancelled request may take to let go."""

Write = Callable[[str, bytes], None]
"""Takes output, from any thread: the stream and the data."""


class Result(Struct, frozen=True):
    """What a server answered."""

    exit_code: int
    """0 when the request succeeded; else 1, as a client program would end."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """For predicates."""
    note: str = ""
    lost: bool = False
    """The connection broke before the answer: what the server made of it is not known."""


def raising(why: str) -> Callable[[], Any]:
    """Return a value for predicates that says why there is none, once one asks for it."""

    def read() -> Any:
        raise ValueError(why)

    return read


class Work(Protocol):
    """One request, ready to be sent."""

    def perform(self, write: Write) -> Result:
        """Send it and wait for the answer, in a thread of its own; an error of the server is a result, not raised."""

    def cancel(self) -> None:
        """Ask, from another thread, that it end soon; called once, and only while it is being performed."""


class Conversation(Passing):
    """The `Session` of commands that are requests."""

    def __init__(self, prepare: Callable[[Request], Work], close: Callable[[], None] = lambda: None) -> None:
        """Make requests ready with `prepare`, which raises RunbookError for what must not be sent."""
        self._prepare = prepare
        self._close = close

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Send one request and wait for its answer, its timeout, or Ctrl-C."""
        try:
            work = self._prepare(request)
        except RunbookError as error:
            note = f"{error.message} ({error.hint})" if error.hint else error.message
            return Finished(Ending.NOT_STARTED, note=f"not sent: {note}")
        sink.started(Started(os.getpid(), start_time(os.getpid()), boot()))
        return _Exchange(work, sink, request.timeout).finish()

    def close(self, *, remove: bool) -> None:
        """Let the connection go."""
        self._close()


class _Exchange:
    """One request under way."""

    def __init__(self, work: Work, sink: Sink, timeout: float | None) -> None:
        self._work = work
        self._sink = sink
        self._timeout = timeout
        self._news: queue.Queue[tuple[str, bytes] | None] = queue.Queue(256)
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._begun = time.monotonic()
        self._left = False

    def finish(self) -> Finished:
        thread = threading.Thread(target=self._perform, daemon=True)
        thread.start()
        ending = self._watch(thread)
        duration = time.monotonic() - self._begun
        if self._error is not None:
            raise self._error
        result = self._result
        if result is None:
            note = "no answer to the cancellation: what became of it is not known"
            return Finished(ending or Ending.LOST, None, None, duration, note=note)
        if ending is None and result.lost:
            return Finished(Ending.LOST, None, None, duration, note=result.note)
        code = result.exit_code
        return Finished(
            ending or Ending.EXIT, code if ending is None else None, None, duration, (code,),
            values=result.values, note=result.note,
        )  # fmt: skip

    def _perform(self) -> None:
        try:
            self._result = self._work.perform(self._write)
        except BaseException as error:  # noqa: BLE001 - raised again where the caller is
            self._error = error
        finally:
            self._put_end()

    def _put_end(self) -> None:
        while not self._left:
            try:
                self._news.put(None, timeout=1.0)
            except queue.Full:
                continue
            return

    def _write(self, stream: str, data: bytes) -> None:
        while not self._left:
            try:
                self._news.put((stream, data), timeout=1.0)
            except queue.Full:
                continue
            return

    def _watch(self, thread: threading.Thread) -> Ending | None:
        """Pass on what comes, until the answer is whole; say why it was cut short, where it was."""
        ending: Ending | None = None
        until = self._begun + self._timeout if self._timeout is not None else None
        patience = 0.0
        ticked = 0.0
        while True:
            try:
                news = self._news.get(timeout=_TICK)
                if news is None:
                    thread.join(1.0)
                    return ending
                self._sink.write(*news)
            except queue.Empty:
                pass
            now = time.monotonic()
            if now - ticked < _TICK:
                continue
            ticked = now
            wanted = self._sink.tick()
            if ending is None and (not wanted or (until is not None and now >= until)):
                ending = Ending.TIMEOUT if wanted else Ending.STOPPED
                patience = now + _GRACE
                self._work.cancel()
            if ending is not None and now >= patience:
                self._left = True
                return ending
