"""The person at a real terminal: single keys, words for what may change something, notices over the open question."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from runbook_runner.cli.terminal.editor import LineBuffer
from runbook_runner.cli.terminal.keys import Keyboard, Keys
from runbook_runner.cli.terminal.screen import key_rows, menu_rows
from runbook_runner.cli.terminal.sight import Sight
from runbook_runner.cli.terminal.style import clip, paint, printable, width_of, wrap
from runbook_runner.ports import HungUp, Interrupted, Interrupts, Menu, Notice, Option

_POLL = 0.25
RESUMED = Keys(("resumed",))


class Silence:
    """Interrupts that never come."""

    def due(self) -> Sequence[Notice]:
        """Return nothing."""
        return ()


class TerminalPrompt:
    """Asks at a terminal, without an alternate screen: scrollback is hers."""

    unattended = False

    def __init__(self, fd: int, out: TextIO, *, colour: bool = False, fresh: Callable[[], None] | None = None) -> None:
        """Ask on the terminal `fd` and show on `out`; `fresh` ends a line that a command's output left open."""
        self._fd = fd
        self._out = out
        self._colour = colour
        self._fresh = fresh or (lambda: None)
        self._sight = Sight()

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Return the key of the option she chose, or `poll`."""
        with self._keyboard() as keyboard:
            return _Open(self, keyboard, menu, interrupts).answer()

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Return a line that she typed; the default stands there to be changed. Esc backs out."""
        buffer = LineBuffer("" if secret else default)
        label = printable(label).replace("\n", " ") + ("" if label.endswith("?") else ":")
        with self._keyboard() as keyboard:
            keyboard.flush()

            def draw(behind: str = "") -> None:
                width, _ = self.size()
                self.write("\r" + buffer.row(clip(label, width - 10) + " ", width - 1, secret=secret) + behind)

            draw(keyboard.in_sight())
            while True:
                keys = self.wait(keyboard, interrupts, draw)
                if keys is None:
                    continue
                ended = False
                for name in () if keys is RESUMED else keys.names:
                    if name == "ctrl-c" or (name == "esc" and not ended) or (name == "ctrl-d" and not buffer.text):
                        self.write("\r\n")
                        if name == "ctrl-c":
                            raise Interrupted
                        return None
                    if name == "enter":
                        ended = True
                        break
                    buffer.press(name)
                if keys.pasted:
                    buffer.insert(" ".join(keys.pasted.split("\n")).strip("\r\n "))
                draw()
                if ended:
                    self.write("\r\n")
                    return buffer.text

    def edit(self, text: str) -> str | None:
        """Let her edit a command in her editor, or here when it is one line and she has none."""
        from runbook_runner.cli.terminal.outside import edit, editor

        command = editor(os.environ, single="\n" not in text.strip("\n"))
        if command is None:
            return self.line("Edit", Silence(), default=text.strip("\n"))
        edited = edit(text, command)
        if edited is None:  # it may have left its cursor anywhere
            self.write("\r\n" + paint(f"{command[0]} failed: nothing is changed", "quiet", self._colour) + "\r\n")
        return edited

    def pager(self, text: str) -> None:
        """Show a long text."""
        from runbook_runner.cli.terminal.outside import page

        width, height = self.size()
        text = printable(text)
        if sum(max(1, -(-width_of(line) // width)) for line in text.splitlines()) < height - 1 or not page(text):
            self.write(text.rstrip("\n").replace("\n", "\r\n") + "\r\n")

    def wait(self, keyboard: Keyboard, interrupts: Interrupts, redraw: Callable[[], None]) -> Keys | None:
        """Return keys, or None after a quarter of a second; notices are shown above the open line meanwhile.

        `RESUMED` is what is pressed when the process was stopped and goes on: the question is out of sight then.
        """
        try:
            keys = keyboard.read(_POLL)
        except KeyboardInterrupt:  # sent by another process: at the keyboard Ctrl-C is a key
            self.write("\r\n")
            raise Interrupted from None
        if keys is not None and "ctrl-z" in keys.names:
            self.write("\r\n")
            keyboard.suspend()
            return RESUMED
        if keyboard.resumed:
            keyboard.resumed = False
            return RESUMED
        try:
            notices = interrupts.due()
        except HungUp:
            raise
        except Exception:  # the question is over, and what is said next begins a line
            self.write("\r\n")
            raise
        for notice in notices:
            self.notice(notice)
            redraw()
        return keys

    def notice(self, notice: Notice) -> None:
        """Show a notice as a line above the open one."""
        width, _ = self.size()
        said = notice.option is not None and notice.option.label in notice.text
        key = f"  [{notice.option.key}] {'do so' if said else notice.option.label}" if notice.option else ""
        rows = wrap(printable(notice.text + key), width, first="! ", rest="  ")
        self.write("\r\x1b[K" + "".join(paint(row, "notice", self._colour) + "\r\n" for row in rows))

    def size(self) -> tuple[int, int]:
        """Return columns and rows."""
        try:
            columns, rows = os.get_terminal_size(self._out.fileno())
        except (OSError, ValueError):
            columns, rows = 80, 24
        return max(20, columns or 80), max(5, rows or 24)

    def write(self, text: str) -> None:
        """Write at once; HungUp when the terminal is gone."""
        try:
            self._out.write(text)
            self._out.flush()
        except (OSError, ValueError) as error:
            raise HungUp(str(error)) from error

    @property
    def colour(self) -> bool:
        """Whether to colour."""
        return self._colour

    def _keyboard(self) -> Keyboard:
        self._fresh()
        self.write("")
        return Keyboard(self._fd, self._out.fileno(), self._sight)


class _Open:
    """One open menu."""

    def __init__(self, prompt: TerminalPrompt, keyboard: Keyboard, menu: Menu, interrupts: Interrupts) -> None:
        self.prompt = prompt
        self.keyboard = keyboard
        self.menu = menu
        self.interrupts = interrupts
        self.options = list(menu.options)
        self.typed = ""
        self.drawn = 0
        """Rows above the open one that may be taken back: none once something else stands between them."""
        self.warned = ""

    def answer(self) -> str:
        """Return the key she chose."""
        deadline = None if self.menu.poll is None else time.monotonic() + self.menu.poll
        self.show()
        while True:
            keys = self.prompt.wait(self.keyboard, self, self.redraw)
            if keys is None:
                if deadline is not None and time.monotonic() >= deadline:
                    self.take_back()
                    return "poll"
                continue
            if "ctrl-c" in keys.names or "ctrl-d" in keys.names:
                self.prompt.write("\r\n")
                raise Interrupted
            option = self.option(keys.single)
            if keys is RESUMED:
                self.show()
            elif option is None:
                self.remind(keys)
            elif self.confirmed(option):
                return option.key

    def due(self) -> Sequence[Notice]:
        """Return what has fallen due, its keys added where they are free."""
        fresh: list[Notice] = []
        for notice in self.interrupts.due():
            option = notice.option
            if option is not None and self.option(option.key) is None:
                self.options.append(option)
            elif option is not None:
                notice = Notice(notice.text)  # a key that she has in sight keeps its meaning
            fresh.append(notice)
            self.drawn = 0
        return fresh

    def option(self, key: str) -> Option | None:
        """Return the option with a key."""
        return next((option for option in self.options if key and option.key == key), None)

    def show(self) -> None:
        """Draw the menu and the question in one piece; what was typed before is forgotten."""
        width, height = self.prompt.size()
        rows = menu_rows(self.menu, self.options, width, height, self.prompt.colour)
        self.drawn = len(rows)
        self.ask(rows)

    def ask(self, rows: Sequence[str]) -> None:
        """Draw some rows and the question below them."""
        self.keyboard.flush()
        above = "".join(row + "\r\n" for row in rows)
        self.prompt.write(above + self.question() + self.keyboard.in_sight())

    def redraw(self) -> None:
        """Draw the open line again."""
        self.prompt.write(self.question())

    def question(self) -> str:
        """Return the open line."""
        width, _ = self.prompt.size()
        text = clip(printable(self.menu.question).replace("\n", " "), width - 4)
        return "\r\x1b[K" + paint(text, "bold", self.prompt.colour) + " "

    def take_back(self) -> None:
        """Wipe the menu, so that a poll leaves no trail of questions that nobody answered."""
        up = f"\x1b[{self.drawn}A" if self.drawn else ""
        self.prompt.write(f"\r{up}\x1b[J")

    def remind(self, keys: Keys) -> None:
        """Say once what to press; a cat on the keyboard gets no flood."""
        several = len(keys.names) != 1 or bool(keys.pasted)
        text = "Several keys came at once and were ignored: press one." if several else "Press one of the keys shown."
        if text == self.warned or self.warned:
            return
        self.warned = text
        width, _ = self.prompt.size()
        self.drawn = 0
        self.prompt.write("\r\x1b[K" + paint(clip(text, width), "quiet", self.prompt.colour) + "\r\n")
        self.redraw()

    def confirmed(self, option: Option) -> bool:
        """Return whether she meant it: at once, or by the word in full and Enter on its own."""
        label = printable(option.label)
        if not option.word:
            width, _ = self.prompt.size()
            room = width - width_of(printable(self.menu.question)) - 2
            self.prompt.write(clip(label, room) + "\r\n" if room > 0 else "\r\n")
            return True
        self.prompt.write("\r\n")
        self.drawn = 0
        meant = self.word(option)
        if meant:
            return True
        if meant is None:
            self.show()
            return False
        width, _ = self.prompt.size()
        nothing = paint("Nothing done.", "quiet", self.prompt.colour)
        self.ask([nothing, *key_rows(self.options, width, self.prompt.colour, most=4)])
        return False

    def word(self, option: Option) -> bool | None:
        """Ask for the word; anything else is a no, and None says that the menu went out of sight."""
        buffer = LineBuffer("")
        label = f"Type {printable(option.word)} to {printable(option.label)}: "

        def draw(behind: str = "") -> None:
            width, _ = self.prompt.size()
            self.prompt.write("\r" + buffer.row(clip(label, width - width_of(option.word) - 4), width - 1) + behind)

        self.keyboard.flush()
        draw(self.keyboard.in_sight())
        while True:
            keys = self.prompt.wait(self.keyboard, self, draw)
            if keys is None:
                continue
            if keys is RESUMED:
                return None
            if "ctrl-c" in keys.names or "ctrl-d" in keys.names:
                self.prompt.write("\r\n")
                raise Interrupted
            if keys.single in ("enter", "esc"):
                self.prompt.write("\r\n")
                return keys.single == "enter" and buffer.text == option.word
            if keys.pasted or "enter" in keys.names:
                # Text with its own Enter was pasted, or was typed before the question could be read.
                buffer = LineBuffer("")
                self.prompt.write("\r\x1b[KThat came all at once and was ignored: type the word, then Enter.\r\n")
            else:
                for name in keys.names:
                    buffer.press(name)
            draw()
