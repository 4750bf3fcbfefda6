"""Where a command's text expands a parameter, so that a page can put a value there.

A value is put in only where the syntax tree says that it can be quoted as one word. Everywhere else the text stays as
it is and the value goes before it as an assignment, which is what the runner does too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.syntax.grammar import LONGEST, parse, too_deep

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = regex(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})")


class Slot(Struct, frozen=True):
    """A stretch of text that a value can stand for."""

    start: int
    end: int
    name: str
    kind: str
    """`word`: quoted where it must be; `quoted`: always quoted; `double`: inside double quotes; `bare`: outside of any,
    where only a value of one plain word may stand; `kept`: stays, its value goes before the text; `sql-value`,
    `sql-name`, `sql-number`: as psql would put it there."""


class Fill(Struct, frozen=True):
    """How a text takes values."""

    slots: tuple[Slot, ...] = ()
    assigned: tuple[str, ...] = ()
    """Names whose values go before the text, as `NAME=value`."""


def find(text: str, names: frozenset[str], kept: frozenset[str]) -> Fill:
    """Return where `names` can be filled in; those in `kept` are set by the text itself and only go before it."""
    if not names or len(text) > LONGEST or not any(name in text for name in names):
        return Fill()
    root = parse(text)
    if too_deep(root):
        return Fill()
    slots: list[Slot] = []
    assigned: dict[str, None] = {}
    for node, inside in _expansions(root, False):
        match = _NAME.fullmatch(text[node.start_byte : node.end_byte])
        name = (match[1] or match[2]) if match else _named(node, text)
        if name not in names:
            continue
        slot = _slot(node, name, text) if match and not inside and name not in kept else None
        if slot is None:
            assigned[name] = None
        if slot is None and match:
            slot = Slot(node.start_byte, node.end_byte, name, "kept")
        if slot is not None:
            slots.append(slot)
    return Fill(tuple(slots), tuple(assigned))


def find_sql(text: str, names: frozenset[str]) -> Fill:
    """Return where psql's variables of those names stand in SQL; no value ever goes before it."""
    from runbook_runner.syntax.sql_lexer import Kind, lex

    kinds = {Kind.VALUE: "sql-value", Kind.NAME: "sql-name", Kind.BARE: "sql-number"}
    tokens = [token for statement in lex(text).statements for token in statement.tokens]
    return Fill(
        tuple(
            Slot(token.start, token.end, token.text, kinds[token.kind])
            for token in tokens
            if token.kind in kinds and token.text in names
        )
    )


def _expansions(node: Node, inside: bool) -> Iterator[tuple[Node, bool]]:
    """Yield every expansion, and whether it stands where no word can be quoted."""
    if node.type in {"simple_expansion", "expansion"}:
        yield node, inside
    inside = inside or node.type in {
        "expansion", "arithmetic_expansion", "heredoc_body", "subscript", "compound_statement_arithmetic", "ERROR",
    }  # fmt: skip
    if node.type == "compound_statement" and node.children and node.children[0].type == "((":
        inside = True
    for child in node.children:
        yield from _expansions(child, inside)


def _slot(node: Node, name: str, text: str) -> Slot | None:
    start, end = node.start_byte, node.end_byte
    parent = node.parent
    kind = "bare"
    if parent is not None and parent.type == "string":
        whole = parent.start_byte + 1 == start and parent.end_byte - 1 == end
        if not whole:
            return Slot(start, end, name, "double")
        start, end, kind = parent.start_byte, parent.end_byte, "word"
        if text[start - 1 : start] == "$":
            return None
    elif parent is not None and parent.type not in _WORDS:
        return None
    if kind == "word" and (text[end : end + 1] in {"<", ">", "("} or _leads(node)):
        kind = "quoted"
    elif kind == "bare" and (text[end : end + 1] in {"<", ">", "("} or _leads(node)):
        return None
    return Slot(start, end, name, kind)


_WORDS = frozenset({"command", "concatenation", "variable_assignment", "file_redirect", "herestring_redirect", "array"})


def _leads(node: Node) -> bool:
    """Tell whether it is the name of the command itself, where a bare word could be a keyword or an alias."""
    above = node.parent
    while above is not None and above.type in {"string", "concatenation"}:
        above = above.parent
    return above is not None and above.type == "command_name"


def _named(node: Node, text: str) -> str:
    """Return the variable of an expansion with an operator, such as `${NAME:-x}`."""
    for child in node.children:
        if child.type == "variable_name":
            return text[child.start_byte : child.end_byte]
    return ""
