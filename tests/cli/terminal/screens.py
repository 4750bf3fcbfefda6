"""A real pseudo-terminal with a program behind it and an emulated screen before it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pexpect
import pyte

from tests.e2e.terminal import end

ROOT = Path(__file__).parents[3]


class Screen:
    """The demo in a terminal of a given size."""

    def __init__(self, *arguments: str, columns: int = 80, rows: int = 24, **environ: str) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.answers = "SILENT" not in environ
        """It says where its cursor is when asked, as terminals do."""
        self.child: Any = pexpect.spawn(
            sys.executable,
            ["-m", "tests.cli.terminal.demo", *arguments],
            cwd=str(ROOT),
            env={**os.environ, "TERM": "xterm", **environ},
            dimensions=(rows, columns),
            timeout=60,
            echo=True,
        )
        self.child.delaybeforesend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self.child)

    def type(self, *texts: str) -> None:
        """Type, a pause after each."""
        for text in texts:
            self.child.send(text)
            self.read(0.12)

    def read(self, seconds: float) -> None:
        """Let time pass and take what is shown."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._feed(self.child.read_nonblocking(65536, left))
            except pexpect.TIMEOUT:
                return
            except pexpect.EOF:
                return

    def until(self, text: str, seconds: float = 60.0, *, below: str = "") -> None:
        """Wait until a text is on the screen, below another."""
        end = time.monotonic() + seconds
        while text not in self.text[self.text.rfind(below) if below else 0 :]:
            assert time.monotonic() < end, f"no {text!r} on the screen:\n{self.text}"
            self.read(0.05)

    def _feed(self, data: bytes) -> None:
        self.raw += data
        self._stream.feed(data)
        for _ in range(data.count(b"\x1b[6n") if self.answers else 0):
            self.child.send(b"\x1b[1;1R")

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.screen.display]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()
