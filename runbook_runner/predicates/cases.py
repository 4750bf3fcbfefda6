"""What must be so for a predicate to hold, as far as constants tell: can it ever, does it always, what is left over.

A predicate is taken apart into cases, each of which says for some expressions which values they must have. What is
not understood may be either way, so that "never" and "always" are certain.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import TypeAlias

from msgspec import Struct

from runbook_runner.predicates.check import DOUBLE, DYN, INT, KNOWN, check
from runbook_runner.predicates.intervals import Interval, Numbers
from runbook_runner.predicates.nodes import Call, ListOf, Literal, Macro, MapOf, Name, Node, PredicateError, Select

_MOST = 200
"""Cases beyond which nothing is said."""
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "exit_code": (0, 255),
    "status": (100, 599),
    "row_count": (0, inf),
    "duration": (0, inf),
}
"""What evidence can be at all."""


class Texts(Struct, frozen=True):
    """Some texts, or all but some."""

    texts: frozenset[str]
    others: bool = False
    """All but these."""

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not self.texts and not self.others

    def within(self, other: Texts) -> Texts:
        """Return what is in both."""
        if self.others and other.others:
            return Texts(self.texts | other.texts, True)
        if self.others or other.others:
            some, but = (other, self) if self.others else (self, other)
            return Texts(some.texts - but.texts)
        return Texts(self.texts & other.texts)


class Truth(Struct, frozen=True):
    """Whether something that is not looked into holds."""

    holds: bool
    both: bool = False

    @property
    def empty(self) -> bool:
        """Whether it would have to hold and not to hold."""
        return self.both

    def within(self, other: Truth) -> Truth:
        """Return what is so for both."""
        return Truth(self.holds, self.both or other.both or self.holds is not other.holds)


Values: TypeAlias = Numbers | Texts | Truth
Case: TypeAlias = dict[str, Values]
"""For each expression, by how it is written, what it must be."""


class _TooMany(Exception):
    """The cases are not worth their number."""


def never(node: Node) -> bool:
    """Tell whether a predicate holds for no values at all."""
    return _no_case((node, True))


def always(node: Node) -> bool:
    """Tell whether a predicate holds for all values for which it has an answer."""
    return _no_case((node, False))


def never_after(node: Node, earlier: Sequence[Node]) -> bool:
    """Tell whether a predicate holds for no values for which none of the earlier ones does."""
    return _no_case((node, True), *((one, False) for one in earlier))


def gap(nodes: Sequence[Node]) -> Interval | None:
    """Return numbers that lie between those of several predicates over the same expression; None for no such."""
    covered: dict[str, list[Numbers]] = {}
    for node in nodes:
        found = _one_number(node)
        if found is not None:
            covered.setdefault(found[0], []).append(found[1])
    for several in covered.values():
        if len(several) < 2 or all(_points(numbers) for numbers in several):
            continue
        whole = all(bound == bound // 1 for numbers in several for bound in _bounds(numbers))
        union = Numbers((), whole)
        for numbers in several:
            union = union.beside(numbers)
        if gaps := union.gaps():
            return gaps[0]
    return None


def _one_number(node: Node) -> tuple[str, Numbers] | None:
    """Return the only expression that a predicate is about, and its numbers."""
    try:
        cases = _cases(node, True)
    except _TooMany:
        return None
    keys = {key for case in cases for key in case}
    if len(keys) != 1 or not all(cases):
        return None
    key = keys.pop()
    union: Numbers | None = None
    for case in cases:
        numbers = case[key]
        if not isinstance(numbers, Numbers):
            return None
        union = numbers if union is None else union.beside(numbers)
    return None if union is None else (key, union)


def _points(numbers: Numbers) -> bool:
    return all(part.low == part.high for part in numbers.parts)


def _bounds(numbers: Numbers) -> list[float]:
    return [bound for part in numbers.parts for bound in (part.low, part.high) if bound not in (-inf, inf)]


def _no_case(*wanted: tuple[Node, bool]) -> bool:
    try:
        whole: list[Case] = [{}]
        for node, truth in wanted:
            whole = _both(whole, _cases(node, truth))
    except (_TooMany, RecursionError):
        return False
    return not whole


def _cases(node: Node, wanted: bool) -> list[Case]:
    match node:
        case Literal(value=bool() as value):
            return [{}] if value is wanted else []
        case Call(function="!_", args=(operand,)):
            return _cases(operand, not wanted)
        case Call(function="&&" | "||" as function, args=args):
            parts = [_cases(arg, wanted) for arg in args]
            return _all(parts) if (function == "&&") is wanted else _any(parts)
        case Call(function="?:", args=(condition, then, other)):
            held = _both(_cases(condition, True), _cases(then, wanted))
            return _any([held, _both(_cases(condition, False), _cases(other, wanted))])
        case Call(function=function, args=(left, right)) if function in _FLIPPED:
            return _compared(function if wanted else _OPPOSITE[function], left, right, node)
        case Call(function="in", args=(item, ListOf(items=items))) if not isinstance(item, Literal):
            equal = [_cases(Call(node.column, "==", (item, each)), wanted) for each in items]
            return _any(equal) if wanted else _all(equal)
        case _:
            return [{_written(node): Truth(wanted)}]


def _compared(operator: str, left: Node, right: Node, node: Node) -> list[Case]:
    if isinstance(left, Literal) and isinstance(right, Literal):
        return _constant(operator, left, right, node)
    if isinstance(left, Literal):
        left, right, operator = right, left, _FLIPPED[operator]
    if isinstance(right, Literal):
        match right.value:
            case bool() if operator in {"==", "!="}:
                return _cases(left, right.value is (operator == "=="))
            case int() | float() as bound:
                return _made(_written(left), _numbers(left, operator, float(bound)))
            case str() as text if operator in {"==", "!="}:
                return _made(f"text {_written(left)}", Texts(frozenset((text,)), operator == "!="))
    plain = operator in {"==", "<", ">"}
    positive = operator if plain else _OPPOSITE[operator]
    return [{f"({_written(left)} {positive} {_written(right)})": Truth(plain)}]


def _constant(operator: str, left: Literal, right: Literal, node: Node) -> list[Case]:
    from runbook_runner.predicates.evaluation import evaluate
    from runbook_runner.predicates.nodes import Expression

    found = evaluate(Expression("", Call(node.column, operator, (left, right)), frozenset()), {})
    return [{}] if found.holds is not False else []


def _made(key: str, values: Values) -> list[Case]:
    return [] if values.empty else [{key: values}]


def _numbers(node: Node, operator: str, bound: float) -> Numbers:
    try:
        kind = check(node, KNOWN)
    except PredicateError:
        kind = DYN
    if kind not in (INT, DOUBLE, DYN):
        kind = DYN
    numbers = Numbers.of(operator, bound, whole=kind == INT)
    low, high = -inf, inf
    match node:
        case Name(name=name) if name in _BOUNDS:
            low, high = _BOUNDS[name]
        case Call(function="size" | ".size"):
            low = 0.0
        case _:
            return numbers
    return numbers.within(Numbers((Interval(low, False, high, high == inf),), numbers.whole))


def _all(parts: Iterable[list[Case]]) -> list[Case]:
    found: list[Case] = [{}]
    for part in parts:
        found = _both(found, part)
    return found


def _any(parts: Iterable[list[Case]]) -> list[Case]:
    return _few([case for part in parts for case in part])


def _few(found: list[Case]) -> list[Case]:
    if len(found) > _MOST:
        raise _TooMany
    return found


def _both(ones: list[Case], others: list[Case]) -> list[Case]:
    if len(ones) * len(others) > _MOST * _MOST:
        raise _TooMany
    found = []
    for one in ones:
        for other in others:
            merged = _merged(one, other)
            if merged is not None:
                found.append(merged)
    return _few(found)


def _merged(one: Case, other: Case) -> Case | None:
    merged = dict(one)
    for key, values in other.items():
        values = _narrowed(merged.get(key), values)
        if values.empty:
            return None
        merged[key] = values
    return merged


def _narrowed(known: Values | None, values: Values) -> Values:
    if isinstance(values, Numbers):
        return known.within(values) if isinstance(known, Numbers) else values
    if isinstance(values, Texts):
        return known.within(values) if isinstance(known, Texts) else values
    return known.within(values) if isinstance(known, Truth) else values


def _written(node: Node) -> str:
    """Write an expression so that two that are alike are written alike."""
    match node:
        case Literal(value=value):
            return repr(value)
        case Name(name=name):
            return name
        case Select(operand=operand, field=field, test=test):
            written = f"{_written(operand)}.{field}"
            return f"has({written})" if test else written
        case Call(function=function, args=args):
            return f"{function.removeprefix('.')}({', '.join(map(_written, args))})"
        case ListOf(items=items):
            return f"[{', '.join(map(_written, items))}]"
        case MapOf(items=items):
            return "{" + ", ".join(f"{_written(key)}: {_written(value)}" for key, value in items) + "}"
        case Macro(kind=kind, over=over, item=item, body=body, keep=keep):
            kept = f", {_written(keep)}" if keep is not None else ""
            return f"{_written(over)}.{kind}({item}{kept}, {_written(body)})"
