"""A parameter's pattern, as a page's script can check it."""

from __future__ import annotations

from runbook_runner.regex import regex

_PYTHON_ONLY = regex(r"\(\?(?:[aiLmsux-]|P=|P>|\(|#|>)|\\[AZ]|[*+?}]\+|\{,")
"""Inline flags, named references, conditions, comments, atomic groups, other anchors, possessive quantifiers."""


def for_script(pattern: str) -> str:
    """Return a pattern for JavaScript; empty when there is none, or it means something else there."""
    pattern = pattern.removeprefix(r"\A").removesuffix(r"\Z")
    if not pattern or _PYTHON_ONLY.search(pattern):
        return ""
    return pattern.replace("(?P<", "(?<")
