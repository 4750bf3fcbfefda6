"""Secrets that a command itself brings up: what it assigns to a name that says so."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping

from runbook_runner.regex import regex
from runbook_runner.syntax.secrets import is_secret_name

_ASSIGNED = regex(r"(?<![\w$])([A-Za-z_]\w*)=(?:'([^']*)'|\"((?:[^\"\\$`]|\\.)*)\"|([^\s'\"$`;&|<>()]+))")
SHORTEST = 4
"""Shorter values would hide half of an ordinary output."""


def assigned(text: str) -> Iterable[str]:
    """Yield the literal values that a shell text assigns to secret names."""
    for found in _ASSIGNED.finditer(text):
        value = found[2] or found[3] or found[4] or ""
        if len(value) >= SHORTEST and is_secret_name(found[1]):
            yield value


def carried(variables: Mapping[str, str]) -> Iterable[str]:
    """Yield the values of secret names among declarations such as `declare -x TOKEN="abc"`."""
    for name, value in declared(variables).items():
        if is_secret_name(name) and len(value) >= SHORTEST:
            yield value


def declared(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the plain values among a shell's declarations, by name."""
    found = {}
    for name, declaration in variables.items():
        try:
            words = shlex.split(declaration)
        except ValueError:
            continue
        for word in words:
            if word.startswith(f"{name}="):
                found[name] = word.partition("=")[2]
    return found
