"""Spans of time as people write them: `10m`, `1h30m`, `90d`, `5 minutes`, `6 months`."""

from __future__ import annotations

import re

from runbook_runner.regex import regex

_SECONDS = {
    "ms": 0.001, "millisecond": 0.001,
    "s": 1.0, "sec": 1.0, "second": 1.0,
    "m": 60.0, "min": 60.0, "minute": 60.0,
    "h": 3600.0, "hr": 3600.0, "hour": 3600.0,
    "d": 86400.0, "day": 86400.0,
    "w": 604800.0, "week": 604800.0,
    "month": 30 * 86400.0, "mo": 30 * 86400.0,
    "y": 365 * 86400.0, "year": 365 * 86400.0,
}  # fmt: skip
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "five": 5, "ten": 10, "fifteen": 15, "thirty": 30}

UNITS = r"(?:milliseconds?|ms|minutes?|mins?|months?|mo|seconds?|secs?|hours?|hrs?|days?|weeks?|years?|[smhdwy])"
PHRASE = rf"(?:\d{{1,9}}(?:\.\d{{1,6}})?|an?|one|two|three|five|ten|fifteen|thirty)[ -]?{UNITS}\b"
"""A regular expression for one duration in a sentence; without groups."""
_PART = regex(rf"(\d{{1,9}}(?:\.\d{{1,6}})?|an?\b|one|two|three|five|ten|fifteen|thirty)[ -]?({UNITS})", re.I)


def seconds(text: str) -> float | None:
    """Return the seconds that a duration says, positive; None when it is none (a bare number has no unit)."""
    text = text.strip().replace(" and ", " ")
    total, place = 0.0, 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            return None
        unit = match[2].lower()
        number = match[1].lower()
        size = _SECONDS.get(unit) or _SECONDS[unit.removesuffix("s")]
        total += float(_NUMBERS.get(number) or number) * size
        place = match.end()
        while place < len(text) and text[place] in " ,":
            place += 1
    return total if total > 0 else None
