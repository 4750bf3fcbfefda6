"""One line out of a paragraph."""

from __future__ import annotations

import re

from runbook_runner.regex import regex

_LENGTH = 100
_COMMENT = regex(r"\s*#+ *(?:\d+[.):] *)?([A-Z][\w'-]* [^\n]{3,78}[^\s:.])[:.]?\n")
_DULL = regex(
    r"\W*(?:diagnos\w+|mitigations?|resolutions?|solutions?|fix(?:es)?|checks?|verification|troubleshooting|commands?"
    r"|steps?|procedures?|investigation|remediation|recovery|usage|examples?|actions?)\W*",
    re.I,
)


def commented(text: str) -> str:
    """Return what the first line of a command says of it, `# Look at the disks`; empty when it says nothing."""
    match = _COMMENT.match(text)
    return match[1] if match else ""


def dull(title: str) -> bool:
    """Tell whether a section's title says nothing of a single step in it."""
    return _DULL.fullmatch(title) is not None


def short(text: str, *, last: bool = True) -> str:
    """Return a paragraph as a title: one line, one sentence of a long one, without its colon."""
    line = " ".join(text.split()).strip().rstrip(":").strip()
    if len(line) > _LENGTH:
        sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", line)
        line = sentences[-1 if last else 0]
    if len(line) > _LENGTH:
        line = line[: _LENGTH - 1].rsplit(" ", 1)[0].rstrip(" ,;") + "…"
    return line
