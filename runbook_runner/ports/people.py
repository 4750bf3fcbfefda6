"""The port to the person at the terminal: what she is asked, and what may speak over it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

WAYS = tuple("123456789ghiklmwABCDEFGHIJKLMNOPQRSUXY")
"""Keys of the branches and alternatives of a question, in order."""


class Option(Struct, frozen=True):
    """One thing that she can answer."""

    key: str
    """One printable character, `enter`, or an arrow-less name of a key."""
    label: str
    word: str = ""
    """Must be typed in full before this counts: `yes`, or the target's name. Never on a bare key."""
    hint: bool = False
    """What the evidence says: shown first and marked."""
    quiet: bool = False
    """Works, but is left out of the key line (shown by help)."""
    asks: bool = False
    """Only asks for the values that are missing; the same question comes again, with them in sight."""


class Notice(Struct, frozen=True):
    """Something that fell due while a prompt was open."""

    text: str
    option: Option | None = None
    """A key of its own, added to the open prompt; never one that it already has."""


class Interrupts(Protocol):
    """What may speak over an open prompt."""

    def due(self) -> Sequence[Notice]:
        """Return what has fallen due since last asked."""


class About(StrEnum):
    """What a question of a run is about."""

    OFFER = "offer"
    """What to do at a step."""
    SETTLE = "settle"
    """Whether a step ended as expected, where the machine cannot say."""
    DEPART = "depart"
    """Which way on."""
    GUARD = "guard"
    """Whether a condition on a step holds."""
    PICK = "pick"
    """Which of several alternatives applies."""
    CONFIRM = "confirm"
    """Whether values are meant."""
    REACH = "reach"
    """Whether somebody who was called answered."""
    CALLED = "called"
    """What to do once somebody was called because the runbook says so."""
    LOST = "lost"
    """Where to go on, when a destination is not there."""
    END = "end"
    """How the run ended."""


class Menu(Struct, frozen=True):
    """A question answered by a key."""

    question: str
    options: tuple[Option, ...]
    lines: tuple[str, ...] = ()
    """What must stay in sight above the keys: command, verdict, branches."""
    poll: float | None = None
    """Seconds after which the answer is `poll` if she has not begun to type."""
    about: About | None = None
    """What kind of question it is, for those who answer without reading it."""


class Prompt(Protocol):
    """The person at the terminal, or nobody."""

    @property
    def unattended(self) -> bool:
        """Whether nobody sees the questions: it answers at once what needs no person, and never waits but to poll."""

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        """Return the key of the option she chose, or `poll`.

        Typed before it was shown counts for nothing. Raises NeedsPerson when nobody is there, Interrupted on Ctrl-C,
        HungUp when the terminal went away.
        """

    def line(self, label: str, interrupts: Interrupts, *, default: str = "", secret: bool = False) -> str | None:
        """Return a line that she typed, empty for none; None when she backed out."""

    def edit(self, text: str) -> str | None:
        """Let her edit a command; None when she backed out."""

    def pager(self, text: str) -> None:
        """Show a long text."""


class Interrupted(Exception):
    """She pressed Ctrl-C at a prompt."""


class HungUp(Exception):
    """The terminal is gone."""
