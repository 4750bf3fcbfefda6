"""Commands that do what a scenario says, in simulated time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runbook_runner.model.command import Analysis, Command, Problem
from runbook_runner.model.scenario import Reply
from runbook_runner.model.target import Target
from runbook_runner.ports import (
    Check,
    Ending,
    Executor,
    Finished,
    Place,
    Request,
    Sink,
    Snapshot,
    Started,
    TargetKind,
    Where,
)
from runbook_runner.ports.passing import Passing
from runbook_runner.rehearsal.errors import Stuck
from runbook_runner.rehearsal.stage import Stage

PATIENCE = 600.0
"""Seconds after which she stops a command that hangs and has no timeout."""
_VALUES = (
    "rows", "columns", "row_count", "value", "series", "status", "headers", "body", "objects", "windows",
    "certificate_days",
)  # fmt: skip
_WHERE_ANSWERED = {
    "http": ("status", "headers", "body", "certificate_days"),
    "promql": ("value", "series", "windows"),
}
"""What a kind of command has no value for where nothing answered: a predicate that does not need it goes on."""
Seconds = Callable[[str], float]
Contents = Callable[[str], str]


class StageExecutor:
    """Stands before a real executor: judges commands as it does, and runs none."""

    def __init__(self, real: Executor, session: StageSession) -> None:
        self._real = real
        self._session = session

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages of the real one."""
        return self._real.languages

    def analyse(self, text: str, language: str) -> Analysis:
        """Judge a text as the real one does."""
        return self._real.analyse(text, language)

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what the real one says of a command."""
        return self._real.check(command)

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """The targets of the real one."""
        return self._real.kinds

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Find nothing missing."""
        return ()

    def reach(self, command: Command, where: Where) -> str:
        """Reach nothing."""
        return ""

    def open(self, place: Place) -> StageSession:
        """Return the session that all commands share."""
        return self._session


class StageTargets:
    """Has every target that a runbook names: a rehearsal speaks to none."""

    def named(self, name: str) -> Target | None:
        """Return a target of that name."""
        return Target(name)

    def all(self) -> tuple[Target, ...]:
        """Return none: nothing is configured."""
        return ()

    def resolve(self, target: Target) -> tuple[Target, frozenset[str]]:
        """Return it as it is; secrets stay where they are."""
        return target, frozenset()


class StageSession(Passing):
    """Gives each command the reply that the scenario has for its step."""

    def __init__(
        self,
        replies: Mapping[str, Sequence[Reply]],
        stage: Stage,
        seconds: Seconds,
        file: Contents,
        *,
        pace: float | None = None,
    ) -> None:
        """Reply by step; `pace` is how many seconds may pass unseen, without it all up to what falls due next."""
        self._pace = pace
        self._replies = replies
        self._stage = stage
        self._seconds = seconds
        self._file = file
        self._done: dict[str, int] = {}

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Let the reply's time pass, hand out what it prints, and end as it says."""
        clock = self._stage.clock
        sink.started(Started(1, "1", clock.boot()))
        reply = self._reply(request)
        limit = self._limit(reply, request)
        begun = clock.mono()
        while (left := begun + limit - clock.mono()) > 1e-9:
            clock.wait(min(left, self._pace or self._stage.until_due()))
            if not sink.tick():
                return Finished(Ending.STOPPED, None, 15, clock.mono() - begun)
        self._print(reply, sink)
        if request.background:
            return Finished(Ending.BACKGROUND)
        if reply.hangs or (request.timeout is not None and self._takes(reply) > request.timeout):
            ending = Ending.TIMEOUT if request.timeout is not None else Ending.STOPPED
            return Finished(ending, None, 15, limit)
        values = {name: _plain(getattr(reply, name)) for name in _VALUES if getattr(reply, name) is not None}
        if request.language == "sql":
            # As a database answers, also where it only says what is wrong.
            rows = reply.rows or ()
            defaults = {"rows": [], "columns": list(rows[0]) if rows and isinstance(rows[0], dict) else []}
            values = {**defaults, "row_count": len(rows), **values}
        values = {**dict.fromkeys(_WHERE_ANSWERED.get(request.language, ()), _not_given), **values}
        if reply.body is not None and reply.json is None:
            values["json"] = lambda: json.loads(reply.body or "")
        statuses = reply.statuses or (reply.exit,)
        return Finished(Ending.EXIT, reply.exit, None, limit, statuses, (), Snapshot("."), values)

    def more(self, step: str) -> bool:
        """Say whether the scenario has a reply that the command of a step has not given yet."""
        return self._done.get(step, 0) < len(self._replies.get(step, ()))

    def _reply(self, request: Request) -> Reply:
        here = self._stage.here
        step = self._stage.graph.steps.get(here.rpartition("#")[2])
        attempt = self._stage.state.attempts.get(request.attempt)
        if step and step.command and attempt and attempt.start.part < len(step.command.parts) - 1:
            return Reply()  # the last of several lines is the one that is judged
        replies = self._replies.get(here, ())
        if not replies:
            first = request.text.strip().splitlines()
            raise Stuck(f"no answer is given for the command of `{here}`: {first[0][:80] if first else ''}")
        place = self._done.get(here, 0)
        self._done[here] = place + 1
        return replies[min(place, len(replies) - 1)]

    def _takes(self, reply: Reply) -> float:
        return self._seconds(reply.duration) if reply.duration else 0.1

    def _limit(self, reply: Reply, request: Request) -> float:
        takes = PATIENCE if reply.hangs else self._takes(reply)
        if reply.hangs and request.timeout is not None:
            return request.timeout
        return min(takes, request.timeout) if request.timeout is not None else takes

    def _print(self, reply: Reply, sink: Sink) -> None:
        text = reply.stdout
        if reply.file:
            text = self._file(reply.file)
        if reply.rows and not text:
            text = _table(reply.rows)
        if reply.json is not None:
            text = json.dumps(_plain(reply.json), ensure_ascii=False)
        for stream, written in (("stdout", text), ("stderr", reply.stderr)):
            if written:
                sink.write(stream, written.encode("utf-8", "surrogateescape"))


def _table(rows: Sequence[Any]) -> str:
    """Return rows as a database's client prints them."""
    from runbook_runner.executors._sql_table import table

    if not all(isinstance(row, Mapping) for row in rows):
        return ""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[None if row.get(name) is None else _cell(row[name]) for name in columns] for row in rows]
    numbers = [all(isinstance(row.get(name), int | float) for row in rows) for name in columns]
    return table(columns, cells, numbers, len(rows))


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(_plain(value), ensure_ascii=False)


def _not_given() -> Any:
    raise ValueError("the scenario gives none")


def _plain(value: Any) -> Any:
    """Return lists for tuples: what predicates and JSON know."""
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value
