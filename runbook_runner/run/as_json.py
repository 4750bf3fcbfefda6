"""`json` in predicates: any stdout that is JSON, read when a predicate asks for it."""

from __future__ import annotations

import json
from typing import Any


def as_json(stdout: str, *, whole: bool) -> Any:
    """Return what stdout says; ValueError, in words for her, when it is no JSON, or was too long to keep."""
    if not whole:
        raise ValueError("stdout was too long to keep whole, so it cannot be read as JSON")
    text = stdout.strip()
    if not text:
        raise ValueError("stdout is empty, and no JSON")
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        if _lines(text):
            why = "stdout is several JSON values, one a line: `jq -s .` behind the command makes a list of them"
            raise ValueError(why) from error
        place = f"line {error.lineno}, column {error.colno}: {error.msg[:1].lower()}{error.msg[1:]}"
        # No excerpt: it may hold a secret, which is known by all of it only.
        raise ValueError(f"stdout is no JSON ({place})") from error


def _no_number(word: str) -> Any:
    raise ValueError(f"stdout holds {word}, which is no JSON")


def _lines(text: str) -> bool:
    """Whether each of the first lines is JSON of its own."""
    lines = [line for line in text.splitlines()[:5] if line.strip()]
    try:
        return len(lines) > 1 and all(isinstance(json.loads(line), dict | list) for line in lines)
    except ValueError:
        return False
