"""Which parts of a shell text may do nothing: after `||`, before it, and below `if` and `case`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runbook_runner.syntax.builtins import SHELL_WORDS
from runbook_runner.syntax.grammar import descend

if TYPE_CHECKING:
    from tree_sitter import Node

_BODIES = frozenset({"elif_clause", "else_clause", "case_item"})


def spare(root: Node, text: str) -> tuple[tuple[int, int], ...]:
    """Return the ranges of a text that a run of it may pass over, or that something else in it stands in for."""
    return tuple((node.start_byte, node.end_byte) for node in _spare(root, text))


def _spare(root: Node, text: str) -> Iterator[Node]:
    if "||" not in text and "&&" not in text and "if" not in text and "case" not in text:
        return
    for node in descend(root):
        if node.type == "list" and len(node.children) == 3:
            left, operator, right = node.children
            if operator.type == "||":
                yield right
                if _runs_something(right, text):  # `|| true` stands in for nothing
                    yield left
            elif operator.type == "&&" and left.type in ("test_command", "negated_command"):
                yield right
        elif node.type == "if_statement":
            kinds = [child.type for child in node.children]
            yield from node.children[kinds.index("then") + 1 :] if "then" in kinds else ()
        elif node.type in _BODIES:
            yield node


def _runs_something(node: Node, text: str) -> bool:
    names = (each for each in descend(node) if each.type == "command_name")
    return any(text[name.start_byte : name.end_byte] not in SHELL_WORDS for name in names)
