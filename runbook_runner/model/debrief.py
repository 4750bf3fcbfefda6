"""What a drill showed: the way that was gone beside the scenario's own, and the time that each decision took."""

from __future__ import annotations

from msgspec import Struct


class Turn(Struct, frozen=True):
    """A place where she went another way than the scenario."""

    at: str
    """The step; `start` before the first."""
    went: str
    """Where she went; empty when she stopped there."""
    ideal: str
    """Where the scenario goes; empty when it ends there."""


class Decision(Struct, frozen=True):
    """Something that she decided, and how long she thought."""

    step: str
    what: str
    """`to run it`, `to go on` …"""
    seconds: float


class Rung(Struct, frozen=True):
    """A call that was due."""

    to: str
    due: float
    """Seconds after the page."""
    called: float | None
    """Seconds after the page; None for never."""


class Debrief(Struct, frozen=True):
    """All of one drill."""

    run: str
    scenario: str
    about: str
    outcome: str
    expected: str
    """The scenario's outcome; empty where it does not say."""
    seconds: float
    path: tuple[str, ...]
    ideal: tuple[str, ...]
    turns: tuple[Turn, ...]
    decisions: tuple[Decision, ...]
    rungs: tuple[Rung, ...]
    surprises: tuple[str, ...] = ()
    """What was done to her, in words."""
    changed: tuple[str, ...] = ()
    """Changes that she made and the scenario does not."""
