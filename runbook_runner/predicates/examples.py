"""Made-up observations that take predicates to each side: the boundaries of numbers, texts with and without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from runbook_runner.predicates.burning import budget
from runbook_runner.predicates.nodes import Call, Expression, ListOf, Literal, Macro, Name, Node, Select, children
from runbook_runner.predicates.pattern_syntax import PatternParser
from runbook_runner.predicates.pattern_tree import Chars, Choice, PatternError, Repeat, Tree
from runbook_runner.predicates.pattern_tree import Sequence as Several

Place = tuple[str | int, ...]
"""A variable, and the way into it: `json.items[0]`."""
MOST = 600
"""Observations that are made at the most; beyond that each place varies alone and by pairs."""
_ORDER = frozenset({"==", "!=", "<", "<=", ">", ">="})
_TEXT = frozenset({".contains", ".startsWith", ".endsWith"})
_CASTS = {"int": "int", "uint": "int", "double": "double", "string": "string"}
_FLIP = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def examples(expressions: Iterable[Expression]) -> list[dict[str, Any]]:
    """Return observations, each a value for every variable that the predicates read, the most ordinary first."""
    found: dict[Place, list[Any]] = {}
    for expression in expressions:
        for place, value in _candidates(expression.root):
            values = found.setdefault(place, [])
            if not any(value == each and type(value) is type(each) for each in values):
                values.append(value)
    places = list(found)
    return [_observation(places, values) for values in _combined([found[place] for place in places])]


def _combined(choices: Sequence[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    count = 1
    for values in choices:
        count *= len(values)
    if count <= MOST:
        yield from product(*choices)
        return
    base = [values[0] for values in choices]
    yield base
    made = 0
    for one in range(len(choices)):
        for other in range(one, len(choices)):
            for first, second in product(choices[one], choices[other] if other > one else [None]):
                if made >= MOST:
                    return
                made += 1
                varied = [*base]
                varied[one] = first
                if other > one:
                    varied[other] = second
                yield varied


def _observation(places: Sequence[Place], values: Sequence[Any]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for place, value in zip(places, values, strict=True):
        if value is not _ABSENT:
            whole[str(place[0])] = _put(whole.get(str(place[0])), place[1:], value)
    return whole


_ABSENT = object()
"""The place is not there: for `has(json.error)`."""


def _put(into: Any, way: Place, value: Any) -> Any:
    """Return a value with another one put at the end of a way, mappings and lists made as needed."""
    if not way:
        return value
    key = way[0]
    if isinstance(key, int):
        items = list(into) if isinstance(into, list) else []
        items += [None] * (key + 1 - len(items))
        items[key] = _put(items[key], way[1:], value)
        return items
    mapping = dict(into) if isinstance(into, dict) else {}
    mapping[key] = _put(mapping.get(key), way[1:], value)
    return mapping


def _candidates(node: Node) -> Iterator[tuple[Place, Any]]:
    """Yield values for the places below a node."""
    match node:
        case Call(function=op, args=(left, right)) if op in _ORDER:
            yield from _compared(op, left, right)
        case Call(function=method, args=(text, Literal(value=str(wanted)))) if method in _TEXT:
            yield from _texts(text, wanted)
        case Call(function=".matches" | "matches", args=(text, Literal(value=str(pattern)))):
            yield from _texts(text, matching(pattern))
        case Call(function="in", args=(item, ListOf(items=items))):
            for each in items:
                yield from _compared("==", item, each)
        case Call(function="!_" | "&&" | "||", args=args):
            for each in args:
                yield from _truth(each)
        case Select(test=True):
            yield from _presence(node)
        case Macro():
            yield from _items(node)
        case Name() | Select():
            yield from _truth(node)
        case _:
            for child in children(node):
                yield from _candidates(child)


def _truth(node: Node) -> Iterator[tuple[Place, Any]]:
    place = _place(node) if isinstance(node, Name) or (isinstance(node, Select) and not node.test) else None
    if place:
        yield place, True
        yield place, False
    else:
        yield from _candidates(node)


def _presence(field: Select) -> Iterator[tuple[Place, Any]]:
    place = _place(Select(field.column, field.operand, field.field))
    if place:
        yield place, "something"
        yield place, _ABSENT


def _items(macro: Macro) -> Iterator[tuple[Place, Any]]:
    place = _place(macro.over)
    if place is None:
        return
    yield place, []
    inner: dict[Place, list[Any]] = {}
    for way, value in _candidates(macro.body):
        if way and way[0] == macro.item and value is not _ABSENT:
            inner.setdefault(way[1:], []).append(value)
    most = max((len(values) for values in inner.values()), default=0)
    for number in range(most):
        item: Any = None
        for way, values in inner.items():
            item = _put(item, way, values[min(number, len(values) - 1)])
        yield place, [item]
        if macro.kind in ("exists_one", "all"):
            yield place, [item, item]


def _compared(op: str, left: Node, right: Node) -> Iterator[tuple[Place, Any]]:
    if isinstance(left, Literal) and not isinstance(right, Literal):
        left, right, op = right, left, _FLIP.get(op, op)
    if not isinstance(right, Literal):
        for side in (left, right):
            yield from _values(side, [0, 1, 2])
        return
    match right.value:
        case bool(value):
            yield from _values(left, [value, not value])
        case int(value):
            yield from _values(left, [value, value + 1, value - 1])
        case float(value):
            yield from _values(left, [value, value + 0.5, value - 0.5])
        case str(value):
            yield from _values(left, [value, f"not {value}"])
        case _:
            yield from _values(left, [None, "something"])


def _values(node: Node, values: Sequence[Any], wrap: str = "") -> Iterator[tuple[Place, Any]]:
    """Yield what a place must hold for a node around it to have these values."""
    match node:
        case Call(function="size" | ".size", args=(inner,)):
            for value in values:
                if isinstance(value, int) and 0 <= value <= 10_000:
                    yield from _values(inner, [["x"] * value], "size")
        case Call(function=cast, args=(inner,)) if cast in _CASTS:
            yield from _values(inner, [str(value) for value in values], wrap)
        case Call(function="burn_rate", args=(Literal(value=float(objective)), ratio)):
            rates = [value * budget(objective) for value in values if isinstance(value, int | float)]
            yield from _values(ratio, [each for each in rates if 0 <= each <= 1], wrap)
        case Call(function="-" | "+" | "*" | "/" | "%" | "-_", args=args):
            for each in args:
                yield from _values(each, [*values, 0, 1], wrap)
        case Name() | Select() | Call(function="[]"):
            place = _place(node)
            if place:
                text = place[0] in ("stdout", "stderr", "output", "body") and len(place) == 1
                for value in values:
                    sized = wrap == "size" and isinstance(value, list)
                    yield place, "x" * len(value) if sized and text else str(value) if text else value
        case _:
            for child in children(node):
                yield from _candidates(child)


def _texts(node: Node, wanted: str) -> Iterator[tuple[Place, Any]]:
    place = _place(node)
    if place:
        yield place, wanted
        yield place, "something else"
    else:
        for child in children(node):
            yield from _candidates(child)


def _place(node: Node) -> Place | None:
    match node:
        case Name(name=name):
            return (name,)
        case Select(operand=operand, field=field, test=False):
            above = _place(operand)
            return (*above, field) if above else None
        case Call(function="[]", args=(operand, Literal(value=str() | int() as key))) if not isinstance(key, bool):
            above = _place(operand)
            return (*above, key) if above else None
        case _:
            return None


def matching(pattern: str) -> str:
    """Return a text that a pattern matches, as near as its parts say; anchors and word ends are not looked at."""
    try:
        return _text(PatternParser(pattern).parse())
    except PatternError:
        return ""


def _text(tree: Tree) -> str:
    match tree:
        case Several(items):
            return "".join(_text(item) for item in items)
        case Choice(items):
            return _text(items[0]) if items else ""
        case Repeat(item, least, most):
            return _text(item) * (least or (1 if most is None or most > 0 else 0))
        case Chars() as chars:
            return next((character for character in "a0 -_.A1/:\n" if chars.has(ord(character))), _first(chars))
        case _:
            return ""


def _first(chars: Chars) -> str:
    return chr(chars.ranges[0][0]) if chars.ranges and not chars.negated else "x"
