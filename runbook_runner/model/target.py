"""A target: a database, cluster, service or host that commands reach, known by a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

REFERENCES = ("env:", "file:", "command:")
"""How a secret begins that is not written out."""
_SCHEMES = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "http": "http",
    "https": "http",
    "ssh": "ssh",
}


class Target(Struct, frozen=True):
    """Where commands of one kind act, as the configuration or a front matter says."""

    name: str
    kind: str = ""
    """postgresql, kubernetes, prometheus, http, ssh …; empty where a front matter gives no more than the name."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """As written; a secret is a reference (`env:NAME`, `file:PATH`, `command:…`) until it is resolved."""
    production: bool = False
    """A change wants the target's name typed."""


def references(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the settings that say where a secret is, however deep in a table."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from (f"{key}.{inner}" for inner in references(value))
        elif isinstance(value, str) and value.startswith(REFERENCES):
            yield key


def has_password(text: str) -> bool:
    """Tell whether an address in a text holds a password, as in `postgresql://me:secret@db/x`."""
    return re.search(r"[A-Za-z][\w+.-]*://[^/?#@\s:]*:[^/?#@\s]+@", text) is not None


def declared(value: Any) -> tuple[Target, ...]:
    """Return what a front matter's `targets:` declares: names, or names with an address or settings each.

    Whatever is of another form is left out; the reader of the front matter reports it.
    """
    match value:
        case str():
            return (Target(value),) if value else ()
        case list() | tuple():
            return tuple(Target(each) for each in value if isinstance(each, str) and each)
        case dict() | Mapping():
            return tuple(_one(str(name), each) for name, each in value.items())
        case _:
            return ()


def _one(name: str, value: Any) -> Target:
    match value:
        case str() if "://" in value:
            return Target(name, _SCHEMES.get(value.partition("://")[0], ""), {"url": value})
        case dict() | Mapping():
            rest = {key: each for key, each in value.items() if key not in ("kind", "production")}
            return Target(name, str(value.get("kind", "")), rest, value.get("production") is True)
        case _:
            return Target(name)
