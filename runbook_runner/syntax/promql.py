"""PromQL text: whether Prometheus would read it, and where it would stop."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from runbook_runner.model.command import Problem
from runbook_runner.regex import regex

CODE = "promql-syntax"
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_TOKEN = regex(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`)"
    r"|(?P<quote>[\"'`])"
    r"|(?P<number>0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?:(?:ms|[smhdwy])(?:\d+(?:ms|[smhdwy]))*)?)"
    r"|(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)"
    r"|(?P<operator>==|!=|<=|>=|=~|!~|[-+*/%^<>=@,])"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])",
    re.S,
)
_BINARY = {"+", "-", "*", "/", "%", "^", "==", "!=", "<=", ">=", "<", ">", "and", "or", "unless", "atan2"}
_SIGNS = {"+", "-"}
_NEWER = regex(r"\]\s*(?:anchored|smoothed)\b|(?:\[|\boffset\s)[^]\"'{]*(?:[-+*/%^(]|step)")
"""Of Prometheus 3.x behind a flag: arithmetic in durations, extended ranges. The parser knows neither yet."""
_GROUPING = {"by", "without", "on", "ignoring"}
_MODIFIERS = {"by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset"}


_MAX_CHARACTERS = 20_000
_MAX_DEPTH = 400


class _Token(Struct, frozen=True):
    kind: str
    text: str
    at: int


def problems(text: str) -> tuple[Problem, ...]:
    """Return why a query does not parse, with the place where that shows; nothing when it does."""
    if not text.strip():
        return (Problem(CODE, "the query is empty"),)
    found = _refused(text) if _safe(text) else _unbalanced(_tokens(text[:_MAX_CHARACTERS]), cut=True)
    if found is not None:
        message, at, hint = found
        line = text.count("\n", 0, at) + 1
        return (Problem(CODE, message, line, at - text.rfind("\n", 0, at), hint),)
    return ()


def _safe(text: str) -> bool:
    """Say whether the parser may see a text: it recurses, ends the process when the stack does, and is quadratic."""
    if len(text) <= _MAX_DEPTH:
        return True
    deep = sum(token.kind == "open" or token.text.lower() in _BINARY for token in _tokens(text[:_MAX_CHARACTERS]))
    return len(text) <= _MAX_CHARACTERS and deep <= _MAX_DEPTH


def _refused(text: str) -> tuple[str, int, str] | None:
    from promql_parser import parse

    try:
        parse(text)
    except ValueError as error:
        return _unbalanced(_tokens(text)) or _explain(text, str(error), parse)
    return None


def _explain(text: str, error: str, parse: Callable[[str], object]) -> tuple[str, int, str] | None:
    """Return what is wrong, the offset at which it shows, and what to type; None when the parser is merely too old.

    The parser names no place. What is plain from the tokens is said first; an error of the scanner lies where the
    shortest beginning with the same error ends.
    """
    bare = re.sub(r"\"[^\"]*\"|'[^']*'|`[^`]*`", "", text)
    if _NEWER.search(bare) and error.startswith(("unexpected character inside brackets", "invalid", "bad number")):
        return None
    if called := re.search(r"function (?:with name )?'(\w+)'", error):
        name = re.search(rf"\b{called[1]}\s*\(", text)
        return error, name.start() if name else 0, _hint(error)
    if error.startswith(("unexpected character", "unterminated", "bad number", "unknown escape")):
        ends = range(1, len(text) + 1)
        return error, bisect_left(ends, True, key=lambda end: _error(parse, text[:end]) == error), ""
    if pattern := re.match(r"illegal regex for (.*)", error, re.S):
        return error, max(text.find(pattern[1]), 0), ""
    tokens = list(_tokens(text))
    if misplaced := _misplaced(tokens):
        return misplaced
    return ("this is no PromQL" if error == "invalid promql query" else error), _first(tokens), ""


def _hint(error: str) -> str:
    wanted = re.search(r"expected type matrix in call to function '(\w+)'", error)
    return f"give it a range: `{wanted[1]}(metric[5m])`" if wanted else ""


def _error(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return ""


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "comment":
            yield _Token(kind, found[0], found.start())
        if kind == "quote":
            return


def _unbalanced(tokens: Iterable[_Token], *, cut: bool = False) -> tuple[str, int, str] | None:
    """Find what is closed and not open, and, unless the end of the text was cut off, what is open and never closed."""
    open_: list[_Token] = []
    for token in tokens:
        if token.kind == "quote" and not cut:
            return f"the text that begins with {token.text} has no end", token.at, f"close it with {token.text}"
        if token.kind == "open":
            open_.append(token)
        elif token.kind == "close":
            if not open_:
                return f"nothing is open that this `{token.text}` would close", token.at, ""
            first = open_.pop()
            if _PAIRS[first.text] != token.text:
                wanted = _PAIRS[first.text]
                return f"this `{token.text}` stands where `{wanted}` is due", token.at, f"close `{first.text}` first"
    if open_ and not cut:
        last = open_[-1]
        return f"this `{last.text}` is never closed", last.at, f"add `{_PAIRS[last.text]}`"
    return None


def _misplaced(tokens: list[_Token]) -> tuple[str, int, str] | None:
    """Find two operands without an operator between them, or an operator without one of its operands."""
    before: _Token | None = None
    depth = 0
    for token in tokens:
        if token.text in ("{", "["):
            depth += 1
        if depth == 0 or (depth == 1 and token.text in ("{", "[")):
            if (found := _clash(before, token)) is not None:
                return found
        elif token.kind in ("name", "string") and before is not None and before.kind == "string":
            return f"a comma is missing before `{token.text}`", token.at, ""
        if token.text in ("}", "]"):
            depth -= 1
        before = token
    if before is not None and before.text.lower() in _BINARY:
        return f"nothing stands after `{before.text}`", before.at, ""
    return None


def _clash(before: _Token | None, token: _Token) -> tuple[str, int, str] | None:
    word = token.text.lower()
    operator = word in _BINARY
    if before is None or before.text in ("(", ","):
        if operator and word not in _SIGNS:
            return f"nothing stands before `{token.text}`", token.at, ""
        return None
    last = before.text.lower()
    if last in _GROUPING and token.text != "(":
        return f"`(` is missing after `{before.text}`", token.at, f"write `{before.text} (label, …)`"
    if last in _BINARY:
        if token.text in (")", ",") or (operator and word not in _SIGNS):
            return f"an operand is missing between `{before.text}` and `{token.text}`", token.at, ""
        return None
    operand = token.kind in ("number", "name", "string") and not operator and word not in _MODIFIERS
    if operand and (before.kind in ("number", "string", "close") or (before.kind == "name" and last not in _MODIFIERS)):
        return f"an operator is missing before `{token.text}`", token.at, ""
    if token.text in ("=", "=~", "!~"):
        return f"`{token.text}` stands outside of braces", token.at, "compare with `==`" if token.text == "=" else ""
    return None


def _first(tokens: list[_Token]) -> int:
    return tokens[0].at if tokens else 0
