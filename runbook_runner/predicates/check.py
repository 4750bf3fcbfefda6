"""What types a predicate's parts have, as far as that is known before anything ran.

CEL refuses `1 == 1.0` and `exit_code == "0"` when it reads them, although the same values met at run
time would merely be unequal. A guard that can never hold is a defect of the runbook, so we refuse too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from runbook_runner.predicates.nodes import (
    Call,
    ListOf,
    Literal,
    Macro,
    MapOf,
    Name,
    Node,
    PredicateError,
    Select,
)
from runbook_runner.predicates.parser import MAX_DEPTH

Type: TypeAlias = tuple[str, ...] | tuple[str, "Type"] | tuple[str, "Type", "Type"]

DYN: Type = ("dyn",)
BOOL: Type = ("bool",)
INT: Type = ("int",)
DOUBLE: Type = ("double",)
STRING: Type = ("string",)
NULL: Type = ("null",)
_FOREIGN: tuple[Type, ...] = (("uint",), ("bytes",), ("duration",), ("timestamp",))
"""Types of CEL that no value here has; they count where an operand of unknown type leaves the result open."""

KNOWN: Mapping[str, Type] = {
    "exit_code": INT,
    "stdout": STRING,
    "stderr": STRING,
    "output": STRING,
    "duration": DYN,
    "rows": ("list", DYN),
    "columns": ("list", STRING),
    "row_count": INT,
    "value": DYN,
    "series": DYN,
    "status": INT,
    "headers": DYN,
    "body": STRING,
    "windows": ("map", STRING, DYN),
    "certificate_days": INT,
    "objects": DYN,
    "json": DYN,
}
"""The evidence names, and the types of those that always have the same."""

_ARITHMETIC: Mapping[str, tuple[Type, ...]] = {
    "+": (INT, DOUBLE, STRING, *_FOREIGN),
    "-": (INT, DOUBLE, *_FOREIGN),
    "*": (INT, DOUBLE, _FOREIGN[0]),
    "/": (INT, DOUBLE, _FOREIGN[0]),
    "%": (INT, _FOREIGN[0]),
}
_CONVERSIONS: Mapping[str, tuple[Type, Type]] = {
    "int": (INT, ("int double string",)),
    "double": (DOUBLE, ("int double string",)),
    "string": (STRING, ("int bool string",)),
    "bool": (BOOL, ("bool string",)),
}
_COMPARISONS = frozenset(("<", "<=", ">", ">="))
_TEXT_METHODS = frozenset(("contains", "startsWith", "endsWith", "matches"))
_MACROS = frozenset(("all", "exists", "exists_one", "map", "filter", "size"))
_MACRO_WEIGHT = 3
"""The official engine rewrites a macro into a loop that counts as several levels."""


def check(node: Node, scope: Mapping[str, Type], depth: int = 1) -> Type:
    """Infer the type of a node, or say where types cannot fit. `scope` holds the names with a known type."""
    if depth > MAX_DEPTH:
        raise PredicateError("nested too deeply", node.column)
    match node:
        case Literal():
            return _literal(node.value)
        case Name():
            return scope.get(node.name, DYN)
        case Select():
            return _select(node, check(node.operand, scope, depth + 1))
        case ListOf():
            return _list([_part(item, scope, depth) for item in node.items])
        case MapOf():
            keys = [_part(key, scope, depth) for key, _ in node.items]
            values = [_part(value, scope, depth) for _, value in node.items]
            return _map(node, keys, values)
        case Macro():
            return _macro(node, scope, depth + _MACRO_WEIGHT)
        case Call():
            return _call(node, scope, depth + 1)


def show(kind: Type) -> str:
    """Write a type as CEL's own messages do."""
    return (
        f"{kind[0]}({', '.join(show(_inner(kind, at)) for at in range(len(kind) - 1))})" if kind[1:] else str(kind[0])
    )


def _literal(value: bool | int | float | str | None) -> Type:
    match value:
        case None:
            return NULL
        case bool():
            return BOOL
        case int():
            return INT
        case float():
            return DOUBLE
        case str():
            return STRING


def _inner(kind: Type, at: int) -> Type:
    inner = kind[1 + at]
    return (inner,) if isinstance(inner, str) else inner


def _fits(left: Type, right: Type) -> bool:
    """Tell whether two types may be the same one."""
    if left in (DYN, right) or right == DYN:
        return True
    return (
        left[0] == right[0]
        and len(left) == len(right) > 1
        and all(_fits(_inner(left, at), _inner(right, at)) for at in range(len(left) - 1))
    )


def _shared(kinds: list[Type]) -> Type:
    return kinds[0] if all(kind == kinds[0] for kind in kinds) else DYN


def _empty(node: Node) -> bool:
    return isinstance(node, ListOf | MapOf) and not node.items


def _part(node: Node, scope: Mapping[str, Type], depth: int) -> Type:
    kind = check(node, scope, depth + 1)
    if _empty(node):
        raise _no_empty(node)
    return kind


def _no_empty(node: Node) -> PredicateError:
    return PredicateError("an empty list or map is only supported next to == or !=", node.column)


def _list(items: list[Type]) -> Type:
    return ("list", _shared(items)) if items else ("list", DYN)


def _map(node: MapOf, keys: list[Type], values: list[Type]) -> Type:
    for (key, _), kind in zip(node.items, keys, strict=True):
        if kind not in (DYN, STRING, INT, BOOL):
            raise PredicateError(f"a key of a map cannot be {show(kind)}", key.column)
    return ("map", _shared(keys), _shared(values)) if keys else ("map", DYN, DYN)


def _select(node: Select, operand: Type) -> Type:
    if _empty(node.operand):
        raise _no_empty(node.operand)
    if operand[0] not in {"dyn", "map"}:
        raise PredicateError(f"{show(operand)} has no fields", node.column)
    if node.test:
        return BOOL
    return _inner(operand, 1) if operand[0] == "map" else DYN


def _macro(node: Macro, scope: Mapping[str, Type], depth: int) -> Type:
    over = _part(node.over, scope, depth)
    if over[0] not in {"dyn", "list", "map"}:
        raise PredicateError(f"{node.kind}() goes over a list or a map, not {show(over)}", node.column)
    item = _inner(over, 0) if over != DYN else DYN
    inside = {**scope, node.item: item}
    for condition in (node.keep, None if node.kind == "map" else node.body):
        if condition is not None:
            kind = _part(condition, inside, depth)
            if kind not in (BOOL, DYN):
                raise PredicateError(f"{node.kind}() needs a yes or no, not {show(kind)}", condition.column)
    if node.kind == "map":
        return ("list", _part(node.body, inside, depth))
    return ("list", item) if node.kind == "filter" else BOOL


def _call(node: Call, scope: Mapping[str, Type], depth: int) -> Type:
    comparing = node.function in {"==", "!="}
    kinds = [check(arg, scope, depth) if comparing else _part(arg, scope, depth - 1) for arg in node.args]
    if comparing and all(_empty(arg) for arg in node.args):
        raise _no_empty(node)
    result = _operator(node.function, kinds) or _function(node, kinds)
    if result is None:
        shown = ", ".join(show(kind) for kind in kinds)
        raise PredicateError(f"`{_spelled(node.function)}` does not take ({shown})", node.column)
    return result


def _spelled(function: str) -> str:
    return {"-_": "-", "!_": "!", "[]": "[…]", "?:": "? :"}.get(function, function.removeprefix("."))


def _operator(function: str, kinds: list[Type]) -> Type | None:
    match function, kinds:
        case (("&&" | "||" | "!_"), _):
            return BOOL if all(kind in (BOOL, DYN) for kind in kinds) else None
        case "?:", [condition, then, other]:
            fits = condition in (BOOL, DYN) and _fits(then, other)
            return (then if then == other else DYN) if fits else None
        case (("==" | "!="), [left, right]):
            return BOOL if _fits(left, right) else None
        case "in", [item, ("dyn",)]:
            return BOOL
        case "in", [item, holder]:
            return BOOL if holder[0] in {"list", "map"} and _fits(item, _inner(holder, 0)) else None
        case "[]", [holder, key]:
            return _index(holder, key)
        case "-_", [operand]:
            return operand if operand in (INT, DOUBLE, DYN) else None
        case _, [left, right] if function in _COMPARISONS:
            orderly = all(kind in (DYN, BOOL, INT, DOUBLE, STRING) for kind in kinds)
            return BOOL if orderly and _fits(left, right) else None
        case _, [left, right] if function in _ARITHMETIC:
            return _arithmetic(_ARITHMETIC[function], left, right, lists=function == "+")
        case _:
            return None


def _index(holder: Type, key: Type) -> Type | None:
    if holder == DYN:
        return DYN
    if holder[0] == "list":
        return _inner(holder, 0) if key in (INT, DYN) else None
    if holder[0] == "map":
        return _inner(holder, 1) if _fits(key, _inner(holder, 0)) else None
    return None


def _arithmetic(overloads: tuple[Type, ...], left: Type, right: Type, *, lists: bool) -> Type | None:
    if lists and "list" in {left[0], right[0]}:
        if not _fits(left, right):
            return None
        return left if left == right else ("list", DYN)
    known = {kind for kind in (left, right) if kind != DYN}
    if not known:
        return DYN
    return known.pop() if len(known) == 1 and known <= set(overloads) else None


def _function(node: Call, kinds: list[Type]) -> Type | None:
    """Type a call by name; a function that does not exist is its own error."""
    name = node.function
    match name, kinds:
        case (("size" | ".size"), [kind]):
            return INT if kind[0] in {"dyn", "string", "list", "map"} else None
        case "dyn", [_]:
            return DYN
        case "matches", [_, _]:
            return _text(node, kinds)
        case "burn_rate", [objective, ratio]:
            # Of no certain type, so that `> 6` may be written for `> 6.0`.
            return DYN if objective in (DOUBLE, DYN) and ratio in (DOUBLE, INT, DYN) else None
        case _, [_, _] if name.startswith(".") and name[1:] in _TEXT_METHODS:
            return _text(node, kinds)
        case _, [kind] if name in _CONVERSIONS:
            result, accepted = _CONVERSIONS[name]
            return result if kind == DYN or str(kind[0]) in str(accepted[0]).split() else None
    bare = name.removeprefix(".")
    if not (bare.isidentifier() and not _exists(name)):
        return None
    if bare in _TEXT_METHODS or bare in _MACROS:
        raise PredicateError(f"{bare}() is called with the wrong number of arguments", node.column)
    raise PredicateError(f"there is no function {bare}(){_meant(bare)}", node.column)


def _meant(name: str) -> str:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(name, (*_TEXT_METHODS, *_MACROS, *_CONVERSIONS), 1, 0.75)
    return f": did you mean {near[0]}()?" if near else ""


def _exists(name: str) -> bool:
    return name in _CONVERSIONS


def _text(node: Call, kinds: list[Type]) -> Type | None:
    if any(kind not in (STRING, DYN) for kind in kinds):
        return None
    pattern = node.args[1]
    if node.function.endswith("matches") and isinstance(pattern, Literal) and isinstance(pattern.value, str):
        from runbook_runner.predicates.pattern import PatternError, compiled

        try:
            compiled(pattern.value)
        except PatternError as error:
            raise PredicateError(f"the pattern is wrong: {error}", pattern.column) from None
    return BOOL
