"""One statement to the server, its rows piece by piece: those that are too many are counted, and let go."""

from __future__ import annotations

import select
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
from msgspec import Struct, field
from psycopg import capabilities, pq
from psycopg.errors import error_from_result

from runbook_runner.executors._sql_script import Ready
from runbook_runner.executors._sql_table import Cell

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

MOST = 1000
"""Rows of a statement that are shown and kept."""
MOST_BYTES = 4 << 20
"""Bytes of them."""
_PIECE = 200
_WITH_ROWS = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.TUPLES_CHUNK, pq.ExecStatus.SINGLE_TUPLE)


class Rows(Struct):
    """What a statement answered."""

    columns: tuple[str, ...] = ()
    types: tuple[int, ...] = ()
    cells: list[tuple[Cell, ...]] = field(default_factory=list)
    total: int = 0
    """Rows that there are, or that it changed."""
    tag: str = ""
    """What the server says of a statement without rows, such as `UPDATE 3`."""
    size: int = 0
    """Bytes of the cells."""

    def take(self, result: PGresult) -> None:
        """Take the rows of one piece, as many as are kept."""
        width = result.nfields
        if not self.columns:
            self.columns = _names([(result.fname(at) or b"").decode() for at in range(width)])
            self.types = tuple(result.ftype(at) for at in range(width))
        self.total += result.ntuples
        for row in range(min(result.ntuples, MOST - len(self.cells))):
            if self.size > MOST_BYTES:
                break
            cells = [result.get_value(row, at) for at in range(width)]
            self.size += sum(len(cell) for cell in cells if cell is not None)
            self.cells.append(tuple(None if cell is None else cell.decode("utf-8", "replace") for cell in cells))


def exchange(connection: psycopg.Connection[tuple[Any, ...]], made: Ready) -> Rows:
    """Send one statement, its values beside it, and take what the server answers; psycopg's Error where it refuses."""
    pgconn = connection.pgconn
    values = [value for value, _ in made.values]
    # Never the simple protocol: there a text might be several statements.
    pgconn.send_query_params(made.text.encode(), values, param_types=[oid for _, oid in made.values])
    if capabilities.has_stream_chunked():
        pgconn.set_chunked_rows_mode(_PIECE)
    else:
        pgconn.set_single_row_mode()
    found = Rows()
    failed: PGresult | None = None
    try:
        while (result := _next(pgconn)) is not None:
            if result.status in _WITH_ROWS:
                found.take(result)
            elif result.status == pq.ExecStatus.COMMAND_OK:
                found.tag = (result.command_status or b"").decode()
                found.total = result.command_tuples or 0
            elif result.status == pq.ExecStatus.FATAL_ERROR:
                failed = failed or result
    except psycopg.OperationalError:
        if failed is None:  # else the server has said why before it hung up
            raise
    if failed is not None:
        raise error_from_result(failed)
    return found


def _next(pgconn: PGconn) -> PGresult | None:
    """Return the next part of the answer, once it is there."""
    poll = select.poll()
    poll.register(pgconn.socket, select.POLLIN)
    while pgconn.flush():
        threading.Event().wait(0.005)
        pgconn.consume_input()
    while pgconn.is_busy():
        poll.poll(500)
        pgconn.consume_input()
    return pgconn.get_result()


def _names(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns; one that is there already gets a number."""
    found: list[str] = []
    for name in names:
        unique, number = name, 2
        while unique in found:
            unique, number = f"{name}_{number}", number + 1
        found.append(unique)
    return tuple(found)
