"""Whether one name may have been written for another."""

from __future__ import annotations

from runbook_runner.regex import regex

_LETTERS = 0.75
"""So alike two names of other words must be: `restart-werker` and `restart-worker`."""
_SMALL = frozenset(["", "a", "an", "and", "for", "how", "in", "of", "on", "or", "the", "to", "with"])
_NUMBER = regex(r"\d+")


def same_section(written: str, anchor: str) -> bool:
    """Say whether an anchor may be meant by another: nearly the same letters, or at least half its words."""
    words, others = set(written.split("-")) - _SMALL, set(anchor.split("-")) - _SMALL
    numbers, meant = set(_NUMBER.findall(written)), set(_NUMBER.findall(anchor))
    other_step = numbers and meant and not numbers & meant
    if not other_step and words & others and 2 * len(words & others) >= min(len(words), len(others)):
        return True
    from difflib import SequenceMatcher

    return SequenceMatcher(None, anchor, written).ratio() >= _LETTERS
