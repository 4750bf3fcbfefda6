"""Whether SQL parses in any dialect; the parser is loaded when there is a statement to parse.

Nobody says which database a fence is for. So a statement is called wrong only where PostgreSQL's grammar and those of
the others all refuse it, and only of the kinds that these know whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.regex import regex
from runbook_runner.syntax.remember import remembered
from runbook_runner.syntax.sql_plain import is_plain
from runbook_runner.syntax.words import Mistake

_DIALECTS = (
    "postgres", "mysql", "sqlite", "tsql", "oracle", "snowflake", "bigquery", "clickhouse", "duckdb", "trino",
    "redshift", "hive", "spark",
)  # fmt: skip
_LONGEST, _MOST = 10_000, 200
"""Characters of a statement, and statements of a fence, beyond which nothing is parsed."""
_KNOWN_WHOLE = regex(r"(?:select|with|insert|update|delete|values)\b", re.IGNORECASE)
_FIRST = ("select", "insert", "update", "delete", "create", "alter", "truncate", "explain")
_WORDS = ("from", "where", "group", "order", "join", "values", "into", "set", "limit", "having", "and", "between")
_THINGS = ("table", "index", "view", "database", "schema", "sequence", "function", "trigger", "column", "role", "user")
_NOT_PLAIN = regex(
    r"\$\w*\$|\bdelimiter\b|\bdeclare\b|\bend\s+(?:loop|if)\b|\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure|trigger"
    r"|event|package)\b|^[ \t]*[\w.\[\]@()-]*[=\w)][-=*(']?[>#][ \t]+\S|^[ \t]*[-+]{3,}[-+ ]*$|^[ \t]*\|.*\|[ \t]*$"
    r"|^\(\d+ rows?\)|^Query OK|^ERROR\b|\b\d+(?:ms|[smhdw])\b|\bas of system time\b|\ballow filtering\b"
    r"|\busing (?:ttl|timestamp)\b|\{%|\{\{-?\s*\w+\(|^[ \t]*\$ ",
    re.IGNORECASE | re.MULTILINE,
)
"""Procedures, pasted sessions with prompts and output, InfluxQL, CQL, templates."""
_META = regex(r"^[ \t]*\\[^\n]*|\\(?:gx?|gset|gexec|watch|crosstabview|G)\b[^\n;]*", re.MULTILINE)
_LINE = regex(r"^[ \t]*(?:go|/)[ \t]*$", re.IGNORECASE | re.MULTILINE)
_VARIABLES = regex(r":'\w+'|:\"\w+\"")
"""Of psql."""
_VALUES = regex(
    r"\$\{[^{}\n]*\}|\{\{[^{}\n]*\}\}|%\(\w+\)s|%s|\$[A-Za-z_]\w*|<[A-Za-z][\w .,:/-]*>|\{[A-Za-z][\w .-]*\}|!!\$?\w+!!"
    r"|\?\d+\b"
)
"""What stands for a value or a name."""
_JOIN = regex(r"\bjoin\b", re.IGNORECASE)
_UPSERT = regex(r"\bon\s+conflict\b", re.IGNORECASE)


@remembered
def mistake_in_sql(text: str) -> Mistake | None:
    """Return the first certain mistake of some SQL; None where it may be right."""
    blank = _LINE.sub(lambda match: ";".ljust(len(match[0])), text)
    blank = _META.sub(lambda match: ";".ljust(len(match[0])), blank)
    if _NOT_PLAIN.search(_without_texts(blank)):
        return None
    found = list(_statements(blank, escapes=True))
    if found and found[-1][2] >= 0:
        found = list(_statements(blank, escapes=False))
        if found[-1][2] >= 0:
            at = found[-1][2]
            return Mistake(at, f"this `{blank[at]}` is never closed", "close it, or leave it out")
    for start, statement, _ in found[:_MOST]:
        mistake = _mistake(statement) if len(statement) <= _LONGEST else None
        if mistake is not None:
            return Mistake(start + mistake.offset, mistake.message, mistake.hint)
    return None


def is_certain(mistake: Mistake) -> bool:
    """Tell whether a mistake is one in any database: what none of them knows may be for another program, or a list."""
    if mistake.message.endswith(("is not understood here", "no database understands this")):
        return False
    word = mistake.message.split("`")[1] if "`" in mistake.message else ""
    return not mistake.message.startswith("something is missing") or word.isalpha()


def _without_texts(text: str) -> str:
    return re.sub(r"'(?:[^'\n]|'')*'|--[^\n]*|/\*.*?\*/", "''", text, flags=re.DOTALL)


def _statements(text: str, *, escapes: bool) -> Iterator[tuple[int, str, int]]:
    """Yield each statement with its place, and where a quote in it is never closed (-1 where none is)."""
    start = at = 0
    while at < len(text):
        character = text[at]
        if character in "'\"`":
            end = _past(text, at, escapes)
            if end < 0:
                yield start, text[start:], at
                return
            at = end
        elif text.startswith("--", at) or (character == "#" and text[at - 1 : at] in {"", "\n", " ", ";"}):
            at = (text.find("\n", at) + 1) or len(text)
        elif text.startswith("/*", at):
            at = (text.find("*/", at) + 2) if "*/" in text[at:] else len(text)
        elif character == ";":
            yield start, text[start:at], -1
            start = at = at + 1
        else:
            at += 1
    yield start, text[start:], -1


def _past(text: str, at: int, escapes: bool) -> int:
    quote, place = text[at], at + 1
    while place < len(text):
        if text[place] == "\\" and escapes:
            place += 1
        elif text[place] == quote:
            if text[place + 1 : place + 2] != quote:
                return place + 1
            place += 1
        place += 1
    return -1


_OPERATORS = regex(r"(?<=[\s)\]'])<[~%+#@^&|*]>(?=[\s('])")
"""Those that extensions of PostgreSQL bring; any name may be one."""


def _mistake(statement: str) -> Mistake | None:
    bare = _without_comments(statement)
    at = len(bare) - len(bare.lstrip())
    words = re.findall(r"[A-Za-z_]+", bare)[:2]
    if not words or "..." in _without_texts(bare) or "…" in bare:
        return None
    if _KNOWN_WHOLE.match(bare, at):
        wanted = {"delete": "from", "insert": "into"}.get(words[0].lower(), "")
        if wanted and len(words) > 1 and words[1].lower() != wanted and _nearest(words[1], (wanted,), 0.7):
            return _near(bare.find(words[1], at + len(words[0])), words[1], wanted)
        return _parsed(bare)

    first = words[0].lower()
    near = _nearest(first, _FIRST, 0.8) if first not in _FIRST and len(bare.split()) > 2 else ""
    if near:
        return _near(at, words[0], near)
    if first in {"create", "drop", "alter"} and len(words) > 1 and words[1].lower() not in _THINGS:
        near = _nearest(words[1], _THINGS, 0.75)
        if near and near + "s" != words[1].lower():
            return _near(bare.find(words[1], at + len(first)), words[1], near)
    return None


def _nearest(word: str, known: tuple[str, ...], least: float) -> str:
    from difflib import get_close_matches  # 6 ms: only where something is wrong

    return next(iter(get_close_matches(word.lower(), known, 1, least)), "")


def _near(at: int, written: str, meant: str) -> Mistake:
    return Mistake(at, f"`{written}` is no SQL: did you mean `{meant.upper()}`?", f"write `{meant.upper()}`")


def _without_comments(text: str) -> str:
    found = re.compile(
        r"('(?:[^'\\]|''|\\.)*'|\"[^\"]*\"|`[^`]*`)|--[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*"
        r"|(?<=\s)#(?![ \t]*['(\d])[^\n]*",
        re.DOTALL | re.MULTILINE,
    )
    return found.sub(lambda match: match[1] or re.sub(r"[^\n]", " ", match[0]), text)


def _parsed(statement: str) -> Mistake | None:
    statement = _VARIABLES.sub(_stand_in, statement)
    parts = re.split(r"('(?:[^'\\]|''|\\.)*')", statement)
    ready = "".join(part if at % 2 else _VALUES.sub(_stand_in, part) for at, part in enumerate(parts))
    if is_plain(ready):
        return None
    ready = _OPERATORS.sub("<->", ready)
    first = _refused(ready)
    if first is not None and _JOIN.search(ready) and _refused(_UPSERT.sub(" where true on conflict", ready)) is None:
        return None  # the parser takes its ON for that of the join before it
    pieces = [piece for piece in re.split(r"\n[ \t]*\n", ready) if piece.strip()]
    if first is None or (len(pieces) > 1 and all(_parsed(piece) is None for piece in pieces)):
        return None  # several, with nothing between them
    return _told(first, ready)


def _refused(statement: str) -> Exception | None:
    """Return what PostgreSQL's grammar says of a statement that no dialect takes."""
    import logging

    from sqlglot import parse
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of what it knows only in part
    first: SqlglotError | None = None
    for dialect in _DIALECTS:
        try:
            parse(statement, dialect=dialect)
        except SqlglotError as error:
            first = first or error
        except RecursionError:
            return None
        else:
            return None
    return first


def _stand_in(match: re.Match[str]) -> str:
    """Return a name, or a text, of the same length."""
    length = len(match[0])
    return "'" + "x" * (length - 2) + "'" if match[0].startswith(":'") else "x" * length


def _told(error: Exception, text: str) -> Mistake:
    details = getattr(error, "errors", None) or [{}]
    word, line, column = details[0].get("highlight") or "", details[0].get("line"), details[0].get("col")
    what = str(details[0].get("description") or "")
    if line is None or column is None:
        return Mistake(len(text) - len(text.lstrip()), "no database understands this")
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    # The column is that of the token's last character.
    offset = max(starts[min(line, len(starts)) - 1] + column - len(word), 0)
    for match in [*re.finditer(r"[A-Za-z]+", text[:offset])][-1:] + [*re.finditer(r"[A-Za-z]+", text[offset:])][:1]:
        near = _nearest(match[0], _WORDS, 0.7)
        if near and match[0].lower() not in _WORDS and len(match[0]) > 3:
            return _near(match.start() + (offset if match.string != text[:offset] else 0), match[0], near)
    missing = re.match(r"Expecting (.{1,3})$", what)
    if missing:
        return Mistake(offset, f"a `{missing[1]}` is missing near `{word}`" if word else f"a `{missing[1]}` is missing")
    if what.startswith("Required keyword"):
        return Mistake(offset, f"something is missing after `{word}`" if word else "something is missing")
    return Mistake(offset, f"`{word}` is not understood here" if word else "no database understands this")
