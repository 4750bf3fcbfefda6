"""What SQL for PostgreSQL does before it runs: each statement by its first words and by the functions that it calls.

A read-only transaction is no judge of this: in one, `pg_terminate_backend` ends a session all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from runbook_runner.model.command import Effect
from runbook_runner.syntax.sql_lexer import Kind, Statement, Token
from runbook_runner.syntax.sql_words import KEY_WORDS, NO_CALL, functions, words

READ, CHANGE, UNKNOWN = Effect.READ, Effect.CHANGE, Effect.UNKNOWN
QUERIES = frozenset({"select", "with", "values", "table"})
_READS = {
    "show": "shows a setting",
    "fetch": "reads from a cursor",
    "move": "moves in a cursor",
    "close": "closes a cursor",
    "begin": "begins a transaction",
    "start": "begins a transaction",
    "commit": "ends a transaction",
    "end": "ends a transaction",
    "rollback": "rolls a transaction back",
    "abort": "rolls a transaction back",
    "savepoint": "marks a place in a transaction",
    "release": "forgets a place in a transaction",
    "deallocate": "forgets a prepared statement",
    "discard": "forgets what its own session holds",
    "listen": "listens, for its own session",
    "unlisten": "listens no more",
    "reset": "puts a setting of its own session back",
}
_CHANGES = {
    "insert": "adds rows", "update": "changes rows", "delete": "deletes rows", "merge": "changes rows",
    "truncate": "deletes all rows", "create": "creates something", "drop": "drops something",
    "alter": "alters something", "grant": "gives a right", "revoke": "takes a right away",
    "comment": "changes a comment", "security": "changes a label",
    "vacuum": "vacuums", "analyze": "gathers statistics anew", "analyse": "gathers statistics anew",
    "reindex": "builds an index anew", "cluster": "writes a table anew", "checkpoint": "writes all buffers out",
    "refresh": "fills a view anew", "lock": "locks a table", "notify": "notifies listeners", "load": "loads a library",
    "do": "runs a block of code", "call": "calls a procedure", "import": "imports a schema",
    "reassign": "changes owners", "execute": "runs a prepared statement",
}  # fmt: skip
STATEMENTS = frozenset(_CHANGES) | {"into", "for", "set"}
"""Words of a change by a statement itself, not by a function that it calls."""
_HARMLESS = words(
    """
application_name bytea_output client_min_messages constraint_exclusion cursor_tuple_fraction datestyle
default_statistics_target effective_cache_size extra_float_digits from_collapse_limit geqo hash_mem_multiplier
idle_in_transaction_session_timeout idle_session_timeout intervalstyle jit join_collapse_limit lc_messages
lock_timeout maintenance_work_mem max_parallel_maintenance_workers max_parallel_workers_per_gather plan_cache_mode
random_page_cost search_path seq_page_cost statement_timeout temp_buffers time timezone transaction_isolation
transaction_timeout work_mem xmloption
"""
)
"""Settings that change only how the session itself works."""
_MODIFIES = frozenset({"insert", "update", "delete", "merge"})
_LOCKS = (("update",), ("no", "key", "update"), ("share",), ("key", "share"))


class Part(Struct, frozen=True):
    """One thing that a statement does."""

    effect: Effect
    why: str
    token: Token


def parts_of(statement: Statement) -> tuple[Part, ...]:
    """Return what a statement does, each thing with where it stands; one at the least."""
    return tuple(_judged(statement.tokens))


def _judged(tokens: Sequence[Token]) -> Iterator[Part]:
    while tokens and tokens[0].text == "(":
        tokens = tokens[1:]
    if not tokens:
        return
    first, begin = tokens[0], [token.word for token in tokens[:8]]
    match begin:
        case ["select" | "with" | "values" | "table", *_]:
            found = list(_query(tokens))
            yield from found or [Part(READ, "reads with SQL", first)]
        case ["explain", *_]:
            yield from _explained(tokens)
        case ["set", *_]:
            yield _set(tokens)
        case ["copy", *_]:
            yield from _copied(tokens)
        case ["declare" | "prepare", *_] if begin[:2] != ["prepare", "transaction"]:
            yield from _inner(tokens)
        case ["commit" | "rollback" | "prepare", "prepared" | "transaction", *_] if (
            begin[0] == "prepare" or begin[1] == "prepared"
        ):
            yield Part(CHANGE, "decides about a prepared transaction", first)
        case ["begin" | "start", *_] if any(token.word == "write" for token in tokens):
            yield Part(CHANGE, "lets its transaction write", first)
        case [word, *_] if word in _READS:
            yield Part(READ, _READS[word], first)
        case [word, *_] if word in _CHANGES:
            yield Part(CHANGE, _CHANGES[word], first)
        case _:
            yield Part(UNKNOWN, "is no statement of PostgreSQL", first)


def _query(tokens: Sequence[Token]) -> Iterator[Part]:
    """Yield what a query does beside reading: data-modifying parts, locks, new tables, calls."""
    named = _named_queries(tokens)
    for at, token in enumerate(tokens):
        word = token.word
        before = tokens[at - 1] if at else None
        if word == "into" and (before is None or before.word not in {"insert", "merge"}):
            yield Part(CHANGE, "creates a table", token)
        elif word in _MODIFIES and (before is None or before.text in ("(", ")")):
            yield Part(CHANGE, _CHANGES[word], token)
        elif word == "for" and any([t.word for t in tokens[at + 1 : at + 1 + len(x)]] == list(x) for x in _LOCKS):
            yield Part(CHANGE, "locks the rows that it reads", token)
        elif tokens[at + 1 : at + 2] and tokens[at + 1].text == "(":
            yield from _call(tokens, at, named)


def _named_queries(tokens: Sequence[Token]) -> frozenset[str]:
    """Return the names of `with name (columns) as (`, whose columns look like arguments."""
    if not any(token.word == "with" for token in tokens):
        return frozenset()
    found = set()
    for at, token in enumerate(tokens):
        if token.kind not in (Kind.WORD, Kind.QUOTED) or tokens[at + 1 : at + 2] == ():
            continue
        before = tokens[at - 1] if at else None
        if before is not None and (before.word in {"with", "recursive"} or before.text == ","):
            end = _closing(tokens, at + 1)
            if end and tokens[end + 1 : end + 2] and tokens[end + 1].word == "as":
                after = tokens[end + 2] if len(tokens) > end + 2 else None
                if after is not None and (after.text == "(" or after.word in {"materialized", "not"}):
                    found.add(token.text)
    return frozenset(found)


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Return where the parenthesis that opens at a place is closed; 0 where none opens."""
    depth = 0
    for place in range(at, len(tokens)):
        if tokens[place].kind is Kind.SIGN:
            depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place if place > at else 0
    return 0


def _call(tokens: Sequence[Token], at: int, named: frozenset[str]) -> Iterator[Part]:
    """Yield what the call of a name before a `(` does; nothing for what is none, or only reads."""
    token = tokens[at]
    if token.kind not in (Kind.WORD, Kind.QUOTED, Kind.NAME):
        return
    before = tokens[at - 1] if at else None
    schema = _schema(tokens, at)
    if not schema:
        if token.word in NO_CALL or token.text in named:
            return
        if before is not None and _is_alias(tokens, at, before):
            return
    name = token.word or token.text.strip('"')
    if token.kind is Kind.NAME:
        yield Part(UNKNOWN, f'calls what :"{token.text}" names', token)
        return
    effect, why = functions().get(name, (UNKNOWN, ""))
    if schema not in ("", "pg_catalog"):
        effect, why = UNKNOWN if effect is READ else effect, why
        name = f"{schema}.{name}"
    if effect is not READ:
        yield Part(effect, why or f"calls {name}, which is no function of PostgreSQL's own", token)


def _schema(tokens: Sequence[Token], at: int) -> str:
    if at < 2 or tokens[at - 1].text != "." or tokens[at - 1].kind is not Kind.SIGN:
        return ""
    return tokens[at - 2].word or tokens[at - 2].text.strip('"')


def _is_alias(tokens: Sequence[Token], at: int, before: Token) -> bool:
    """Say whether a name before a `(` is what a part of FROM is called, its columns in parentheses."""
    if functions().get(tokens[at].word, (READ,))[0] is CHANGE:
        return False
    if before.kind is Kind.WORD:
        return before.word in {"as", "tablesample"} or before.word not in KEY_WORDS
    if before.text == ")" and before.kind is Kind.SIGN:
        opener = _opening(tokens, at - 1)
        return tokens[max(opener - 1, 0)].word not in {"on", "operator"}
    return before.kind is Kind.QUOTED


def _opening(tokens: Sequence[Token], at: int) -> int:
    """Return where the parenthesis opens that is closed at a place."""
    depth = 0
    for place in range(at, -1, -1):
        if tokens[place].kind is Kind.SIGN:
            depth += {")": 1, "(": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return place
    return 0


def _explained(tokens: Sequence[Token]) -> Iterator[Part]:
    """Yield what EXPLAIN does: the statement itself with ANALYZE, else nothing but planning."""
    rest = list(tokens[1:])
    runs = False
    if rest and rest[0].text == "(":
        end = next((at for at, token in enumerate(rest) if token.text == ")"), len(rest) - 1)
        runs = any(token.word in {"analyze", "analyse"} for token in rest[:end])
        rest = rest[end + 1 :]
    while rest and rest[0].word in {"analyze", "analyse", "verbose"}:
        runs = runs or rest[0].word != "verbose"
        rest = rest[1:]
    if runs:
        yield from _judged(rest)
    else:
        yield Part(READ, "shows a plan, and runs nothing", tokens[0])


def _set(tokens: Sequence[Token]) -> Part:
    rest = [token.word for token in tokens[1:8]]
    while rest and rest[0] in {"local", "session"} and rest[1:2] not in (["authorization"], ["characteristics"]):
        rest = rest[1:]
    name = rest[0] if rest else ""
    if name in {"transaction", "constraints"}:
        writes = any(one.word == "write" for one in tokens)
        why = "lets its transaction write" if writes else "sets how its transaction works"
        return Part(CHANGE if writes else READ, why, tokens[0])
    if name in _HARMLESS or name.startswith("enable_") or (len(tokens) > 2 and tokens[2].text == "."):
        return Part(READ, "sets how its own session works", tokens[0])
    return Part(CHANGE, f"sets {name or 'something'}", tokens[0])


def _copied(tokens: Sequence[Token]) -> Iterator[Part]:
    """Yield what COPY does: only a copy to the client reads."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind is Kind.SIGN else 0
        if depth == 0 and token.word == "to":
            end = tokens[at + 1] if len(tokens) > at + 1 else token
            if end.word != "stdout":
                why = "runs a program on the server" if end.word == "program" else "writes a file on the server"
                yield Part(CHANGE, why, end)
                return
            inner = [part for part in _judged(tokens[1:at]) if part.effect is not READ]
            yield from inner if tokens[1].text == "(" and inner else [Part(READ, "reads with SQL", tokens[0])]
            return
        if depth == 0 and token.word == "from":
            yield Part(CHANGE, "adds rows", tokens[0])
            return
    yield Part(UNKNOWN, "is a COPY to nowhere", tokens[0])


def _inner(tokens: Sequence[Token]) -> Iterator[Part]:
    """Yield what the statement does that a cursor or a prepared statement stands for."""
    word = "for" if tokens[0].word == "declare" else "as"
    at = next((at for at, token in enumerate(tokens) if token.word == word), len(tokens) - 1)
    found = list(_judged(tokens[at + 1 :]))
    yield from found or [Part(UNKNOWN, "is incomplete", tokens[0])]
