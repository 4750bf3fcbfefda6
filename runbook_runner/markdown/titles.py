"""One line out of a paragraph."""

from __future__ import annotations

import re

_LENGTH = 100


def short(text: str, *, last: bool = True) -> str:
    """Return a paragraph as a title: one line, one sentence of a long one, without its colon."""
    line = " ".join(text.split()).strip().rstrip(":").strip()
    if len(line) > _LENGTH:
        sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", line)
        line = sentences[-1 if last else 0]
    if len(line) > _LENGTH:
        line = line[: _LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;") + "…"
    return line
