"""What a PostgreSQL says before step 1: whether it is there, and whether the user may do what the commands need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from runbook_runner.executors._sql_connect import connect, described, facts_of
from runbook_runner.executors._sql_errors import told
from runbook_runner.executors._sql_script import Script, script_of
from runbook_runner.model.command import Command, Effect
from runbook_runner.model.target import Target
from runbook_runner.ports import Check
from runbook_runner.syntax.sql_lexer import Kind, Token
from runbook_runner.syntax.sql_words import KEY_WORDS

if TYPE_CHECKING:
    from psycopg import Connection

_BEFORE = {"from": "SELECT", "join": "SELECT", "into": "INSERT", "update": "UPDATE", "truncate": "TRUNCATE"}
_HIDDEN = frozenset({"pg_stat_activity", "pg_stat_replication", "pg_stat_wal_receiver", "pg_stat_progress_vacuum",
                     "pg_stat_subscription", "pg_stat_ssl", "pg_stat_statements"})  # fmt: skip
"""Views that show a user only the half of other users' sessions."""


def checks(commands: Sequence[Command], target: Target) -> Iterator[Check]:
    """Yield what is found out about a target and about what the commands need there."""
    import psycopg

    try:
        connection = connect(target, "", patience=2)
    except psycopg.Error as error:
        yield Check(target.name, False, told(error).strip().replace("\n", "; "))
        return
    with connection:
        try:
            connection.execute("SET statement_timeout = 1500")
            facts = facts_of(connection)
            yield Check(target.name, True, f"{described(target, facts)}, PostgreSQL {facts['version'].split()[0]}")
            scripts = [script_of(part) for command in commands for part in command.parts]
            changes = any(command.effect is not Effect.READ for command in commands)
            yield from _rights(connection, target, facts, scripts, changes=changes)
        except psycopg.Error as error:
            yield Check(target.name, None, told(error).strip().replace("\n", "; "))


def _rights(
    connection: Connection[tuple[Any, ...]],
    target: Target,
    facts: dict[str, Any],
    scripts: Sequence[Script],
    *,
    changes: bool,
) -> Iterator[Check]:
    if facts["superuser"]:
        return
    wanted = set(_relations(scripts))
    for schema, name, right in sorted(wanted):
        known = connection.execute(
            "select has_table_privilege(c.oid, %s) or (%s in ('SELECT', 'INSERT', 'UPDATE')"
            " and has_any_column_privilege(c.oid, %s))"
            " from pg_class c where c.oid = to_regclass(%s)",
            (right, right, right if right != "DELETE" and right != "TRUNCATE" else "SELECT", _written(schema, name)),
        ).fetchone()
        if known is not None and not known[0]:
            what = f"{schema}.{name}" if schema else name
            yield Check(f"{target.name}: {what}", False, f"{facts['user']} has no {right} on it")
    names = {name for _, name, _ in wanted}
    if names & _HIDDEN and not _has_role(connection, "pg_read_all_stats"):
        detail = f"what other users run is hidden from {facts['user']}: grant pg_read_all_stats or pg_monitor"
        yield Check(f"{target.name}: {', '.join(sorted(names & _HIDDEN))}", False, detail)
    called = sorted({token.word or token.text.strip('"') for token in _calls(scripts)})
    if {"pg_terminate_backend", "pg_cancel_backend"} & set(called) and not _has_role(connection, "pg_signal_backend"):
        detail = f"{facts['user']} may only end its own sessions: grant pg_signal_backend"
        yield Check(f"{target.name}: ending sessions", False, detail)
    refused = connection.execute(
        "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace"
        " and proname = any(%s) and not has_function_privilege(oid, 'EXECUTE') order by 1",
        (called,),
    ).fetchall()
    for (name,) in refused:
        yield Check(f"{target.name}: {name}()", False, f"{facts['user']} may not call it")
    if changes and facts["replica"]:
        yield Check(f"{target.name}: changes", None, "it is a replica: what changes data is refused there")


def _has_role(connection: Connection[tuple[Any, ...]], role: str) -> bool:
    row = connection.execute("select pg_has_role(oid, 'USAGE') from pg_roles where rolname = %s", (role,)).fetchone()
    return row is None or bool(row[0])


def _written(schema: str, name: str) -> str:
    def quoted(each: str) -> str:
        return '"' + each.replace('"', '""') + '"'

    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def _calls(scripts: Iterable[Script]) -> Iterator[Token]:
    for script in scripts:
        for statement in script.lexed.statements:
            for token, after in zip(statement.tokens, statement.tokens[1:], strict=False):
                if after.text == "(" and token.kind in (Kind.WORD, Kind.QUOTED):
                    yield token


def _relations(scripts: Iterable[Script]) -> Iterator[tuple[str, str, str]]:
    """Yield the tables and views that statements name, each with its schema and the right that is needed."""
    for script in scripts:
        for statement in script.lexed.statements:
            tokens = statement.tokens
            for at, token in enumerate(tokens[:-1]):
                right = _BEFORE.get(token.word, "")
                if right == "SELECT" and at and tokens[at - 1].word == "delete":
                    right = "DELETE"
                after = at + 1
                while after < len(tokens) and tokens[after].word in {"only", "lateral", "table"}:
                    after += 1
                if right and (found := _relation(tokens, after)):
                    yield (*found, right)


def _relation(tokens: Sequence[Token], at: int) -> tuple[str, str] | None:
    """Return the schema and name of a relation that stands at a place; None where a function or a query does."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at].kind in (Kind.WORD, Kind.QUOTED):
        token = tokens[at]
        if token.word in KEY_WORDS - _NAMES and not parts:
            return None
        parts.append(token.word or token.text[1:-1].replace('""', '"'))
        if at + 1 < len(tokens) and tokens[at + 1].text == ".":
            at += 2
            continue
        at += 1
        break
    if not parts or len(parts) > 2 or (at < len(tokens) and tokens[at].text == "("):
        return None
    return (parts[0] if len(parts) == 2 else "", parts[-1])


_NAMES = frozenset(
    {"jobs", "locks", "name", "data", "status", "type", "user", "users", "events", "event", "comments", "session"}
)
"""Key words that tables are called by."""
