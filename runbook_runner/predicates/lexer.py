"""Predicate text -> tokens, by CEL's rules for literals, less bytes and unsigned numbers."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.predicates.nodes import PredicateError
from runbook_runner.regex import regex

MAX_SOURCE = 4096
"""A guard is a line; what is longer than this is something else, and would only cost time."""

_TOKEN = regex(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
    |(?P<double>[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
    |(?P<int>0x[0-9a-fA-F]+|[0-9]+)
    |(?P<string>[rR]?(?:\"{3}|'{3}|["']))
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<op>&&|\|\||[=!<>]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE,
)
_ESCAPE = regex(r"""\\(?:[abfnrtv\\'"`?]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})""")
_NAMED = dict(zip("abfnrtv\\'\"`?", "\a\b\f\n\r\t\v\\'\"`?", strict=True))


class Token(Struct):
    """One word of a predicate."""

    kind: str
    """`int`, `double`, `string`, `name`, `op` or `end`."""
    text: str
    column: int
    value: int | float | str = ""


def tokens(source: str) -> list[Token]:
    """Split a predicate; the last token is always an `end`."""
    if len(source) > MAX_SOURCE:
        raise PredicateError(f"longer than {MAX_SOURCE} characters", MAX_SOURCE)
    found: list[Token] = []
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise PredicateError(_stray(source, at), at + 1)
        kind, text = str(match.lastgroup), match.group()
        if kind == "string":
            value, end = _string(source, at, text)
            found.append(Token(kind, source[at:end], at + 1, value))
            at = end
            continue
        if kind != "space":
            found.append(Token(kind, text, at + 1, _number(kind, text, at + 1)))
            _refuse_glued(source, match.end(), found[-1])
        at = match.end()
    found.append(Token("end", "", len(source) + 1))
    return found


def _stray(source: str, at: int) -> str:
    """Say what is wrong with a character that begins no token, and what was probably meant."""
    if source[at] == "=":
        return "`=` compares nothing: write `==`"
    if source[at] in "&|":
        return f"`{source[at]}` is no operator: write `{source[at] * 2}`"
    if source[at] in "“”„‘’‚«»":
        return f'`{source[at]}` is a typographic quote: write `"`'
    return f"unexpected {source[at]!r}"


def _number(kind: str, text: str, column: int) -> int | float | str:
    if kind == "int":
        return int(text, 16 if text.startswith("0x") else 10)
    if kind == "double":
        number = float(text)
        if number == float("inf"):
            raise PredicateError("the number is too large", column)
        return number
    return text


def _refuse_glued(source: str, end: int, token: Token) -> None:
    """Refuse `5m`, `1u` and `b"x"`, whose halves would only give a stranger message later."""
    following = source[end : end + 1]
    if token.kind in {"int", "double"} and (following.isalnum() or following == "_"):
        if following in {"u", "U"}:
            raise PredicateError("unsigned numbers are not supported", token.column)
        raise PredicateError("a number with a unit: write it in plain seconds, bytes or items", token.column)
    if token.kind == "name" and following in {'"', "'"}:
        raise PredicateError(f"`{token.text}` before a string: bytes are not supported", token.column)


def _string(source: str, at: int, opening: str) -> tuple[str, int]:
    """Read a string literal; return its value and where it ends."""
    raw = opening[0] in "rR"
    quote = opening[1:] if raw else opening
    long = len(quote) == 3
    parts: list[str] = []
    here = at + len(opening)
    while here < len(source):
        char = source[here]
        if source.startswith(quote, here):
            if raw and parts and parts[-1] == "\\":
                # The engines disagree on what a raw string's last backslash means.
                raise PredicateError("a raw string cannot end with a backslash", here + 1)
            return "".join(parts), here + len(quote)
        if char in "\r\n" and not long:
            break
        if char == "\\" and not raw:
            value, here = _escape(source, here)
            parts.append(value)
        else:
            parts.append(char)
            here += 1
    raise PredicateError("the string is not closed", at + 1)


def _escape(source: str, at: int) -> tuple[str, int]:
    match = _ESCAPE.match(source, at)
    if match is None:
        raise PredicateError(f"unknown escape `{source[at : at + 2]}`; a backslash itself is `\\\\`", at + 1)
    body = match.group()[1:]
    if body in _NAMED:
        return _NAMED[body], match.end()
    code = int(body[1:], 16) if body[0] in "xXuU" else int(body, 8)
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise PredicateError("the escape is no Unicode character", at + 1)
    return chr(code), match.end()
