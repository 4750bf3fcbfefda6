"""The shell's grammar: text -> syntax tree, with offsets that are characters.

Every character outside ASCII is parsed as an ordinary letter, which is what it is to bash, so that the parser's
byte offsets are character offsets. `OPAQUE` stands for text that is known only when it runs.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from runbook_runner.regex import regex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

OPAQUE = "\ue000"
"""A private-use character in the place of an expansion or a placeholder."""
LONGEST = 200_000
"""Characters beyond which a text is not analysed but called unknown."""
DEEPEST = 120
"""Levels of nesting beyond which a text is not analysed."""
_FOREIGN = regex(r"[^\x00-\x7f]")
_BOTH_WAYS = re.compile(rb"(?<![<>])<>(?![<>])")


@cache
def _parser() -> Any:
    """Load the parser; the package's own `__init__` would import importlib.resources, 10 ms for nothing."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    from tree_sitter import Language, Parser

    package = PathFinder.find_spec("tree_sitter_bash")
    places = package.submodule_search_locations if package else None
    spec = PathFinder.find_spec("_binding", places) if places else None
    if spec is None or spec.loader is None:
        import tree_sitter_bash  # an unusual installation, such as one in a zip file

        return Parser(Language(tree_sitter_bash.language()))
    binding = module_from_spec(spec)
    spec.loader.exec_module(binding)
    return Parser(Language(binding.language()))


def parse(text: str) -> Node:
    """Return the root of the syntax tree of a shell text."""
    folded = text.encode("ascii", "replace").replace(b"\0", b"?") if text.isascii() else _fold(text)
    if b"<>" in folded:
        folded = _BOTH_WAYS.sub(b">|", folded)  # the grammar has no `3<>file`
    return _parser().parse(folded).root_node  # type: ignore[no-any-return]


def _fold(text: str) -> bytes:
    return _FOREIGN.sub("x", text).replace("\0", "?").encode()


def too_deep(root: Node) -> bool:
    """Whether the tree is nested deeper than the analysis follows."""
    if root.descendant_count <= DEEPEST:
        return False  # as most
    cursor = root.walk()
    while True:
        if cursor.depth > DEEPEST:
            return True
        if cursor.goto_first_child() or cursor.goto_next_sibling():
            continue
        while cursor.goto_parent():
            if cursor.goto_next_sibling():
                break
        else:
            return False


def descend(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text."""
    yield node
    for child in node.children:
        yield from descend(child)


def position(text: str, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of an offset."""
    start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - start + 1


def value_of(node: Node, text: str) -> str:
    """Return what a word is after quote removal, with `OPAQUE` where it is known only when it runs."""
    match node.type:
        case "word" | "number" | "variable_name" | "extglob_pattern" | "regex":
            return _unescape(text[node.start_byte : node.end_byte])
        case "raw_string":
            return text[node.start_byte + 1 : node.end_byte - 1]
        case "string":
            return _in_quotes(node, text)
        case "ansi_c_string":
            inner = text[node.start_byte + 2 : node.end_byte - 1]
            return inner if "\\" not in inner else inner.replace("\\n", "\n").replace("\\t", "\t").replace("\\'", "'")
        case "concatenation":
            return _joined(node, text)
        case "test_operator" | "=" | "==" | "!=" | "[" | "[[" | "]" | "]]" | "!":
            return text[node.start_byte : node.end_byte]
        case "brace_expression":
            return OPAQUE
        case _:
            return OPAQUE


def _joined(node: Node, text: str) -> str:
    parts: list[str] = []
    for child in node.children:
        raw = text[child.start_byte : child.end_byte]
        if child.type == "$" and child.next_sibling is not None and child.next_sibling.type == "string":
            continue
        parts.append(raw if not child.is_named else value_of(child, text))
    return "".join(parts)


def _in_quotes(node: Node, text: str) -> str:
    parts: list[str] = []
    at = node.start_byte + 1
    for child in node.children:
        if child.type in {'"', "string_content"}:
            continue
        parts.append(_unquote(text[at : child.start_byte]))
        if child.is_named:
            parts.append(OPAQUE)
        else:
            parts.append(text[child.start_byte : child.end_byte])
        at = child.end_byte
    parts.append(_unquote(text[at : max(at, node.end_byte - 1)]))
    return "".join(parts)


def _unescape(raw: str) -> str:
    if "\\" not in raw:
        return raw
    parts: list[str] = []
    characters = iter(raw)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "\\")
            parts.append("" if escaped == "\n" else escaped)
        else:
            parts.append(character)
    return "".join(parts)


def _unquote(raw: str) -> str:
    if "\\" not in raw:
        return raw
    parts: list[str] = []
    characters = iter(raw)
    for character in characters:
        if character != "\\":
            parts.append(character)
            continue
        escaped = next(characters, "")
        parts.append(escaped if escaped in '$`"\\' else "" if escaped == "\n" else "\\" + escaped)
    return "".join(parts)
