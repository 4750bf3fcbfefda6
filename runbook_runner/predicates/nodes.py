"""What a parsed predicate is made of, and the error that says where one is wrong."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class PredicateError(ValueError):
    """The predicate cannot be used; `column` is where in it, counted from one."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


class Literal(Struct, frozen=True):
    """A value written in the predicate."""

    column: int
    value: bool | int | float | str | None


class Name(Struct, frozen=True):
    """A variable, or the item of the macro around it."""

    column: int
    name: str


class Select(Struct, frozen=True):
    """`operand.field`, or `has(operand.field)` where `test` is set."""

    column: int
    operand: Node
    field: str
    test: bool = False


class Call(Struct, frozen=True):
    """An operator, a function or a method; a method's receiver is the first argument."""

    column: int
    function: str
    """`+`, `-_` (negation), `[]`, `?:`, `&&` and `||` (with all their operands at once), `size`, `contains` …"""
    args: tuple[Node, ...]


class ListOf(Struct, frozen=True):
    """`[a, b]`."""

    column: int
    items: tuple[Node, ...]


class MapOf(Struct, frozen=True):
    """`{key: value}`."""

    column: int
    items: tuple[tuple[Node, Node], ...]


class Macro(Struct, frozen=True):
    """`over.all(item, body)` and its siblings; `keep` is the filter of a three-argument `map`."""

    column: int
    kind: str
    over: Node
    item: str
    body: Node
    keep: Node | None = None


Node: TypeAlias = Literal | Name | Select | Call | ListOf | MapOf | Macro


class Expression(Struct, frozen=True):
    """A predicate that parsed and whose types fit as far as they are known."""

    source: str
    root: Node
    names: frozenset[str]
    """The variables that it may read."""


def free_names(expression: Expression) -> frozenset[str]:
    """Name the variables that the predicate may read; the items of its macros are not among them."""
    return expression.names


def children(node: Node) -> tuple[Node, ...]:
    """List the nodes directly below one."""
    match node:
        case Select():
            return (node.operand,)
        case Call():
            return node.args
        case ListOf():
            return node.items
        case MapOf():
            return tuple(part for pair in node.items for part in pair)
        case Macro():
            return (node.over, node.body) if node.keep is None else (node.over, node.keep, node.body)
        case _:
            return ()


def unbound(node: Node) -> frozenset[str]:
    """Collect the names below a node that no macro there binds."""
    if isinstance(node, Name):
        return frozenset((node.name,))
    if isinstance(node, Macro):
        inner = unbound(node.body) | (unbound(node.keep) if node.keep is not None else frozenset())
        return unbound(node.over) | (inner - {node.item})
    return frozenset().union(*(unbound(child) for child in children(node)))
