"""What PostgreSQL says of a failure, as psql would print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runbook_runner.executors._sql_script import Ready, Script

if TYPE_CHECKING:
    from psycopg import Connection, Error
    from psycopg.errors import Diagnostic

_LOST = ("08", "57P01", "57P02", "57P03", "57P05")
"""The beginnings of SQLSTATEs that tell of a connection that is gone."""
_ROOM = 72
"""Columns of a statement's line that are shown around the place of an error."""


def is_lost(error: Error, connection: Connection[object] | None) -> bool:
    """Say whether the connection went with the error."""
    if connection is not None and (connection.closed or connection.broken):
        return True
    state = error.sqlstate
    return state.startswith(_LOST) if state else type(error).__name__ == "OperationalError"


def told(error: Error, script: Script | None = None, ready: Ready | None = None) -> str:
    """Return an error with its SQLSTATE, the place in the statement, detail and hint."""
    diagnostic = error.diag
    message = diagnostic.message_primary
    if message is None:
        return _plain(error)
    lines = [f"{diagnostic.severity or 'ERROR'} {error.sqlstate}: {message}"]
    if script is not None and ready is not None and diagnostic.statement_position:
        lines += _place(int(diagnostic.statement_position) - 1, script, ready)
    for label, text in (
        ("DETAIL", diagnostic.message_detail),
        ("HINT", diagnostic.message_hint),
        ("QUERY", diagnostic.internal_query),
        ("CONTEXT", diagnostic.context),
    ):
        if text:
            lines.append(f"{label}: {text}")
    return "\n".join(lines) + "\n"


def noticed(diagnostic: Diagnostic) -> str:
    """Return what a server says beside its answer."""
    lines = [f"{diagnostic.severity or 'NOTICE'}: {diagnostic.message_primary or ''}"]
    for label, text in (("DETAIL", diagnostic.message_detail), ("HINT", diagnostic.message_hint)):
        if text:
            lines.append(f"{label}: {text}")
    return "\n".join(lines) + "\n"


def _plain(error: Error) -> str:
    """Return what the client itself says: several attempts come with a line each."""
    text = str(error).strip()
    return "\n".join(line.strip() for line in text.splitlines() if line.strip()) + "\n"


def _place(at: int, script: Script, ready: Ready) -> list[str]:
    if not 0 <= at <= len(ready.text):
        return []
    offset = min(ready.source(at), len(script.text))
    number, column = script.place(offset)
    line = script.text.split("\n")[number - 1].replace("\t", " ")
    begun = max(0, min(column - 1 - _ROOM // 2, len(line) - _ROOM))
    shown = line[begun : begun + _ROOM]
    head = f"LINE {number}: " + ("…" if begun else "")
    return [head + shown + ("…" if begun + _ROOM < len(line) else ""), " " * (len(head) + column - 1 - begun) + "^"]
