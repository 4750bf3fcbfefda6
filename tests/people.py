"""Fakes for the person at the terminal and for what she sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from runbook_runner.model.events import Event
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Interrupts, Menu, Notice


class Typed(Struct, frozen=True):
    """A line (or an edited text) that she types; None backs out."""

    text: str | None


Answer = str | Typed | BaseException
"""A key of a menu (`key=word` where the option wants a word, `poll`), a line, or what is raised instead."""


class Quiet:
    """Interrupts that never come."""

    def due(self) -> Sequence[Notice]:
        return ()


class ScriptedPrompt:
    """Answers from a list, records what it was asked, and fails loudly when that does not fit.

    An answer may also be a function of the menu, for answers that depend on what is shown.
    """

    unattended = False

    def __init__(self, *answers: Answer | Callable[[Menu], str]) -> None:
        self.answers = list(answers)
        self.menus: list[Menu] = []
        self.labels: list[str] = []
        self.defaults: list[str] = []
        self.edited: list[str] = []
        self.paged: list[str] = []
        self.notices: list[Notice] = []

    @property
    def questions(self) -> list[str]:
        """The questions of the menus so far."""
        return [menu.question for menu in self.menus]

    @property
    def exhausted(self) -> bool:
        """Whether every answer was used."""
        return not self.answers

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        self.menus.append(menu)
        options = list(menu.options)
        for notice in interrupts.due():
            self.notices.append(notice)
            if notice.option is not None:
                assert notice.option.key not in {o.key for o in options}, f"a notice rebinds {notice.option.key!r}"
                options.append(notice.option)
        keys = [option.key for option in options]
        assert len(set(keys)) == len(keys), f"a menu binds a key twice: {keys}"
        asked = f"the menu {menu.question!r} with keys {keys}"
        answer = self._next(asked)
        if callable(answer):
            answer = answer(menu)
        assert isinstance(answer, str), f"{answer!r} is no key, for {asked}"
        if answer == "poll":
            assert menu.poll is not None, f"no poll is due in {asked}"
            return answer
        key, _, word = answer.partition("=") if len(answer) > 1 else (answer, "", "")
        chosen = next((option for option in options if option.key == key), None)
        assert chosen is not None, f"{key!r} is not offered by {asked}"
        assert word == chosen.word, f"{key!r} wants the word {chosen.word!r}, not {word!r}, in {asked}"
        return key

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        self.labels.append(label)
        self.defaults.append(default)
        self.notices += interrupts.due()
        return self._typed(f"the line {label!r}")

    def edit(self, text: str) -> str | None:
        self.edited.append(text)
        return self._typed(f"to edit {text!r}")

    def pager(self, text: str) -> None:
        self.paged.append(text)

    def _typed(self, asked: str) -> str | None:
        answer = self._next(asked)
        assert isinstance(answer, Typed), f"{answer!r} is no Typed(…), for {asked}"
        return answer.text

    def _next(self, asked: str) -> str | Typed | Callable[[Menu], str]:
        assert self.answers, f"no answer is left for {asked}"
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class RecordingReporter:
    """Keeps what was reported."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.said: list[tuple[str, str]] = []
        """Text and style."""
        self.steps: list[tuple[str, str]] = []
        """Step and place."""
        self.outputs: list[tuple[str, str]] = []
        """Stream and text."""

    def event(self, event: Event) -> None:
        self.events.append(event)

    def say(self, text: str, *, style: str = "") -> None:
        self.said.append((text, style))

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        self.said.append((title, "prose"))

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        self.steps.append((step, place))

    def output(self, stream: str, text: str) -> None:
        self.outputs.append((stream, text))

    @property
    def text(self) -> str:
        """Everything said, a line each."""
        return "\n".join(text for text, _ in self.said)

    def written(self, stream: str = "stdout") -> str:
        """Return all output of a stream."""
        return "".join(text for name, text in self.outputs if name == stream)
