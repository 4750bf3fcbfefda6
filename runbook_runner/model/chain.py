"""The journal's chain: bodies to payloads and back, and the hashes that hold events together."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_args

from runbook_runner.model.events import Body, Event, Unreadable

VERSION = 1
_CLASSES: dict[str, type[Any]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower(): cls for cls in get_args(Body) if cls is not Unreadable
}
_NAMES = {cls: name for name, cls in _CLASSES.items()}


def type_name(body: Body | type[Any]) -> str:
    """Return the event type of a body or of its class: `attempt_started` for AttemptStarted."""
    return _NAMES[body if isinstance(body, type) else type(body)]


def encode(body: Body) -> dict[str, Any]:
    """Return a body's payload, JSON values only."""
    return {field.name: getattr(body, field.name) for field in fields(body)}


def decode(event: Event) -> Body:
    """Return an event's body; `Unreadable` where it was scrubbed or comes from a newer program.

    Keys that this version does not know are left out, keys that are missing take their defaults.
    """
    cls = _CLASSES.get(event.type)
    if event.payload is None or cls is None:
        return Unreadable(event.type, event.payload is None)
    values: dict[str, Any] = {}
    for field in fields(cls):
        if field.name in event.payload:
            value = event.payload[field.name]
            values[field.name] = tuple(value) if isinstance(value, list) else value
    try:
        body: Body = cls(**values)
    except TypeError:
        return Unreadable(event.type, scrubbed=False)
    return body


def canonical(value: Any) -> str:
    """Return the one JSON text that stands for a value in hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def payload_digest(salt: str, payload: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a salted payload, hexadecimal."""
    return _sha256(f"{salt}\n{canonical(payload)}")


def event_digest(
    *,
    run: str,
    writer: str,
    seq: int,
    parent: str,
    wall: float,
    mono: float,
    boot: str,
    type: str,
    version: int,
    payload_digest: str,
) -> str:
    """Return the SHA-256 that names an event, over everything but its payload's text."""
    return _sha256(canonical([run, writer, seq, parent, wall, mono, boot, type, version, payload_digest]))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
