"""A run's conversation with one PostgreSQL: one connection, which is made anew when it is lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Result, Write
from runbook_runner.executors._sql_connect import connect, parameters, pooled
from runbook_runner.executors._sql_script import Script, missing_or_unfit, problems_of, script_of
from runbook_runner.model.command import Effect
from runbook_runner.model.target import Target
from runbook_runner.ports import Place, Request

if TYPE_CHECKING:
    from psycopg import Connection

READ_TIMEOUT = 30.0
"""Seconds that a read may take which has no `timeout=`."""
LOCK_TIMEOUT = 5.0
"""Seconds to wait for a lock: whoever waits for one holds up those that come after."""


class Cancelled(Exception):
    """She stopped it, or its time is over."""


class Talk:
    """The connection of a run to one target."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._connection: Connection[tuple[Any, ...]] | None = None
        self.pooled = False
        """Each transaction may be carried out by another process: what is set for a session meets somebody else's."""
        self._lock = threading.Lock()
        self._closed = False

    def prepare(self, request: Request) -> Work:
        """Make a request ready; InputError for what must not be sent."""
        script = script_of(request.text)
        for problem in problems_of(script):
            raise InputError(f"line {problem.line}: {problem.message}", problem.hint)
        if not script.lexed.statements:
            raise InputError("there is no statement in it")
        missing_or_unfit(script, request.environment)
        parameters(self.target())
        return Work(self, script, request, self.target())

    def target(self) -> Target:
        """Return what is spoken to."""
        target = self._place.where.target
        if target is None:
            hint = "write {target=NAME} after the fence's language, and [targets.NAME] in runbook.toml"
            raise InputError("it names no database", hint)
        return target

    def connection(self, stopped: threading.Event, patience: float | None) -> Connection[tuple[Any, ...]]:
        """Return the connection, made if there is none; Cancelled if it is not wanted any more meanwhile."""
        with self._lock:
            if self._connection is not None and not self._connection.closed and not self._connection.broken:
                return self._connection
        made: list[Connection[tuple[Any, ...]]] = []
        failed: list[BaseException] = []
        ready = threading.Event()

        def attempt() -> None:
            try:
                new = connect(self.target(), self._place.run, patience=patience)
                self.pooled = pooled(new)
                made.append(new)
            except BaseException as error:  # noqa: BLE001 - raised again where the caller is
                failed.append(error)
            ready.set()
            if made and (stopped.is_set() or self._closed):
                made[0].close()

        threading.Thread(target=attempt, daemon=True).start()
        while not ready.wait(0.05):
            if stopped.is_set():
                raise Cancelled
        if failed:
            raise failed[0]
        with self._lock:
            self._connection = made[0]
        return made[0]

    def drop(self) -> None:
        """Let the connection go."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def cancel(self) -> None:
        """Ask the server to cancel what runs."""
        from psycopg import Error

        with self._lock:
            connection = self._connection
        if connection is not None and not connection.closed:
            try:
                connection.cancel_safe(timeout=2.0)
            except Error:
                connection.close()  # it cannot be reached: whoever waits for it need not wait on

    def close(self) -> None:
        """Let go for good."""
        self._closed = True
        self.drop()


class Work:
    """One text, ready to be sent."""

    def __init__(self, talk: Talk, script: Script, request: Request, target: Target) -> None:
        self.talk = talk
        self.script = script
        self.request = request
        self.target = target
        self.stopped = threading.Event()
        judged = script.effect
        self.reads = judged is not Effect.CHANGE and (request.effect or judged) is Effect.READ
        """Whether it is held to reading."""

    @property
    def statement_timeout(self) -> float | None:
        """Seconds that the server gives each statement."""
        return self.request.timeout or (READ_TIMEOUT if self.reads else None)

    @property
    def lock_timeout(self) -> float:
        """Seconds that a statement waits for a lock."""
        limit = self.statement_timeout
        return LOCK_TIMEOUT if limit is None else min(LOCK_TIMEOUT, limit)

    def perform(self, write: Write) -> Result:
        """Send it and wait for the answer; an error of the server is a result."""
        from runbook_runner.executors._sql_run import Run

        return Run(self, write).result()

    def cancel(self) -> None:
        """Ask the server to cancel it."""
        self.stopped.set()
        self.talk.cancel()
