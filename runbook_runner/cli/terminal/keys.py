"""Keys as they are pressed: the terminal in character mode, escape sequences whole, pastes told from typing."""

from __future__ import annotations

import os
import re
import select
import signal
import termios
import time
from contextlib import suppress
from types import FrameType
from typing import Any, Self

from msgspec import Struct

from runbook_runner.cli.terminal.sight import Sight
from runbook_runner.ports import HungUp
from runbook_runner.regex import regex

SETTLE = 0.03
"""Seconds in which a second key means that nobody typed it: a paste, a cat, or a link that held keys back."""
_NAMES = {
    "\r": "enter",
    "\n": "enter",
    "\t": "tab",
    " ": "space",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x1b": "esc",
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1bOC": "right",
    "\x1bOD": "left",
    "\x1b[H": "home",
    "\x1b[F": "end",
    "\x1bOH": "home",
    "\x1bOF": "end",
    "\x1b[1~": "home",
    "\x1b[4~": "end",
    "\x1b[3~": "delete",
} | {chr(code): f"ctrl-{chr(code + 96)}" for code in range(1, 27) if chr(code) not in "\r\n\t\x08"}
_SEQUENCE = regex(r"\x1b(?:\[\[.|\[[0-?]*[ -/]*[@-~]|O.|[\x20-\x7e]|$)|.", re.DOTALL)
_UNFINISHED = regex(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")
_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"


class Keys(Struct, frozen=True):
    """What arrived together: one key when a person types."""

    names: tuple[str, ...] = ()
    """Printable characters as they are, others by name: `enter`, `space`, `left`, `ctrl-c`; `other` is swallowed."""
    pasted: str = ""
    """What the terminal says was pasted."""

    @property
    def single(self) -> str:
        """The key, when it was a single one; else empty."""
        return self.names[0] if len(self.names) == 1 and not self.pasted else ""

    @property
    def text(self) -> str:
        """The characters among the keys."""
        return "".join(" " if name == "space" else name for name in self.names if name == "space" or len(name) == 1)


def parse(data: str) -> Keys:
    """Return the keys in what was read; escape sequences are taken whole, pastes apart."""
    pasted: list[str] = []
    while (start := data.find(_PASTE)) >= 0:
        end = data.find(_PASTED, start)
        end = len(data) if end < 0 else end
        pasted.append(data[start + len(_PASTE) : end])
        data = data[:start] + data[end + len(_PASTED) :]
    names = [_name(found[0]) for found in _SEQUENCE.finditer(data)]
    return Keys(tuple(name for name in names if name), "".join(pasted))


def _name(sequence: str) -> str:
    if sequence == _PASTED:
        return ""
    return _NAMES.get(sequence) or (sequence if len(sequence) == 1 and sequence.isprintable() else "other")


class Keyboard:
    """A terminal's input in character mode, as a context; the terminal is put back whatever happens.

    The terminal's own signals are off meanwhile: Ctrl-C and Ctrl-Z arrive as keys, so that a prompt can restore
    the terminal before it acts on them.
    """

    def __init__(self, fd: int, out: int, sight: Sight | None = None) -> None:
        self._fd = fd
        self._out = out
        self._sight = sight or Sight()
        self._saved: list[Any] | None = None
        self._handler: Any = None
        self.resumed = False
        """The process was stopped and goes on: what is on the screen is somebody else's. For the prompt to clear."""

    def __enter__(self) -> Self:
        self._set()
        try:
            self._handler = signal.signal(signal.SIGCONT, self._on_continue)
        except ValueError:  # not the main thread
            self._handler = None
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()
        if self._handler is not None:
            signal.signal(signal.SIGCONT, self._handler)

    def flush(self) -> None:
        """Forget what was typed before now."""
        while self._sight.owed and self._ready(0):
            self._sight.drop(self._take())
        try:
            termios.tcflush(self._fd, termios.TCIFLUSH)
        except termios.error as error:
            raise HungUp(str(error)) from error

    def in_sight(self) -> str:
        """Return what to write behind a question: only what is pressed once that has reached the screen counts."""
        return self._sight.question().decode()

    def read(self, timeout: float) -> Keys | None:
        """Return the next keys; None when none came in so many seconds. HungUp when the terminal is gone."""
        if self.resumed:
            return None
        data = self._sight.seen(self._next() if self._ready(timeout) else b"")
        return parse(data.decode("utf-8", "replace")) if data else None

    def _next(self) -> bytes:
        data = self._take()
        # A key of its own is followed by silence; an escape sequence or a character may come in pieces.
        quiet = time.monotonic() + 2
        while self._ready(self._patience(data)) and time.monotonic() < quiet:
            data += self._take()
        return data

    def suspend(self) -> None:
        """Stop the process as Ctrl-Z does, the terminal restored meanwhile; return when it goes on."""
        self._restore()
        os.kill(0, signal.SIGTSTP)
        self._set()
        self.resumed = False

    def _patience(self, data: bytes) -> float:
        text = data.decode("utf-8", "replace")
        if text.rfind(_PASTE) > text.rfind(_PASTED):
            return 1.0
        return 0.1 if _UNFINISHED.search(text) else SETTLE

    def _ready(self, timeout: float) -> bool:
        try:
            return bool(select.select([self._fd], [], [], max(0.0, timeout))[0])
        except (OSError, ValueError) as error:
            raise HungUp(str(error)) from error

    def _take(self) -> bytes:
        try:
            data = os.read(self._fd, 4096)
        except OSError as error:
            raise HungUp(str(error)) from error
        if not data:
            raise HungUp("the terminal is gone")
        return data

    def _set(self) -> None:
        try:
            saved = termios.tcgetattr(self._fd)
            if self._saved is None:
                self._saved = saved
            mode = termios.tcgetattr(self._fd)
            mode[0] &= ~termios.IXON
            mode[0] |= termios.ICRNL
            mode[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN)
            mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSANOW, mode)
            os.write(self._out, b"\x1b[?2004h")
        except (termios.error, OSError) as error:
            raise HungUp(str(error)) from error

    def _restore(self) -> None:
        if self._saved is None:
            return
        try:
            os.write(self._out, b"\x1b[?2004l")
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)
        except (termios.error, OSError):
            pass  # it is gone: nothing is left to restore

    def _on_continue(self, _signal: int, _frame: FrameType | None) -> None:
        # A shell that stopped us by another way than our own Ctrl-Z has put its own mode back.
        self.resumed = True
        with suppress(HungUp):  # the next read says so, where somebody listens
            self._set()
