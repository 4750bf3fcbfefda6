"""What may stand where in a `kubernetes` fence: one pattern a place, so that a value stays what it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum

from runbook_runner.regex import regex

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)"
_KEY = rf"(?:{_NAME}/)?{_VALUE}"
_TYPE = r"[A-Za-z][A-Za-z0-9-]*(?:\.[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?"
_SET = rf"\(\s*{_VALUE}(?:\s*,\s*{_VALUE})*\s*\)"
_ONE = rf"(?:{_KEY}\s*(?:==?|!=)\s*{_VALUE}?|{_KEY}\s+(?:in|notin)\s*{_SET}|!?\s*{_KEY})"
_FIELD = r"[a-zA-Z][A-Za-z0-9.]*(?:==?|!=)[A-Za-z0-9._:/-]*"
DURATION = regex(r"(?:[0-9]{1,6}(?:ms|s|m|h))+")
_PIECE = regex(r"([0-9]+)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Slot(Enum):
    """A kind of place: what must match there, and what that is called."""

    NAME = (rf"{_NAME}|[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9:.-]+", "a name: small letters, digits, - and .")
    LABEL = (_LABEL, "a name: small letters, digits and -")
    TYPE = (_TYPE, "a type of objects, such as pods, deploy or certificates.cert-manager.io")
    OBJECT = (rf"{_TYPE}/{_NAME}", "TYPE/NAME, such as deploy/payments")
    OBJECTS = (rf"{_TYPE}(?:/{_NAME})?", "a type of objects, or TYPE/NAME")
    NODE = (rf"(?:nodes?/|no/)?{_NAME}", "the name of a node")
    EVENTS = ("all|Warning|Normal", "all, Warning or Normal")
    SELECTOR = (rf"{_ONE}(?:\s*,\s*{_ONE})*", "a label selector, such as app=payments,tier in (web,api)")
    FIELDS = (rf"{_FIELD}(?:,{_FIELD})*", "a field selector, such as status.phase!=Running")
    DURATION = (DURATION.pattern, "a span of time, such as 90s, 5m or 1h")
    NUMBER = (r"[0-9]{1,9}", "a whole number")
    FLAG = ("true|false", "true or false")
    CONDITION = (
        r"condition=[A-Za-z][A-Za-z0-9._/-]*(?:=[A-Za-z]+)?|delete|create|rollout",
        "condition=NAME, condition=NAME=False, rollout, create or delete",
    )
    CASCADE = ("background|foreground|orphan", "background, foreground or orphan")
    ARGUMENTS = (r"[^\0]*", "a list of words without NUL")

    def refuses(self, text: str) -> str:
        """Return what should stand there instead; empty when the text may."""
        pattern, wanted = self.value
        return "" if re.fullmatch(pattern, text, re.DOTALL) else wanted


PARTS: Mapping[Slot, str] = {
    Slot.SELECTOR: f"{_VALUE}?",
    Slot.FIELDS: r"[A-Za-z0-9._:-]*",
    Slot.OBJECT: rf"{_TYPE}|{_NAME}",
    Slot.OBJECTS: rf"{_TYPE}|{_NAME}",
    Slot.CONDITION: r"[A-Za-z][A-Za-z0-9._-]*",
    Slot.ARGUMENTS: r"[^\0]*",
}
"""What one value may be where it is only a part of what stands there: it adds no further term to a selector."""


def seconds(text: str) -> float:
    """Return the length of a span of time."""
    return sum(int(number) * _SECONDS[unit] for number, unit in _PIECE.findall(text))


def fits_part(slot: Slot, value: str) -> bool:
    """Say whether a value may be a part of what stands in a place."""
    return re.fullmatch(PARTS.get(slot, r"[A-Za-z0-9._-]*"), value, re.DOTALL) is not None
