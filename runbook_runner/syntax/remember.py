"""What was found out about a text is kept: the same few commands stand in many runbooks, and several ask about each."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

_SHORT = 2000
"""Longer texts are not kept."""
_MANY = 2048

Found = TypeVar("Found")


def remembered(function: Callable[[str], Found]) -> Callable[[str], Found]:
    """Wrap a function of a text whose answers never change."""
    kept = lru_cache(_MANY)(function)

    @wraps(function)
    def wrapped(text: str) -> Found:
        return kept(text) if len(text) <= _SHORT else function(text)

    return wrapped
