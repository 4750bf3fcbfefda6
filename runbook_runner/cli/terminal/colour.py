"""Whether to colour what is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO


def colour_wanted(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether to colour what goes to a stream: NO_COLOR wins, then FORCE_COLOR, then the terminal."""
    if environ.get("NO_COLOR"):
        return False
    for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
        if environ.get(name):
            return environ[name] != "0"
    if environ.get("TERM", "") in ("", "dumb"):
        return False
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False
