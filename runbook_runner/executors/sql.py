"""SQL fences: statements for a PostgreSQL, which the target names."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.errors import InputError
from runbook_runner.model.command import Analysis, Command, Problem, Reason
from runbook_runner.ports import Check, Executor, Place, Session, TargetKind, Where
from runbook_runner.syntax.sql_words import words

_LONGEST = 120
"""Characters of a statement that are shown where a reason names it."""


class Sql:
    """Runs SQL, its values beside the text: what only reads is held to that by a read-only transaction."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs."""
        return frozenset({"sql"})

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs."""
        from runbook_runner.executors._sql_script import first_word, problems_of, script_of

        script = script_of(text)
        reasons = []
        for statement, parts in zip(script.lexed.statements, script.parts, strict=True):
            written = " ".join(text[statement.start : statement.end].split())
            written = written if len(written) <= _LONGEST else written[: _LONGEST - 1] + "…"
            reasons += [Reason(written, each.effect, each.why, *script.place(each.token.start)) for each in parts]
        known = any(first_word(statement) in _FIRST for statement in script.lexed.statements)
        return Analysis(
            script.effect,
            tuple(reasons),
            text,
            uses=script.uses,
            plausible=known or bool(script.lexed.statements),
            known=known,
            problems=tuple(problems_of(script)),
            needs_target=True,
        )

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command."""
        return command.analysis.problems

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """Speaks to PostgreSQL."""
        from runbook_runner.executors._sql_connect import KIND

        return (KIND,)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Say whether the database answers, and what its user may not do that the commands need."""
        from runbook_runner.executors._sql_preflight import checks

        if where.target is None:
            return (Check("sql", False, "a fence names no target: write {target=NAME}"),) if commands else ()
        return tuple(checks(commands, where.target))

    def reach(self, command: Command, where: Where) -> str:
        """Name the database, the host, the role, and whether it is the primary."""
        from runbook_runner.executors._sql_connect import parameters
        from runbook_runner.executors._sql_reach import REACH

        if where.target is None:
            raise InputError("it names no database", "write {target=NAME} after the fence's language")
        parameters(where.target)  # what is wrong with its settings is said here
        return REACH.told(where.target)

    def open(self, place: Place) -> Session:
        """Begin a run's conversation with one database."""
        from runbook_runner.executors._conversation import Conversation
        from runbook_runner.executors._sql_session import Talk

        talk = Talk(place)
        return Conversation(talk.prepare, talk.close)


_FIRST = words(
    """
select with values table insert update delete merge explain show set reset copy create drop alter truncate vacuum
analyze begin commit rollback grant revoke call do lock reindex refresh checkpoint declare prepare listen notify
comment
"""
)


EXECUTOR: Executor = Sql()
