"""From the places where something could be lacking, and what is, to a score: 0 to 100.

Loaded by every call of lint; what counts the places is in `score`, which is loaded when there is a document to read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct


class Stake(Struct, frozen=True, array_like=True):
    """What one rule can take off a document's score."""

    code: str
    points: int
    places: int
    """In how many places of the document it could find something."""
    why: str
    """What its lack costs her, in a few words."""


class Part(Struct, frozen=True):
    """What one rule did to a document's score."""

    code: str
    why: str
    found: int
    """How many findings there are."""
    places: int
    """How many there could be."""
    gain: float
    """How many of the 100 points mending all of them would bring."""


class Score(Struct, frozen=True):
    """A document's completeness."""

    value: int
    """0 to 100."""
    parts: tuple[Part, ...]
    """Every rule that applies, what would raise the score most first."""


def rate(stakes: Sequence[Stake], codes: Iterable[str]) -> Score | None:
    """Return the score from what is at stake and from the codes of all findings; None when it is no runbook."""
    if not stakes:
        return None
    found = Counter(codes)
    total = sum(stake.points for stake in stakes)
    parts = []
    for stake in stakes:
        count = max(stake.places, found[stake.code])
        gain = 100 * stake.points * found[stake.code] / count / total
        parts.append(Part(stake.code, stake.why, found[stake.code], count, gain))
    value = int(100 - sum(part.gain for part in parts) + 1e-6)
    return Score(value, tuple(sorted(parts, key=lambda part: -part.gain)))
