"""Values in PromQL, each by the place where it stands: escaped within a string, by a pattern elsewhere, else refused.

A value's place is `$NAME`, `${NAME}` or `<some name>`. Within quotation marks a value is text: escaped for the string
and, after `=~` and `!~`, for the regular expression too. Between brackets and after `offset` it is a duration, between
braces and after `by`, `without`, `on` and their like the name of a label, elsewhere the name of a metric or a number.
`$window` is no value: it is the window that a predicate names (`burn_rate(0.999, "1h")`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from runbook_runner.errors import InputError
from runbook_runner.model.command import Analysis, Effect, Placeholder, Problem, Reason
from runbook_runner.regex import regex
from runbook_runner.syntax.placeholders import parameter_name

CODE = "promql-place"
WINDOW = "window"
"""The name that stands for the window of a burn rate."""
_SLOT = regex(r"\$\{([A-Za-z_]\w*)\}|\$([A-Za-z_]\w*)|<([A-Za-z_][\w .-]*)>")
_TOKEN = regex(
    rf"(?P<comment>\#[^\n]*)"
    rf"|(?P<string>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`[^`]*`)"
    rf"|(?P<slot>{_SLOT.pattern})"
    r"|(?P<word>[A-Za-z0-9_:.]+)"
    r"|(?P<operator>=~|!~|==|!=|<=|>=|[^\s])",
    re.S,
)
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_RESERVED = _GROUPING | {
    *("and", "or", "unless", "atan2", "bool", "offset", "inf", "nan", "start", "end", "anchored", "smoothed", "sum"),
    *("min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile"),
    *("limitk", "limit_ratio"),
}
_DURATION = regex(r"(?:[0-9]{1,9}(?:ms|[smhdwy]))+")
_METRIC = regex(r"[A-Za-z_:][A-Za-z0-9_:]{0,200}")
_LABEL = regex(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
_NUMBER = regex(r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,3})?", re.I)
_PART = regex(r"[A-Za-z0-9_]{1,200}")
_DIGITS = regex(r"[1-9][0-9]{0,8}")
_CALLED = regex(r"\s*\(")
_META = regex(r"[\\.+*?()|\[\]{}^$-]")


class Slot(Struct, frozen=True):
    """Where a value stands in a query."""

    name: str
    written: str
    start: int
    end: int
    place: str
    """text, raw, duration, digits, label, number, part, operand, function"""
    quote: str = ""
    pattern: bool = False
    """In a string that is a regular expression."""


def slots(text: str) -> Iterator[Slot]:
    """Yield the places of values, in order; `$window` among them."""
    opened: list[str] = []
    before, word = "", ""
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "comment":
                continue
            case "string":
                yield from _within(token, pattern=before in ("=~", "!~"), groups="label_replace" in opened)
            case "operator" if token[0] in "([{":
                opened.append(word if token[0] == "(" and word else token[0])
            case "operator" if token[0] in ")]}" and opened:
                opened.pop()
            case _ if token["slot"]:
                found = _SLOT.fullmatch(token[0])
                if found is not None:
                    place = _place(text, token.start(), token.end(), opened, before.lower())
                    yield Slot(_name(found), token[0], token.start(), token.end(), place)
            case _:
                pass
        # `by (…)`, `label_replace(…)`: the word right before a parenthesis says what stands in it.
        word = token[0].lower() if token["word"] else ""
        before = token[0]


def analyse(text: str) -> Analysis:
    """Say what can be known of a query: it only reads."""
    found = [slot for slot in slots(text) if not _is_own(slot.name)]
    line = next((each.strip() for each in text.split("\n") if each.strip() and not each.lstrip().startswith("#")), "")
    return Analysis(
        Effect.READ,
        (Reason(line, Effect.READ, "asks Prometheus"),),
        text,
        uses=tuple(dict.fromkeys(slot.name for slot in found)),
        placeholders=tuple(Placeholder(slot.written, slot.name) for slot in found if slot.written[0] == "<"),
        known=True,
        problems=tuple(_problems(text)),
        needs_target=True,
    )


def _problems(text: str) -> Iterator[Problem]:
    """Say where a value can never stand, whatever it is."""
    for slot in slots(text):
        line = text.count("\n", 0, slot.start) + 1
        column = slot.start - text.rfind("\n", 0, slot.start)
        if slot.name.startswith("__"):
            yield Problem(CODE, f"`{slot.written}` is Grafana's own", line, column, "write a duration, such as 5m")
        elif slot.place == "function":
            yield Problem(CODE, f"no value can stand for `{slot.written}` here", line, column, "write the name itself")


def windowed(text: str) -> bool:
    """Say whether a query leaves its window open."""
    return any(slot.name == WINDOW for slot in slots(text))


def fill(text: str, values: Mapping[str, str], window: str = "") -> str:
    """Put values in their places; InputError for what cannot stand there."""
    pieces, at = [], 0
    for slot in slots(text):
        pieces += [text[at : slot.start], window if slot.name == WINDOW and window else _put(slot, values)]
        at = slot.end
    return "".join([*pieces, text[at:]])


def _is_own(name: str) -> bool:
    return name == WINDOW or name.startswith("__")


def _name(found: re.Match[str]) -> str:
    return found[1] or found[2] or parameter_name(found[3])


def _within(token: re.Match[str], *, pattern: bool, groups: bool) -> Iterator[Slot]:
    """Yield the places in a string; `groups` says that `$name` may be a group of a regular expression there."""
    for found in _SLOT.finditer(token[0]):
        name, start = _name(found), token.start() + found.start()
        if groups and not name.isupper():
            continue
        place = "function" if groups else "raw" if token[0][0] == "`" else "text"
        yield Slot(name, found[0], start, start + len(found[0]), place, token[0][0], pattern)


def _place(text: str, start: int, end: int, opened: list[str], before: str) -> str:
    inner = opened[-1] if opened else ""
    before_it = bool(re.match(r"[\w:.}>]", text[start - 1 : start] or " "))
    if inner == "[":
        unit = re.match(r"(?:ms|[smhdwy])\b", text[end : end + 3])
        return "digits" if unit and not before_it else "duration"
    if _CALLED.match(text, end):
        return "function"
    if before_it or re.match(r"[\w:.$<]", text[end : end + 1]):
        return "part"
    if before == "offset":
        return "duration"
    if before == "@":
        return "number"
    if inner == "{":
        return "label" if before in ("{", ",") else "function"
    return "label" if inner in _GROUPING else "operand"


def _put(slot: Slot, values: Mapping[str, str]) -> str:
    if slot.name == WINDOW:
        raise InputError(
            "the query has a $window, and no predicate says which", 'such as burn_rate(0.999, "1h") > 14.4'
        )
    if slot.name.startswith("__"):
        raise InputError(f"{slot.written} is Grafana's own", "write a duration, such as 5m")
    if slot.name not in values:
        raise InputError(f"{slot.name}: it has no value", f"give it with --param {slot.name}=…")
    value = values[slot.name]
    if slot.place in ("text", "raw"):
        return _text(slot, value)
    pattern, what = _PLACES[slot.place]
    if pattern is None or not pattern.fullmatch(value) or (slot.place == "operand" and value.lower() in _RESERVED):
        raise InputError(
            f"{slot.name}: {value[:40]!r} cannot stand here", f"{what}, or write it within quotation marks"
        )
    return value


_OPERAND = regex(f"{_METRIC.pattern}|(?i:{_NUMBER.pattern})")
_PLACES: Mapping[str, tuple[re.Pattern[str] | None, str]] = {
    "duration": (_DURATION, "a duration such as 5m"),
    "digits": (_DIGITS, "a whole number"),
    "label": (_LABEL, "the name of a label"),
    "number": (_NUMBER, "a number"),
    "part": (_PART, "letters, digits and underscores"),
    "operand": (_OPERAND, "the name of a metric, or a number"),
    "function": (None, "nothing may stand here but what the author wrote"),
}


def _text(slot: Slot, value: str) -> str:
    if "\0" in value:
        raise InputError(f"{slot.name}: it holds a NUL character, which no label holds")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{slot.name}: it is no text in UTF-8") from None
    if slot.pattern:
        value = _META.sub(r"\\\g<0>", value)
    if slot.place == "raw":
        if "`" in value or "\r" in value:
            raise InputError(f"{slot.name}: {value[:40]!r} cannot stand within `…`", 'write the string with "…"')
        return value
    return "".join(_escaped(char, slot.quote) for char in value)


def _escaped(char: str, quote: str) -> str:
    if char in ("\\", quote):
        return f"\\{char}"
    if char.isprintable():
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
