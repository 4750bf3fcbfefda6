"""One line out of a paragraph."""

from __future__ import annotations

import re

_LENGTH = 100


def short(text: str) -> str:
    """Return a paragraph as a title: one line, its last sentence where it is long, without its colon."""
    line = " ".join(text.split()).strip().rstrip(":").strip()
    if len(line) > _LENGTH:
        sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", line)
        line = sentences[-1]
    if len(line) > _LENGTH:
        line = line[: _LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;") + "…"
    return line
