"""Asking by whole lines: dumb terminals, screen readers and pipes; and asking nobody."""

from __future__ import annotations

import os
import select
import termios
import time
from typing import Any, TextIO

from runbook_runner.cli.terminal.style import printable
from runbook_runner.errors import NeedsPerson
from runbook_runner.ports import HungUp, Interrupted, Interrupts, Menu, Option

_PATIENCE = 20
"""Wrong lines in a row from a pipe: what comes is no answer (`yes |`), and may never end."""


class PlainPrompt:
    """Prints every option as a line and reads whole lines; nothing moves the cursor."""

    unattended = False

    def __init__(self, fd: int, out: TextIO) -> None:
        self._fd = fd
        self._out = out
        self._buffer = b""
        self._over = False
        self._tty = os.isatty(fd)

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Return the key of the option whose line she typed, or `poll`."""
        options = list(menu.options)
        for line in menu.lines:
            self._print(printable(line))
        for offered in sorted(options, key=lambda each: not each.hint):
            if not offered.quiet:
                self._print(_described(offered))
        self._flush()
        deadline = None if menu.poll is None else time.monotonic() + menu.poll
        wrong = 0
        while self._tty or wrong < _PATIENCE:
            answer = self._ask(menu.question, interrupts, options, deadline)
            if answer is None:
                return "poll"
            option = _meant(answer.strip(), options)
            if option is None:
                wrong += 1
                keys = ", ".join(each.key for each in options if not each.quiet)
                self._print(f"Type one of: {keys}. Then Enter.")
                continue
            if not option.word:
                return option.key
            self._flush()
            word = self._ask(f"Type {option.word} to {printable(option.label)}:", interrupts, options, None)
            if word is not None and word.strip() == option.word:
                return option.key
            wrong += 1
            self._print("Nothing done.")
        raise NeedsPerson(f"no answer that came fits: {menu.question}", "run it in a terminal to answer")

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Return a line; an empty one takes the default."""
        self._flush()
        shown = f" [{printable(default)}]" if default and not secret else ""
        echo = self._echo_off() if secret else None
        try:
            colon = "" if label.endswith("?") and not shown else ":"
            answer = self._ask(f"{label}{shown}{colon}", interrupts, [], None)
        finally:
            if echo is not None:
                termios.tcsetattr(self._fd, termios.TCSANOW, echo)
                self._print("")
        return answer or default

    def edit(self, text: str) -> str | None:
        """Let her edit a command in her editor, or type it anew."""
        from runbook_runner.cli.terminal.outside import edit, editor
        from runbook_runner.cli.terminal.prompt import Silence

        command = editor(os.environ, single=True) if self._tty else None
        if command is not None:
            return edit(text, command)
        self._print("Now: " + printable(text))
        return self.line("New command, empty to leave it", Silence()) or None

    def pager(self, text: str) -> None:
        """Print a long text."""
        self._print(printable(text.rstrip("\n")))

    def _ask(self, question: str, interrupts: Interrupts, options: list[Option], deadline: float | None) -> str | None:
        """Return the next line; None when the deadline came first."""
        question = printable(question).replace("\n", " ")
        self._print(question + " ", end="")
        while True:
            for notice in interrupts.due():
                free = notice.option is not None and _meant(notice.option.key, options) is None
                self._print("\nNotice: " + printable(notice.text))
                if notice.option is not None and free:
                    options.append(notice.option)
                    self._print(_described(notice.option))
                self._print(question + " ", end="")
            line = self._line(0.25)
            if line is not None:
                if not self._tty:
                    self._print("")
                return line
            if self._over:
                self._print("")
                if self._tty:
                    raise HungUp("the terminal is gone")
                raise NeedsPerson(f"there is no answer to: {question}", "run it in a terminal to answer")
            if deadline is not None and time.monotonic() >= deadline:
                self._print("")
                return None

    def _line(self, timeout: float) -> str | None:
        try:
            if b"\n" not in self._buffer and not self._over and select.select([self._fd], [], [], timeout)[0]:
                data = os.read(self._fd, 4096)
                self._over = not data
                self._buffer += data
        except KeyboardInterrupt:
            raise Interrupted from None
        except (OSError, ValueError) as error:
            raise HungUp(str(error)) from error
        if b"\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\n")
        elif self._over and self._buffer:
            line, self._buffer = self._buffer, b""
        else:
            return None
        return line.decode("utf-8", "replace").rstrip("\r")

    def _flush(self) -> None:
        # Only a terminal can have typed ahead; what stands in a pipe is all there will ever be.
        if self._tty:
            self._buffer = b""
            try:
                termios.tcflush(self._fd, termios.TCIFLUSH)
            except termios.error as error:
                raise HungUp(str(error)) from error

    def _echo_off(self) -> list[Any] | None:
        if not self._tty:
            return None
        saved = termios.tcgetattr(self._fd)
        mode = termios.tcgetattr(self._fd)
        mode[3] &= ~termios.ECHO
        termios.tcsetattr(self._fd, termios.TCSANOW, mode)
        return saved

    def _print(self, text: str, end: str = "\n") -> None:
        try:
            self._out.write(text + end)
            self._out.flush()
        except (OSError, ValueError) as error:
            raise HungUp(str(error)) from error


class Nobody:
    """Nobody is there: every question stops the run, waiting for a person."""

    unattended = False

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Raise NeedsPerson with the question."""
        raise _needed(menu.question)

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Raise NeedsPerson with the label."""
        raise _needed(label)

    def edit(self, text: str) -> str | None:
        """Raise NeedsPerson."""
        raise _needed("edit the command")

    def pager(self, text: str) -> None:
        """Show nothing: nobody reads it."""


def _needed(question: str) -> NeedsPerson:
    return NeedsPerson(f"a person must answer: {printable(question)}", "go on with: runbook resume")


def _described(option: Option) -> str:
    suggested = " (suggested)" if option.hint else ""
    word = f" (then type {option.word})" if option.word else ""
    return f"  {option.key}: {printable(option.label)}{suggested}{word}"


def _meant(answer: str, options: list[Option]) -> Option | None:
    key = {"": "enter", " ": "space"}.get(answer, answer)
    return next((option for option in options if option.key == key), None)
