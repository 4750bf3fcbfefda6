"""The variables of a shell text: which it sets, which it needs, and which would be parsed again as code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, field

from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import ambient_name
from runbook_runner.syntax.grammar import value_of

if TYPE_CHECKING:
    from tree_sitter import Node

_NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULTS = frozenset((":-", "-", ":+", "+", ":=", "="))
_ARITHMETIC = frozenset(("arithmetic_expansion", "subscript", "c_style_for_statement"))
_COMPARES = frozenset(("-eq", "-ne", "-lt", "-le", "-gt", "-ge"))
_OWN_SHELL = frozenset(("subshell", "command_substitution", "process_substitution", "pipeline"))


class Variables(Struct):
    """What a text does with variables."""

    sets: set[str] = field(default_factory=set)
    uses: list[tuple[int, str]] = field(default_factory=list)
    """Offset and name of each first use that nothing before it satisfies."""
    reevaluated: set[str] = field(default_factory=set)


def variables(root: Node, text: str, code: list[tuple[int, int]]) -> Variables:
    """Find the variables below a node; `code` are the stretches that are parsed again as code."""
    walker = _Walker(text, code)
    walker.visit(root, arithmetic=False)
    found = walker.found
    # A value that reaches code through another variable is parsed again just the same.
    for _ in walker.sources:
        more = {source for name, sources in walker.sources.items() if name in found.reevaluated for source in sources}
        if more <= found.reevaluated:
            break
        found.reevaluated |= more
    return found


class _Walker:
    def __init__(self, text: str, code: list[tuple[int, int]]) -> None:
        self.text = text
        self.code = code
        self.found = Variables()
        self.seen: set[str] = set()
        self.sources: dict[str, set[str]] = {}

    def raw(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def use(self, node: Node, *, required: bool, arithmetic: bool) -> None:
        name = self.raw(node)
        if not _NAME.fullmatch(name):
            return
        if arithmetic or any(start <= node.start_byte < end for start, end in self.code):
            self.found.reevaluated.add(name)
        if required and name not in self.found.sets and name not in self.seen and not ambient_name(name):
            self.seen.add(name)
            self.found.uses.append((node.start_byte, name))

    def set(self, name: str) -> None:
        if _NAME.fullmatch(name):
            self.found.sets.add(name)

    def visit(self, node: Node, *, arithmetic: bool) -> None:  # noqa: C901 - one flat table
        kind = node.type
        match kind:
            case "simple_expansion":
                for child in node.children:
                    if child.type == "variable_name":
                        self.use(child, required=True, arithmetic=arithmetic)
                return
            case "expansion":
                self.expansion(node, arithmetic)
                return
            case "variable_assignment":
                self.assignment(node, arithmetic)
                return
            case "variable_name":
                self.bare(node, arithmetic)
                return
            case "for_statement" | "select_statement":
                self.loop(node)
                return
            case "command":
                self.command(node)
                return
            case "binary_expression":
                operator = node.child_by_field_name("operator")
                arithmetic = arithmetic or (operator is not None and self.raw(operator) in _COMPARES)
        if kind == "compound_statement" and self.raw(node).startswith("(("):
            arithmetic = True
        inner = arithmetic or kind in _ARITHMETIC
        if kind in {"command_substitution", "process_substitution"}:
            inner = False
        before = set(self.found.sets) if kind in _OWN_SHELL else None
        for child in node.children:
            self.visit(child, arithmetic=inner)
        if before is not None:
            self.found.sets = before

    def bare(self, node: Node, arithmetic: bool) -> None:
        """A name without `$`: used in arithmetic, set in a declaration."""
        parent = node.parent
        if arithmetic:
            following = node.next_sibling
            self.use(node, required=following is None or following.type != "=", arithmetic=True)
            if following is not None and following.type in {"=", "+=", "-=", "++", "--"}:
                self.set(self.raw(node))
        elif parent is not None and parent.type == "declaration_command" and self.raw(parent)[:6] != "export":
            self.set(self.raw(node))

    def expansion(self, node: Node, arithmetic: bool) -> None:
        operators = {child.type for child in node.children if not child.is_named}
        required = not operators & _DEFAULTS
        named = False
        for child in node.children:
            if not child.is_named:
                continue
            if child.type == "variable_name" and not named:
                named = True
                self.use(child, required=required, arithmetic=arithmetic or "!" in operators)
                if operators & {":=", "="}:
                    self.set(self.raw(child))
            elif child.type == "subscript" and not named:
                named = True
                name, *index = child.children
                self.use(name, required=required, arithmetic=arithmetic)
                for part in index:
                    self.visit(part, arithmetic=True)
            else:
                self.visit(child, arithmetic=arithmetic or ":" in operators)

    def assignment(self, node: Node, arithmetic: bool) -> None:
        target, *rest = node.children or [node]
        before = len(self.found.uses)
        for child in rest:
            self.visit(child, arithmetic=arithmetic)
        name = self.raw(target)
        if target.type == "subscript":
            name = name.partition("[")[0]
            for child in target.children[1:]:
                self.visit(child, arithmetic=True)
        parts = set(re.findall(r"\$\{?([A-Za-z_]\w*)", self.raw(node)))
        self.sources.setdefault(name, set()).update(parts, (one for _, one in self.found.uses[before:]))
        parent = node.parent
        if parent is None or parent.type != "command":
            self.set(name)

    def loop(self, node: Node) -> None:
        variable = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        for child in node.children:
            if child == body and variable is not None:
                self.set(self.raw(variable))
            if child != variable:
                if child != body and child.is_named and variable is not None:
                    names = re.findall(r"\$\{?([A-Za-z_]\w*)", self.raw(child))
                    self.sources.setdefault(self.raw(variable), set()).update(names)
                self.visit(child, arithmetic=False)

    def command(self, node: Node) -> None:
        for child in node.children:
            self.visit(child, arithmetic=False)
        words = [
            value_of(child, self.text) for child in node.children if child.type in {"word", "raw_string", "string"}
        ]
        name = node.child_by_field_name("name")
        match self.raw(name) if name is not None else "":
            case "read" | "mapfile" | "readarray":
                for word, before in zip(words, ["", *words], strict=False):
                    if before not in {"-p", "-t", "-n", "-d", "-u", "-N", "-i"}:
                        self.set(word)
            case "printf" if words[:1] == ["-v"] and len(words) > 1:
                self.set(words[1])
            case "getopts" if len(words) > 1:
                self.set(words[1])
            case "let":
                for word in words:
                    self.set(re.split(r"[-+*/]?=", word)[0])
