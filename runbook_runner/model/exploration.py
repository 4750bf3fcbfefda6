"""What exploring a step graph found: paths on which a run would go wrong, each with the shortest way there."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.span import Span


class Leg(Struct, frozen=True):
    """One move of a path."""

    step: str
    condition: str
    """What must be so for this way to be taken, in words or as a predicate's reply."""
    to: str


class Weakness(Struct, frozen=True):
    """A path on which a run would go wrong."""

    code: str
    """dead-end, undecided, endless-loop, unverified-change, no-rollback or nobody-called."""
    message: str
    span: Span
    path: tuple[Leg, ...]
    """The shortest way there, from the start."""
    confirmed: bool = True
    """The real runner went this way too, with made-up answers."""


class Exploration(Struct, frozen=True):
    """All of one runbook."""

    runbook: str
    weaknesses: tuple[Weakness, ...]
    moves: int
    """Ways that were looked at."""
