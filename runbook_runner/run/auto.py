"""Nobody at the terminal: takes what the evidence or the runbook says, and stops where a person must decide."""

from __future__ import annotations

from collections.abc import Callable

from runbook_runner.errors import NeedsPerson
from runbook_runner.ports import About, Clock, Interrupts, Menu
from runbook_runner.run.interrupts import TIMER_KEYS


class Unattended:
    """The Prompt of `--auto`: runs reads, follows branches that hold, never declares an outcome."""

    unattended = True

    def __init__(self, clock: Clock, say: Callable[[str], None] = lambda _line: None) -> None:
        """Wait by a clock; `say` shows a line to whoever reads along."""
        self._clock = clock
        self._say = say

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Return the hinted option, a timer that fell due, or `poll`; else NeedsPerson."""
        for line in menu.lines:
            self._say(line)
        for notice in interrupts.due():
            if notice.option:
                return notice.option.key
        for option in menu.options:
            if option.hint and not option.word:
                if menu.about is About.DEPART:
                    self._say(f"> {option.label}")
                return option.key
        if menu.poll is None:
            raise NeedsPerson(f"a person must answer: {menu.question}", "go on with `runbook resume`")
        for option in menu.options:
            if option.key in TIMER_KEYS:  # it fell due while the command ran
                return option.key
        return self._wait(menu.poll, interrupts)

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Return the default; without one, NeedsPerson."""
        interrupts.due()
        if default and not secret:
            return default
        raise NeedsPerson(f"a person must answer: {label}", "go on with `runbook resume`")

    def edit(self, text: str) -> str | None:
        """Refuse: an edit is a person's."""
        raise NeedsPerson("this command must be edited before it may run", text)

    def pager(self, text: str) -> None:
        """Show nothing."""

    def _wait(self, seconds: float, interrupts: Interrupts) -> str:
        until = self._clock.mono() + seconds
        while (left := until - self._clock.mono()) > 0:
            self._clock.wait(min(0.25, left))
            for notice in interrupts.due():
                if notice.option:
                    return notice.option.key
        return "poll"
