"""Statements that are sent again and again: prepared, and past psycopg's cursor, which took half of a client's time."""

from __future__ import annotations

import select
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    import psycopg
    from psycopg.pq.abc import PGresult

_OFTEN = 5
"""Uses after which a statement is worth a round trip of its own."""
_KINDS = {"text": 25, "int4": 23, "int8": 20, "float8": 701}
_DONE = 1
"""PGRES_COMMAND_OK."""
_UNKNOWN = "26000"
"""What a server says of a prepared statement that it does not know."""


class Often:
    """Statements without rows, prepared on one connection at a time; where a pooler stands between, on none.

    There each use may meet another server process, which knows nothing of what an earlier one prepared. It says so
    before it does anything: then nothing is prepared any more.
    """

    def __init__(self, kinds: Sequence[str], patience: float) -> None:
        self._kinds = [_KINDS[kind] for kind in kinds]
        """Types of the values of a row."""
        self._patience = patience
        self._possible = True
        self._on: object = None
        """The connection that knows these."""
        self._names: dict[str, bytes] = {}
        self._uses: dict[str, int] = {}
        self._poll = select.poll()

    def done(self, connection: psycopg.Connection[Any], query: str, values: Sequence[Any]) -> bool:
        """Do it, and say so; False where it must be done in another way. Raises psycopg's errors."""
        if self._on is not connection:
            self._on, self._names, self._uses, self._poll = connection, {}, {}, select.poll()
            self._poll.register(connection.fileno(), select.POLLIN)
        if not self._possible or (query not in self._names and not self._prepare(connection, query, len(values))):
            return False
        sent = [None if value is None else str(value).encode() for value in values]
        if any(each and 0 in each for each in sent):
            return False  # libpq would end the text there; psycopg refuses it
        connection.pgconn.send_query_prepared(self._names[query], sent)
        wrong = self._error(connection)
        if wrong is None:
            return True
        if wrong.sqlstate != _UNKNOWN:
            raise wrong
        self._possible = False
        return False

    def _prepare(self, connection: psycopg.Connection[Any], query: str, count: int) -> bool:
        """Say whether it is prepared on this connection now: a second one of the same name is refused, say."""
        uses = self._uses[query] = self._uses.get(query, 0) + 1
        if uses < _OFTEN:
            return False
        name = f"runbook_{crc32(query.encode()):08x}".encode()
        pieces = query.split("%s")
        numbered = "".join(f"{piece}${place}" for place, piece in enumerate(pieces[:-1], 1)) + pieces[-1]
        connection.pgconn.send_prepare(name, numbered.encode(), self._kinds * (count // len(self._kinds)))
        self._possible = self._error(connection) is None
        self._names[query] = name
        return self._possible

    def _error(self, connection: psycopg.Connection[Any]) -> psycopg.Error | None:
        """Wait for the end of what was sent, and return what the server says is wrong; raises when it says nothing."""
        try:
            results = self._results(connection)
        except BaseException:
            connection.close()  # an answer that comes later belongs to nothing
            raise
        # What goes wrong as it is committed comes after a result that is well.
        wrong = [each for each in results if each.status != _DONE]
        if not wrong:
            return None
        from psycopg.errors import error_from_result

        return error_from_result(wrong[0])

    def _results(self, connection: psycopg.Connection[Any]) -> list[PGresult]:
        pgconn = connection.pgconn
        found: list[PGresult] = []
        if pgconn.flush():  # more than goes out at once
            from psycopg.generators import execute

            return connection.wait(execute(pgconn))
        until = time.monotonic() + self._patience
        while True:
            while pgconn.is_busy():
                if not self._poll.poll(max(0.0, until - time.monotonic()) * 1000):
                    from psycopg.errors import _WaitTimeout

                    raise _WaitTimeout
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                return found
            found.append(result)
