"""Other people's text, safe to show."""

from __future__ import annotations

from runbook_runner.regex import regex

_ESCAPES = regex(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|.)?")
_CONTROLS = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def bare(text: str) -> str:
    """Return a text without escape sequences and control characters; newlines and tabs stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def one_line(text: str, limit: int = 0) -> str:
    """Return a text on one line, cut to so many characters."""
    line = " ".join(bare(text).split())
    return line if not limit or len(line) <= limit else line[: limit - 1] + "…"
