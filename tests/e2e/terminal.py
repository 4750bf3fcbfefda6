"""The real program at a real pseudo-terminal."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect

from tests.e2e.program import environment
from tests.postgres import wait_for

PAUSE = 0.04
"""Seconds of silence that make a key one that somebody typed."""


def end(child: Any) -> None:
    """End a program at a terminal, and bury it: after the last of its signals pexpect waits for 0.1 s only."""
    with suppress(pexpect.ExceptionPexpect):
        child.close(force=True)
    wait_for(lambda: not child.isalive())


class Terminal:
    """A program with a terminal of 80×24."""

    def __init__(self, store: Path, *arguments: str, **environ: str) -> None:
        self.raw = b""
        """All that came to the screen."""
        self.answers = True
        """It says where its cursor is when asked, as terminals do."""
        self._seen = 0
        self.child: Any = pexpect.spawn(
            sys.executable,
            ["-m", "runbook_runner", *arguments],
            cwd=str(store.parent),
            env=environment(store, **environ),
            dimensions=(24, 80),
            timeout=10,
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self.child)

    def hang_up(self) -> None:
        """Take the terminal away, as a link that breaks; wait until the program has ended by itself."""
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.closed = self.child.closed = True
        wait_for(lambda: not self.child.isalive())

    def until(self, text: str, seconds: float = 60.0) -> None:
        """Wait for a text that was not waited for yet, and for the keyboard to be listened to."""
        end = time.monotonic() + seconds
        while (found := self.raw.find(text.encode(), self._seen)) < 0:
            assert time.monotonic() < end, f"no {text!r} on the screen:\n{self.text}"
            assert self.read(0.05), f"it ended without {text!r}:\n{self.text}"
        self._seen = found + len(text)
        self.read(0.1)

    def forget(self) -> None:
        """Wait from now on only for what comes from now on."""
        self._seen = len(self.raw)

    def keys(self, *keys: str) -> None:
        """Press keys one by one, as a person does."""
        for key in keys:
            self.child.send(key)
            self.read(PAUSE)

    def word(self, word: str) -> None:
        """Type a word and then Enter, each key when the one before is on the screen: together they are a paste."""
        for key in word:
            shown = len(self.raw)
            self.child.send(key)
            self._grows(shown)
            self.read(PAUSE)
        self.child.send("\r")

    def _grows(self, shown: int, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while len(self.raw) == shown:
            assert time.monotonic() < end, f"a key does nothing:\n{self.text}"
            self.read(0.02)

    def read(self, seconds: float) -> bool:
        """Let time pass and take what is shown; False when the program is over."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                shown = self.child.read_nonblocking(65536, left)
            except pexpect.TIMEOUT:
                return True
            except pexpect.EOF:
                return False
            self.raw += shown
            for _ in range(shown.count(b"\x1b[6n") if self.answers else 0):
                self.child.send(b"\x1b[1;1R")
        return True

    def code(self, seconds: float = 60.0) -> int:
        """Wait for the end; the exit code."""
        end = time.monotonic() + seconds
        while self.read(0.1):
            assert time.monotonic() < end, f"it does not end:\n{self.text}"
        self.child.wait()
        assert self.child.signalstatus is None, self.child.signalstatus
        return int(self.child.exitstatus)

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")
