"""Reads SQL kept in files: named queries, and migrations in order; and says how a payload stands in a database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runbook_runner.model.chain import canonical, sealed_text
from runbook_runner.model.events import Event
from runbook_runner.ports import Live

_FOLDER = Path(__file__).parent


def queries(name: str) -> dict[str, str]:
    """Return the queries of `name.sql` by name; each stands below a line `-- name --`."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (_FOLDER / f"{name}.sql").read_text("utf-8").splitlines():
        if line.startswith("-- ") and line.endswith(" --"):
            lines = found.setdefault(line[3:-3], [])
        elif line and not line.startswith("--"):
            lines.append(line)
    return {key: "\n".join(text) for key, text in found.items()}


def latest(engine: str) -> int:
    """Return the number of the last migration: the version of a journal that this program writes."""
    return max(int(file.name[:4]) for file in _migrations(engine))


def migrations(engine: str, version: int) -> list[tuple[int, str]]:
    """Return what a journal of some version lacks: number and text of each migration, in order."""
    return [
        (int(file.name[:4]), file.read_text("utf-8"))
        for file in sorted(_migrations(engine))
        if int(file.name[:4]) > version
    ]


def payload_text(event: Event) -> str | None:
    """Return an event's payload as it is stored: canonical JSON that is sound UTF-8; None once scrubbed."""
    if event.payload is None:
        return None
    text = sealed_text(event) or canonical(event.payload)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        # Bytes that were no UTF-8 stand here as lone surrogates, which databases refuse.
        text = json.dumps(event.payload)
    return text


def live_text(live: Live) -> str:
    """Return the pieces of what is shown as a database keeps them."""
    return json.dumps(live.pieces)


def live_of(row: Sequence[Any]) -> Live:
    """Return what is shown, of its attempt, size and pieces."""
    attempt, size, body = row
    return Live(attempt, size, tuple((stream, text) for stream, text in json.loads(body)))


def like(text: str) -> str:
    """Return a pattern for LIKE that finds each payload with a text in it, and seldom another.

    It matches JSON, in which characters beyond ASCII are written in one way or another: anything will do for these.
    """
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    found = ("%" if not char.isascii() else f"\\{char}" if char in "\\%_" else char for char in inside)
    return f"%{''.join(found)}%"


def _migrations(engine: str) -> list[Path]:
    return list((_FOLDER / "migrations" / engine).glob("[0-9][0-9][0-9][0-9]_*.sql"))
