"""A text of SQL made ready: what is wrong with it, which values it takes, each statement as it is sent."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.model.command import Effect, Problem
from runbook_runner.regex import regex
from runbook_runner.syntax.sql_effects import QUERIES, STATEMENTS, Part, parts_of
from runbook_runner.syntax.sql_lexer import Kind, Lexed, Statement, Token, lex
from runbook_runner.syntax.sql_words import words

VARIABLES = frozenset({Kind.VALUE, Kind.NAME, Kind.BARE})
_NUMBER = regex(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_BOUND = QUERIES | {"insert", "update", "delete", "merge", "explain", "call"}
"""First words of the statements that take values beside their text; in the others the client writes literals."""
_TYPES = words(
    """
date time timestamp timestamptz timetz interval inet cidr uuid json jsonb numeric bool boolean text point pg_lsn
regclass regrole regproc regtype xid xid8 bytea bigint integer smallint int float real macaddr money tsquery
tsvector xml
"""
)
"""A literal right after one of these is of that type: no parameter may stand there."""
_WRITTEN = regex(r"<[A-Za-z][\w-]*(?: [\w-]+){0,4}>")
CONTROL = frozenset({"begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release"})


def first_word(statement: Statement) -> str:
    """Return a statement's first word, in lower case."""
    return next((token.word for token in statement.tokens if token.text != "("), "")


class Script(Struct, frozen=True):
    """A text, taken apart."""

    text: str
    lexed: Lexed
    parts: tuple[tuple[Part, ...], ...]
    """What each statement does."""

    @property
    def effect(self) -> Effect:
        """The worst of what its statements do."""
        found = {part.effect for parts in self.parts for part in parts}
        order = (Effect.CHANGE, Effect.UNKNOWN, Effect.READ)
        return next((effect for effect in order if effect in found), Effect.UNKNOWN)

    @property
    def uses(self) -> tuple[str, ...]:
        """The names of the values that it takes, each once."""
        return tuple(dict.fromkeys(token.text for token in self.variables()))

    def variables(self) -> Iterator[Token]:
        """Yield psql's variables in it."""
        for statement in self.lexed.statements:
            yield from (token for token in statement.tokens if token.kind in VARIABLES)

    def whole(self) -> bool:
        """Say whether all of it can be one transaction that is begun and ended around it."""
        return not any(first_word(one) in CONTROL or alone(one) for one in self.lexed.statements)

    def keeps_nothing(self) -> bool:
        """Say whether it leaves nothing behind in its session."""
        first = {first_word(one) for one in self.lexed.statements}
        return self.effect is Effect.READ and first <= QUERIES | {"explain", "show"}

    def reaches_out(self) -> bool:
        """Say whether a function in it may do what no transaction takes back."""
        parts = [part for parts in self.parts for part in parts]
        return any(part.effect is not Effect.READ and part.token.word not in STATEMENTS for part in parts)

    def place(self, offset: int) -> tuple[int, int]:
        """Return the line and column of a place, from 1."""
        return self.text.count("\n", 0, offset) + 1, offset - self.text.rfind("\n", 0, offset)


def script_of(text: str) -> Script:
    """Take a text apart."""
    lexed = lex(text)
    return Script(text, lexed, tuple(parts_of(statement) for statement in lexed.statements))


def alone(statement: Statement) -> bool:
    """Say whether the server runs a statement only outside of a transaction."""
    found = [token.word for token in statement.tokens]
    match found[:3]:
        case ["vacuum", *_] | ["alter", "system", *_] | ["discard", "all"]:
            return True
        case ["create" | "drop", "database" | "tablespace" | "subscription", *_]:
            return True
        case ["reindex", *_] if {"database", "system", "concurrently", "schema"} & set(found[:6]):
            return True
        case ["cluster"] | ["call" | "do", *_]:
            return True  # a procedure may end its transaction
        case ["commit" | "rollback", "prepared", *_]:
            return True
        case ["alter", "subscription", *_] | ["alter", "database", *_] if "refresh" in found or "tablespace" in found:
            return True
        case ["create" | "drop" | "alter" | "refresh", *_]:
            return "concurrently" in found
        case _:
            return False


def problems_of(script: Script) -> Iterator[Problem]:
    """Yield what cannot run as it is written."""
    if mistake := script.lexed.mistake:
        yield Problem("sql-syntax", mistake.message, *script.place(mistake.offset), mistake.hint)
    for command in script.lexed.commands:
        line, column = script.place(command.start)
        yield Problem(
            "psql-command", f"`{command.text.split()[0]}` is a command of psql, not of the server", line, column,
            _instead(command.text),
        )  # fmt: skip
    for statement in script.lexed.statements:
        if first_word(statement) == "copy" and any(token.word == "stdin" for token in statement.tokens):
            line, column = script.place(statement.start)
            hint = "write INSERT, or run psql in a shell fence"
            yield Problem("psql-command", "COPY FROM STDIN has no data here", line, column, hint)
        for at, token in enumerate(statement.tokens):
            if token.kind is Kind.POSITION:
                hint = "declare a parameter and write :'name'"
                place = script.place(token.start)
                yield Problem("sql-placeholder", f"nothing gives `{token.text}` a value", *place, hint)
            elif found := _placeholder(statement.tokens, at, script.text):
                name = re.sub(r"\W+", "_", found[1:-1]).lower()
                hint = f"write :'{name}' for a value, :\"{name}\" for a name"
                yield Problem("sql-placeholder", f"`{found}` stands for a value", *script.place(token.start), hint)


def _placeholder(tokens: tuple[Token, ...], at: int, text: str) -> str:
    """Return `<name>` where one begins: no comparison is written like that."""
    if tokens[at].text != "<" or tokens[at].kind is not Kind.SIGN:
        return ""
    match = _WRITTEN.match(text, tokens[at].start)
    return match[0] if match and not {"and", "or", "not"} & set(match[0][1:-1].lower().split()) else ""


def _instead(command: str) -> str:
    word = re.match(r"\\(\w*)", command)
    match word[1] if word else "":
        case "watch":
            return "write {every=5s} after the fence's language"
        case "x" | "gx" | "pset" | "timing" | "a" | "t" | "g":
            return "leave it out: few wide rows are printed one column a line anyway"
        case "c" | "connect":
            return "name the database by {target=NAME}"
        case "set" | "gset" | "prompt":
            return "declare a parameter, and write :'name'"
        case "d" | "dt" | "di" | "l" | "du" | "dn" | "df" | "dp" | "z":
            return "ask the catalog (pg_class, pg_roles …), or run psql in a shell fence"
        case _:
            return "leave it out, or run psql in a shell fence"


# --- values ---------------------------------------------------------------------------------------


class Ready(Struct, frozen=True):
    """A statement as it goes to the server."""

    text: str
    values: tuple[tuple[bytes, int], ...]
    """For `$1`, `$2` …, each with the number of its type; 0 where the server is to tell it."""
    offsets: tuple[tuple[int, int], ...]
    """Where its pieces begin in it, and where in the whole text."""

    def source(self, at: int) -> int:
        """Return the place in the whole text that a place in this one comes from."""
        found = bisect_right(self.offsets, (at, 1 << 60)) - 1
        begun, source = self.offsets[max(found, 0)]
        return source + max(at - begun, 0)


def missing_or_unfit(script: Script, values: Mapping[str, str]) -> None:
    """Refuse what cannot be data here."""
    for token in script.variables():
        if token.text not in values:
            raise InputError(f"`{token.text}` has no value", f"declare it under parameters:, or --param {token.text}=…")
        value = values[token.text]
        if "\0" in value:
            raise InputError(f"the value of `{token.text}` holds a NUL, which no text of PostgreSQL can")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise InputError(f"the value of `{token.text}` is no UTF-8")
        if token.kind is Kind.BARE and not _NUMBER.fullmatch(value):
            hint = f"write :'{token.text}' for a text, :\"{token.text}\" for a name"
            raise InputError(f":{token.text} takes a number, and its value is none", hint)
        if token.kind is Kind.NAME and not value:
            raise InputError(f'the value of :"{token.text}" is empty: no name is')


def ready(
    script: Script, statement: Statement, values: Mapping[str, str], quote: Callable[[Kind, str], str], texts: set[int]
) -> Ready:
    """Return a statement with a `$n` for each value; where none may stand, `quote` writes the literal or the name.

    `texts` are the numbers of those that must be said to be text.
    """
    bound = first_word(statement) in _BOUND
    pieces, offsets, given, at, length = [], [], [], statement.start, 0
    for before, token in zip((None, *statement.tokens), statement.tokens, strict=False):
        if token.kind not in VARIABLES:
            continue
        raw = script.text[at : token.start]
        value = values[token.text]
        if token.kind is Kind.NAME or not bound or (before is not None and before.word in _TYPES):
            put = quote(token.kind, value)
        else:
            given.append((value.encode(), _type(value) if token.kind is Kind.BARE else 0))
            put = f"${len(given)}" + ("::text" if len(given) in texts else "")
        # What follows must not run into it, nor it into what stands before.
        put = put if token.kind is Kind.NAME else f" {put} "
        offsets += [(length, at), (length + len(raw), token.start)]
        pieces += [raw, put]
        length += len(raw) + len(put)
        at = token.end
    return Ready("".join((*pieces, script.text[at : statement.end])), tuple(given), (*offsets, (length, at)))


def _type(number: str) -> int:
    """Return the type that the server would take a number for: integer, bigint or numeric."""
    if not re.fullmatch(r"[-+]?\d+", number):
        return 1700
    whole = int(number)
    return 23 if -(2**31) <= whole < 2**31 else 20 if -(2**63) <= whole < 2**63 else 1700
