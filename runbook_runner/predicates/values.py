"""CEL's values as Python's: what kind one is, and how two are compared, looked up and computed with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


class EvaluationError(ValueError):
    """The predicate has no answer for these values; `column` is where, counted from one, or 0."""

    def __init__(self, message: str, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


Spend = Callable[[int], None]
"""Pays for work out of the step budget."""


def kind(value: Any) -> str:
    """Name the CEL type of a Python value; what CEL cannot hold is an error."""
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            if not INT_MIN <= value <= INT_MAX:
                raise EvaluationError("an integer does not fit 64 bits")
            return "int"
        case float():
            return "double"
        case str():
            return "string"
        case list() | tuple():
            return "list"
        case Mapping():
            return "map"
        case _:
            raise EvaluationError(f"a value of type {type(value).__name__} cannot be compared")


def equal(left: Any, right: Any, spend: Spend) -> bool:
    """Compare as CEL does: numbers across types, all else only within one; a truth is no number."""
    spend(1)
    one, two = kind(left), kind(right)
    if {one, two} == {"int", "double"}:
        return float(left) == float(right)
    if one != two:
        return False
    if one == "list":
        return len(left) == len(right) and all(equal(a, b, spend) for a, b in zip(left, right, strict=True))
    if one == "map":
        if len(left) != len(right):
            return False
        for key, value in left.items():
            found, other = look_up(right, key, spend)
            if not found or not equal(value, other, spend):
                return False
        return True
    return bool(left == right)


def look_up(holder: Mapping[Any, Any], key: Any, spend: Spend) -> tuple[bool, Any]:
    """Find a key in a map; Python takes True for 1, CEL does not, but it takes 1.0 for 1."""
    match kind(key):
        case "string":
            return (True, holder[key]) if key in holder else (False, None)
        case "double":
            whole = math.isfinite(key) and key.is_integer() and INT_MIN <= key <= INT_MAX
            return look_up(holder, int(key), spend) if whole else (False, None)
        case "int" | "bool":
            spend(len(holder) >> 4)
            for candidate, value in holder.items():
                if isinstance(candidate, bool) == isinstance(key, bool) and candidate == key:
                    return True, value
            return False, None
        case other:
            raise EvaluationError(f"a key of a map cannot be {other}")


def ordered(operator: str, left: Any, right: Any) -> bool:
    """Compare by order: numbers across types, strings by code point, false before true."""
    one, two = kind(left), kind(right)
    if {one, two} == {"int", "double"}:
        left, right = float(left), float(right)
    elif one != two or one in {"null", "list", "map"}:
        raise no_match(operator, left, right)
    match operator:
        case "<":
            return bool(left < right)
        case "<=":
            return bool(left <= right)
        case ">":
            return bool(left > right)
        case _:
            return bool(left >= right)


def computed(operator: str, left: Any, right: Any) -> Any:
    """Do arithmetic within one type: integers of 64 bits, division towards zero."""
    match kind(left), kind(right):
        case "int", "int":
            return _integer(operator, left, right)
        case "double", "double" if operator != "%":
            return _double(operator, left, right)
        case ("string", "string") if operator == "+":
            return left + right
        case ("list", "list") if operator == "+":
            return [*left, *right]
        case _:
            raise no_match(operator, left, right)


def negated(value: Any) -> int | float:
    """Turn the sign of a number."""
    match kind(value):
        case "int":
            return _fitting(-value)
        case "double":
            return float(-value)
        case other:
            raise EvaluationError(f"`-` does not take {other}")


def no_match(function: str, *values: Any) -> EvaluationError:
    """Say that a function does not take values of these types."""
    return EvaluationError(f"`{function}` does not take ({', '.join(kind(value) for value in values)})")


def _integer(operator: str, left: int, right: int) -> int:
    if operator in {"/", "%"}:
        if right == 0:
            raise EvaluationError("division by zero")
        # Towards zero, where Python rounds down: -7 / 2 is -3.
        whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        _fitting(whole)
        return whole if operator == "/" else left - whole * right
    return _fitting(left + right if operator == "+" else left - right if operator == "-" else left * right)


def _fitting(value: int) -> int:
    if not INT_MIN <= value <= INT_MAX:
        raise EvaluationError("integer overflow")
    return value


def _double(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)
