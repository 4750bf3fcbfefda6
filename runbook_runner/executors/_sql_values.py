"""What PostgreSQL sends as text, as plain data for predicates.

Numbers become numbers, an interval its seconds, JSON and arrays what they hold; moments stay ISO 8601 text, which sorts
as they do; everything else stays the text that psql would show.
"""

from __future__ import annotations

import json
import re
from typing import Any

from runbook_runner.regex import regex

_BOOL, _JSON, _JSONB, _INTERVAL, _NUMERIC = 16, 114, 3802, 1186, 1700
_WHOLE = frozenset({20, 21, 23, 26, 28, 29, 5069})
"""bigint, smallint, integer, oid, xid, cid, xid8."""
_REAL = frozenset({700, 701})
_ARRAYS = {
    1000: _BOOL, 1005: 21, 1007: 23, 1016: 20, 1028: 26, 1011: 28, 271: 5069, 1021: 700, 1022: 701, 1231: _NUMERIC,
    1187: _INTERVAL, 199: _JSON, 3807: _JSONB, 1009: 25, 1015: 1043, 1003: 19, 1014: 1042, 1185: 1184, 1115: 1114,
    1182: 1082, 2951: 2950, 1041: 869, 651: 650, 1183: 1083, 1002: 18, 3221: 3220, 1001: 17, 2210: 2205, 2206: 2205,
    1012: 29,
}  # fmt: skip
"""Types of arrays, and the types of what they hold."""
NUMBERS = _WHOLE | _REAL | {_NUMERIC, 790}
"""Types that are shown at the right."""
_LARGEST = 2**63
_SPAN = regex(
    r"(?:(?P<years>-?\+?\d+) years? ?)?(?:(?P<mons>-?\+?\d+) mons? ?)?(?:(?P<days>-?\+?\d+) days? ?)?"
    r"(?:(?P<sign>[-+])?(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d(?:\.\d+)?))?"
)


def value(text: str | None, oid: int) -> Any:
    """Return a cell's value, given its type."""
    if text is None:
        return None
    if oid == _BOOL:
        return text == "t"
    if oid in _WHOLE:
        return int(text)
    if oid in _REAL or oid == _NUMERIC:
        return _number(text)
    if oid in (_JSON, _JSONB):
        return _document(text)
    if oid == _INTERVAL:
        return _seconds(text)
    if oid in (1114, 1184):
        return text.replace(" ", "T", 1)
    if oid in _ARRAYS:
        return _array(text, _ARRAYS[oid])
    return text


def _number(text: str) -> int | float | str:
    """Return a number that JSON can hold; what is none (`NaN`, `Infinity`) stays text."""
    if re.fullmatch(r"-?\d+(?:\.0*)?", text) and -_LARGEST <= (whole := int(text.partition(".")[0])) < _LARGEST:
        return whole
    try:
        found = float(text)
    except ValueError:
        return text
    return found if found - found == 0 else text


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _seconds(text: str) -> int | float | str:
    """Return an interval's seconds, as `extract(epoch from …)` counts them."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or not text:
        return text
    found = {name: float(each or 0) for name, each in match.groupdict().items() if name != "sign"}
    clock = found["hours"] * 3600 + found["minutes"] * 60 + found["seconds"]
    clock = -clock if match["sign"] == "-" else clock
    total = found["years"] * 31557600 + found["mons"] * 2592000 + found["days"] * 86400 + clock
    return int(total) if total == int(total) else round(total, 6)


_PART = regex(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)|([{},])', re.DOTALL)


def _array(text: str, oid: int) -> Any:
    """Return an array as a list, its text as the server writes it: `{1,NULL,"a b"}`."""
    _, brace, rest = text.partition("{")  # `[0:1]={…}` says where it begins
    stack: list[list[Any]] = [[]]
    for match in _PART.finditer(brace + rest):
        quoted, bare, sign = match.groups()
        if sign == "{":
            stack.append([])
        elif sign == "}" and len(stack) > 1:
            stack[-2].append(stack.pop())
        elif sign is None:
            written = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if bare is None else bare
            stack[-1].append(None if bare == "NULL" else value(written, oid))
    return stack[0][0] if stack[0] else text
