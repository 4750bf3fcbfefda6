"""Carries out one text: its transaction, its statements, its rows, and what became of it when it was cut short."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import psycopg.errors
from psycopg import pq, sql

from runbook_runner.executors._conversation import Result, Write, raising
from runbook_runner.executors._sql_errors import is_lost, noticed, told
from runbook_runner.executors._sql_exchange import Rows, exchange
from runbook_runner.executors._sql_pooled import FOR_OTHERS, sets, without_session
from runbook_runner.executors._sql_script import Ready, first_word, ready
from runbook_runner.executors._sql_session import READ_TIMEOUT, Cancelled
from runbook_runner.executors._sql_table import table
from runbook_runner.executors._sql_values import NUMBERS, value
from runbook_runner.syntax.sql_lexer import Kind, Statement

if TYPE_CHECKING:
    from runbook_runner.executors._sql_session import Work


class Run:
    """One text under way."""

    def __init__(self, work: Work, write: Write) -> None:
        self._work = work
        self._script = work.script
        self._write = write
        self._done = 0
        """Statements that were answered."""
        self._answers: list[Rows] = []
        self._current: Ready | None = None
        self._printed = False

    def result(self) -> Result:
        """Run it, and say what became of it."""
        try:
            connection = self._begun()
        except Cancelled:
            return Result(2, note="stopped while connecting: nothing was sent")
        except psycopg.Error as error:
            self._say(f"could not connect: {told(error)}")
            return Result(2, self._values(), note="" if self._work.reads else "nothing was sent")
        connection.add_notice_handler(self._notice)
        try:
            return self._carried_out(connection)
        except Cancelled:
            self._work.talk.drop()
            return Result(1, self._values(), note=self._left("stopped"))
        except psycopg.Error as error:
            return self._failed(connection, error)
        finally:
            connection.remove_notice_handler(self._notice)

    def _begun(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection with the limits set, in a transaction if there is to be one around all of it."""
        for last in (False, True):
            connection = self._work.talk.connection(self._work.stopped, self._work.request.timeout)
            try:
                if preamble := self._preamble():
                    connection.execute(preamble.encode())
                break
            except psycopg.OperationalError as error:
                # The one of the last step may have died meanwhile: nothing was sent on it yet.
                if last or not is_lost(error, connection):
                    raise
                self._work.talk.drop()
        return connection

    def _preamble(self) -> str:
        work = self._work
        limit = work.statement_timeout
        settings = {
            "statement_timeout": max(1, round(limit * 1000)) if limit is not None else None,
            "lock_timeout": max(1, round(work.lock_timeout * 1000)),
            "datestyle": "'ISO'",
            "intervalstyle": "'postgres'",
            "standard_conforming_strings": "on",
        }
        whole = self._script.whole()
        if not whole and work.talk.pooled:
            return ""  # it would be set for whoever gets that session next
        if whole:
            lines = ["BEGIN READ ONLY" if work.reads else "BEGIN"]
        else:
            settings["default_transaction_read_only"] = "on" if work.reads else None
            lines = []
        word = "SET LOCAL" if whole else "SET"
        lines += [f"{word} {name} = {each}" for name, each in settings.items() if each is not None]
        return "; ".join(lines)

    # --- statements -----------------------------------------------------------------------------

    def _carried_out(self, connection: psycopg.Connection[tuple[Any, ...]]) -> Result:
        whole = self._script.whole()
        pooled = self._work.talk.pooled
        if pooled and (why := without_session(self._script, reads=self._work.reads)):
            self._say(f"{why}\n")
            return Result(2, self._values(), note="nothing was sent")
        if pooled and not whole:
            self._say("A pooler stands between: no limit on time and locks holds for this.\n")
        for statement in self._script.lexed.statements:
            if self._work.stopped.is_set():
                raise Cancelled
            self._answer(self._executed(connection, statement))
            self._done += 1
        if whole:
            if pooled and sets(self._script):
                connection.execute(FOR_OTHERS)
            connection.execute("COMMIT")
        elif connection.info.transaction_status is not pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
            self._say("a transaction was left open: it was rolled back. Write COMMIT at its end.\n")
            self._work.talk.drop()
            return Result(1, self._values(), note="rolled back: nothing of the transaction was kept")
        self._forget(connection)
        return Result(0, self._values())

    def _forget(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Let the next step find a session as new: settings, temporary tables and locks stay with this one."""
        if self._script.keeps_nothing():
            return
        if self._work.talk.pooled:
            return  # it is not ours: what others rely on would go, too
        try:
            connection.execute("DISCARD ALL")
        except psycopg.Error:
            self._work.talk.drop()

    def _executed(self, connection: psycopg.Connection[tuple[Any, ...]], statement: Statement) -> Rows:
        """Send a statement; a value whose type the server cannot tell is sent anew as text."""
        texts: set[int] = set()
        while True:
            made = ready(self._script, statement, self._work.request.environment, self._quoted(connection), texts)
            self._current = made
            unclear = any(oid == 0 for _, oid in made.values)
            guarded = unclear and connection.info.transaction_status is pq.TransactionStatus.INTRANS
            if guarded:
                connection.execute("SAVEPOINT runbook_value")
            try:
                if first_word(statement) == "copy" and any(token.word == "stdout" for token in statement.tokens):
                    return self._copied(connection, made)
                return exchange(connection, made)
            except psycopg.errors.IndeterminateDatatype as error:
                number = re.search(r"\$(\d+)", error.diag.message_primary or "")
                if number is None or int(number[1]) in texts:
                    raise
                texts.add(int(number[1]))
                if guarded:
                    connection.execute("ROLLBACK TO SAVEPOINT runbook_value")

    def _copied(self, connection: psycopg.Connection[tuple[Any, ...]], made: Ready) -> Rows:
        with psycopg.RawCursor(connection).copy(made.text.encode()) as copy:
            for data in copy:
                self._write("stdout", bytes(data))
        return Rows()

    def _quoted(self, connection: psycopg.Connection[tuple[Any, ...]]) -> Any:
        def quote(kind: Kind, text: str) -> str:
            match kind:
                case Kind.NAME:
                    return sql.Identifier(text).as_string(connection)
                case Kind.BARE:
                    return text  # a number, and nothing else
                case _:
                    return sql.Literal(text).as_string(connection)

        return quote

    # --- what is said ---------------------------------------------------------------------------

    def _answer(self, found: Rows) -> None:
        self._answers.append(found)
        if found.columns:
            numbers = [oid in NUMBERS for oid in found.types]
            gap = "\n" if self._printed else ""
            text = table(found.columns, found.cells, numbers, found.total)
            self._write("stdout", (gap + text).encode())
            self._printed = True
        elif found.tag:
            self._write("stdout", f"{found.tag}\n".encode())
            self._printed = True

    def _say(self, text: str) -> None:
        self._write("stderr", text.encode("utf-8", "replace"))

    def _notice(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        self._say(noticed(diagnostic))

    def _values(self) -> dict[str, Any]:
        """Return what predicates see: of the last statement that answered with rows, else of the last."""
        with_rows = [found for found in self._answers if found.columns]
        last = (with_rows or self._answers or [Rows()])[-1]
        kept = [
            {name: value(cell, oid) for name, oid, cell in zip(last.columns, last.types, row, strict=True)}
            for row in last.cells
        ]
        rows: Any = kept
        if last.columns and len(kept) < last.total:
            rows = raising(f"only {len(kept)} of {last.total} rows were kept: ask row_count, or read fewer")
        return {"rows": rows, "columns": list(last.columns), "row_count": last.total}

    # --- failures -------------------------------------------------------------------------------

    def _failed(self, connection: psycopg.Connection[tuple[Any, ...]], error: psycopg.Error) -> Result:
        by_timeout = isinstance(error, psycopg.errors.QueryCanceled)
        if by_timeout and self._work.request.timeout is not None and not self._work.stopped.is_set():
            self._work.stopped.wait(0.5)  # its own clock is about to say so
        lost = is_lost(error, connection)
        self._say(told(error, self._script, self._current))
        if by_timeout and not self._work.stopped.is_set() and self._work.request.timeout is None:
            self._say(f"A read without timeout= gets {READ_TIMEOUT:g} s: write timeout=2m beside its language.\n")
        if isinstance(error, psycopg.errors.LockNotAvailable):
            waited = f"It waited {self._work.lock_timeout:g} s for a lock and gave up"
            self._say(f"{waited}: whoever waits holds up those behind it.\n")
        if lost:
            self._work.talk.drop()
            return self._lost()
        note = self._left("cancelled on the server" if self._work.stopped.is_set() else "")
        if self._work.stopped.is_set():
            self._work.talk.drop()  # a cancellation that comes late must not meet the next statement
            return Result(1, self._values(), note=note)
        try:
            if connection.info.transaction_status is not pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
            if not self._script.whole():
                self._forget(connection)
        except psycopg.Error:
            self._work.talk.drop()
        return Result(1, self._values(), note=note)

    def _lost(self) -> Result:
        if self._work.reads:
            return Result(2, self._values(), note="the connection was lost; the next step makes another")
        note = "outcome unknown: the connection was lost before the server had answered"
        if self._script.whole() and self._done < len(self._script.lexed.statements):
            note = "outcome unknown: the connection was lost before COMMIT, so that it should be rolled back: look"
        return Result(2, note=note, lost=True)

    def _left(self, why: str) -> str:
        """Return what a failure left behind."""
        if self._work.reads:
            return why
        if self._script.whole():
            left = "rolled back: nothing in it was kept"
            if self._script.reaches_out():
                left = "rolled back; what its functions did outside of the transaction stays done"
        else:
            of = len(self._script.lexed.statements)
            left = f"{self._done} of {of} statements were done before" if of > 1 else ""
        return ": ".join(filter(None, (why, left)))
