"""The functions a predicate can call."""

from __future__ import annotations

from typing import Any

from runbook_runner.predicates.burning import rate
from runbook_runner.predicates.values import INT_MAX, INT_MIN, EvaluationError, Spend, kind, no_match
from runbook_runner.regex import regex

_SPACE = " \t\n\v\f\r"
_INTEGER = regex(r"[+-]?[0-9]{1,40}")
_DECIMAL = regex(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_TRUTHS = {
    **dict.fromkeys(("1", "t", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "false", "FALSE", "False"), False),
}


def call(function: str, args: list[Any], spend: Spend) -> Any:
    """Call a function or method by name; a method's receiver is its first argument."""
    match function.removeprefix("."), args:
        case "size", [value]:
            if kind(value) not in {"string", "list", "map"}:
                raise no_match("size", value)
            return len(value)
        case "dyn", [value]:
            return value
        case "burn_rate", [objective, ratio]:
            return rate(objective, ratio)
        case ("contains" | "startsWith" | "endsWith" | "matches") as name, [text, part]:
            if kind(text) != "string" or kind(part) != "string":
                raise no_match(name, text, part)
            spend(len(text) >> 12)
            return _of_text(name, text, part)
        case ("int" | "double" | "string" | "bool") as name, [value]:
            return _converted(name, value)
        case name, _:
            raise EvaluationError(f"there is no function {name}()")


def _of_text(name: str, text: str, part: str) -> bool:
    match name:
        case "contains":
            return part in text
        case "startsWith":
            return text.startswith(part)
        case "endsWith":
            return text.endswith(part)
        case _:
            return matched_at(text, part) is not None


def matched_at(text: str, pattern: str) -> int | None:
    """Return where the first match of a pattern ends."""
    from runbook_runner.predicates.pattern import PatternError, compiled

    try:
        return compiled(pattern).search(text)
    except PatternError as error:
        raise EvaluationError(f"the pattern is wrong: {error}") from None


def _converted(name: str, value: Any) -> Any:
    source = kind(value)
    match name, source:
        case _, same if name == same:
            return value
        case "int", "double":
            # Both ends are out of range: the official engine refuses even -2.0**63.
            if not float(INT_MIN) < value < float(INT_MAX):
                raise EvaluationError("the number does not fit 64 bits")
            return int(value)
        case "int", "string":
            stripped = value.strip(_SPACE)
            if not _INTEGER.fullmatch(stripped) or not INT_MIN <= int(stripped) <= INT_MAX:
                raise EvaluationError(f"{_shown(value)} is no integer")
            return int(stripped)
        case "double", "int":
            return float(value)
        case "double", "string":
            if not _DECIMAL.fullmatch(value.strip(_SPACE)):
                raise EvaluationError(f"{_shown(value)} is no number")
            return float(value.strip(_SPACE))
        case "string", "int":
            return str(value)
        case "string", "bool":
            return "true" if value else "false"
        case "bool", "string":
            return _truth(value)
    raise no_match(name, value)


def _truth(value: str) -> bool:
    if value not in _TRUTHS:
        raise EvaluationError(f"{_shown(value)} is neither true nor false")
    return _TRUTHS[value]


def _shown(value: str) -> str:
    """Name a text without quoting much of it: an error message is not redacted as evidence is."""
    return "an empty text" if not value else f"a text of {len(value)} characters"
