"""Text for a page: escaped, and without characters that would show something else than what is there."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from runbook_runner.regex import regex

_GONE = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TURNED = regex("[\u202a-\u202e\u2066-\u2069]")
"""They reorder the text around them; a mark of direction (U+200E) does not."""
_HIDDEN = regex("[\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
"""What nobody sees in a command."""


def plain(text: str) -> str:
    """Return a text for an attribute or a title: no control characters, nothing that reorders it."""
    return _TURNED.sub("", _GONE.sub("", text))


def esc(text: str) -> str:
    """Return a text as HTML, in an attribute too; what reorders text is made visible."""
    return _marked(text, _TURNED)


def esc_code(text: str) -> str:
    """Return code as HTML; every character that nobody would see is made visible."""
    return _marked(text, _HIDDEN)


def attr(text: str) -> str:
    """Return a text as the value of an attribute."""
    return str(escape(plain(text)))


def bare_code(text: str) -> str:
    """Return code as it may be copied: without what nobody can see in it."""
    return _HIDDEN.sub("", _GONE.sub("", text))


def one_line(text: str, limit: int = 0) -> str:
    """Return a text on one line, cut to so many characters."""
    line = " ".join(plain(text).split())
    return line if not limit or len(line) <= limit else line[: limit - 1].rstrip() + "…"


def end_of_line(text: str, limit: int) -> str:
    """Return a path on one line, cut at its beginning: its end tells it from its neighbours."""
    line = " ".join(plain(text).split())
    return line if len(line) <= limit else "…" + line[1 - limit :]


def with_code(text: str) -> Markup:
    """Return words of our own as HTML; what stands in backticks is code."""
    parts = text.split("`")
    return safe("".join(f"<code>{esc_code(part)}</code>" if at % 2 else esc(part) for at, part in enumerate(parts)))


def _marked(text: str, odd: re.Pattern[str]) -> str:
    if text.isascii() and not _GONE.search(text):
        return str(escape(text))
    text = str(escape(_GONE.sub("", text)))
    return odd.sub(lambda match: f'<span class="odd">U+{ord(match[0]):04X}</span>', text)


def safe(html: str) -> Markup:
    """Mark as HTML what was made of escaped pieces: the one place where templates are told to trust a text."""
    return Markup(html)  # noqa: S704
