"""SQL that any database takes, told at a glance: loading a parser for it takes longer than reading a hundred documents.

It knows only the plainest statements, and says nothing of all others.
"""

from __future__ import annotations

import re

from runbook_runner.regex import regex

_RESERVED = frozenset([
    "all", "alter", "and", "anti", "any", "array", "as", "asc", "asof", "between", "by", "case", "cast",
    "connect_by_root", "constraint", "count", "create", "cross", "current", "delete", "desc", "describe", "distinct",
    "drop", "else", "end", "except", "exists", "false", "fetch", "for", "from", "full", "glob", "grant", "group",
    "having", "if", "ilike", "in", "inner", "insert", "intersect", "interval", "into", "is", "join", "key",
    "lateral", "left", "like", "limit", "lock", "match", "merge", "natural", "not", "notnull", "null", "offset",
    "on", "only", "or", "order", "outer", "partition", "partitioned_by", "pivot", "primary", "qualify", "regexp",
    "returning", "revoke", "right", "rlike", "rollback", "row", "select", "semi", "set", "straight_join", "table",
    "tablesample", "then", "true", "uncache", "union", "unpivot", "update", "using", "values", "variadic", "when",
    "where", "window", "with", "xor",
    # These open a type in angle brackets.
    "agg", "function", "list", "lowcardinality", "map", "nested", "nullable", "object", "range", "struct", "tuple",
    "variant", "vector",
])  # fmt: skip
"""What may mean something else than a name somewhere in a statement."""
_TOKEN = regex(r"'[^'\\]*'|[A-Za-z_]\w*", re.ASCII)
_PATH = r"N(?:\.N)?"
_VALUE = rf"(?:T|\d+(?:\.\d+)?|{_PATH})"
_ITEM = rf"(?:\*|count\(\*\)|{_VALUE})"
_TEST = rf"{_PATH}(?: ?(?:=|<>|!=|<=|>=|<|>) ?{_VALUE}| is(?: not)? null| like T)"
_ROW = rf"\( ?{_VALUE}(?: ?, ?{_VALUE})* ?\)"
_WHERE = rf"where {_TEST}(?: (?:and|or) {_TEST})*"
_PLAIN = regex(
    rf"select {_ITEM}(?: ?, ?{_ITEM})* from {_PATH}(?: {_WHERE})?(?: order by {_PATH}(?: asc| desc)?)?(?: limit \d+)?"  # noqa: S608
    rf"|insert into {_PATH} ?(?:\( ?N(?: ?, ?N)* ?\) ?)?values ?{_ROW}(?: ?, ?{_ROW})*"
    rf"|delete from {_PATH} {_WHERE}|update {_PATH} set N ?= ?{_VALUE} {_WHERE}"
)
"""With `N` for each name and `T` for each text."""


def is_plain(statement: str) -> bool:
    """Tell whether a statement without comments is surely right."""
    return _PLAIN.fullmatch(_TOKEN.sub(_kind, " ".join(statement.split()))) is not None


def _kind(token: re.Match[str]) -> str:
    word = token[0].lower()
    return word if word in _RESERVED else "T" if word[0] == "'" else "N"
