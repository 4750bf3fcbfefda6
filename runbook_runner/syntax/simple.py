"""The simple commands of a shell text, nested ones too, with what each reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from runbook_runner.regex import regex
from runbook_runner.syntax.grammar import OPAQUE, value_of

if TYPE_CHECKING:
    from tree_sitter import Node

_WORDS = frozenset(
    [
        "word",
        "number",
        "string",
        "raw_string",
        "ansi_c_string",
        "concatenation",
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "arithmetic_expansion",
        "brace_expression",
        "extglob_pattern",
        "regex",
        "translated_string",
        "variable_name",
        "==",
        "=",
        "test_operator",
    ]
)
_HARMLESS = regex(r"/dev/(?:null|stderr|stdout|tty|fd/\d+)|-")
_DECLARATIONS = frozenset(("export", "declare", "local", "readonly", "typeset"))


class Word(Struct):
    """One word of a command, after quote removal."""

    value: str
    """With `OPAQUE` where it is known only when it runs."""
    start: int = 0
    end: int = 0

    @property
    def static(self) -> bool:
        """Whether the value is known before it runs."""
        return OPAQUE not in self.value


class Simple(Struct):
    """One simple command."""

    text: str
    start: int
    words: list[Word] = field(default_factory=list)
    """Name first; empty for an assignment or a redirection alone."""
    assigned: list[str] = field(default_factory=list)
    """Variables assigned, in front of it or alone."""
    writes: list[str] = field(default_factory=list)
    """Files that its output is redirected to."""
    stdin: str = ""
    """Where its input comes from: pipe, file, text, or the terminal when empty."""
    stdin_text: str | None = None
    """Its input, when the text itself holds it (a here-document or a here-string)."""
    stdin_range: tuple[int, int] = (0, 0)
    endless: bool = False
    """Not a command but a loop that nothing ends."""


class Collected(Struct):
    """All simple commands of a text, and the functions that it defines."""

    commands: list[Simple] = field(default_factory=list)
    functions: set[str] = field(default_factory=set)


def collect(root: Node, text: str) -> Collected:
    """Return every simple command below a node, in the order of the text."""
    collector = _Collector(text)
    collector.visit(root)
    found = collector.found
    found.commands.sort(key=lambda simple: simple.start)
    return found


class _Collector:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found = Collected()

    def visit(self, node: Node) -> list[Simple]:
        """Collect below a node; return the commands that a redirection of the node would apply to."""
        match node.type:
            case "command" | "declaration_command" | "unset_command" | "test_command":
                return [self.command(node)]
            case "variable_assignment" | "variable_assignments":
                return [self.assignment(node)]
            case "redirected_statement":
                return self.redirected(node)
            case "pipeline":
                return self.pipeline(node)
            case "list":
                last: list[Simple] = []
                for child in node.children:
                    if child.is_named:
                        last = self.visit(child)
                return last
            case "function_definition":
                if name := node.child_by_field_name("name"):
                    self.found.functions.add(self.raw(name))
            case "while_statement":
                self.loop(node)
        for child in node.children:
            self.visit(child)
        return []

    def raw(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte]

    def new(self, node: Node) -> Simple:
        simple = Simple(self.raw(node), node.start_byte)
        self.found.commands.append(simple)
        return simple

    def command(self, node: Node) -> Simple:
        simple = self.new(node)
        for child in node.children:
            self.part(simple, child)
        if node.type in {"declaration_command", "unset_command"}:
            simple.assigned = [word.value.partition("=")[0] for word in simple.words[1:] if word.value[:1] != "-"]
        elif node.type == "test_command":
            simple.words = [Word("[", node.start_byte, node.start_byte + 1)]
        return simple

    def part(self, simple: Simple, child: Node) -> None:
        if child.type == "command_name":
            child = child.children[0] if child.children else child
        elif child.type == "variable_assignment":
            name = child.children[0] if child.children else child
            if simple.words and simple.words[0].value in _DECLARATIONS:
                simple.words.append(Word(self.raw(name) + "=" + OPAQUE, child.start_byte, child.end_byte))
            else:
                simple.assigned.append(self.raw(name))
            self.inner(child)
            return
        elif child.type in {"file_redirect", "herestring_redirect", "heredoc_redirect"}:
            self.redirect(child, simple)
            return
        if child.type in _WORDS or child.type in _DECLARATIONS or child.type in {"unset", "unsetenv"}:
            value = value_of(child, self.text) if child.type in _WORDS else child.type
            simple.words.append(Word(value, child.start_byte, child.end_byte))
        elif child.type == "$" and not child.is_named:
            pass
        self.inner(child)

    def inner(self, node: Node) -> None:
        """Collect the commands inside a word."""
        if node.type in {"command_substitution", "process_substitution"}:
            for child in node.children:
                if child.type == "file_redirect":
                    continue
                self.visit(child)
            return
        for child in node.children:
            self.inner(child)

    def assignment(self, node: Node) -> Simple:
        simple = self.new(node)
        several = node.type == "variable_assignments"
        for child in node.children if several else (node,):
            if child.type == "variable_assignment" and child.children:
                simple.assigned.append(self.raw(child.children[0]).partition("[")[0])
                self.inner(child)
        return simple

    def redirected(self, node: Node) -> list[Simple]:
        body, *rest = node.children or [node]
        if body.type in {"file_redirect", "herestring_redirect", "heredoc_redirect"}:
            simple = self.new(node)
            for child in node.children:
                if child.type.endswith("_redirect"):
                    self.redirect(child, simple)
                else:
                    self.visit(child)
            return [simple]
        targets = self.visit(body)
        plain = bool(targets)
        target = targets[-1] if targets else Simple(self.raw(node)[-80:], rest[0].start_byte if rest else 0)
        if not plain and rest:
            target.text = self.text[rest[0].start_byte : rest[-1].end_byte].split("\n")[0]
        for child in rest:
            if child.type.endswith("_redirect"):
                self.redirect(child, target)
            else:
                self.visit(child)
        if plain and body.type in {"command", "test_command"}:
            end = max([body.end_byte, *(child.end_byte for child in rest if child.type == "file_redirect")])
            target.text = self.text[body.start_byte : end]
        elif target.writes and not plain:
            self.found.commands.append(target)
        return [target]

    def redirect(self, node: Node, simple: Simple) -> None:
        match node.type:
            case "herestring_redirect":
                word = node.children[-1]
                simple.stdin, simple.stdin_text = "text", value_of(word, self.text)
                simple.stdin_range = (word.start_byte, word.end_byte)
                self.inner(word)
            case "heredoc_redirect":
                self.heredoc(node, simple)
            case _:
                self.file(node, simple)

    def file(self, node: Node, simple: Simple) -> None:
        """Take a redirection to or from a file; the grammar puts words after it inside it."""
        operator, target = "", False
        for child in node.children:
            if not child.is_named:
                operator = self.raw(child)
            elif child.type == "ERROR":
                operator = "<>"
                simple.writes.append(self.raw(child).lstrip("<>& "))
                target = True
            elif child.type != "file_descriptor":
                if target:
                    self.part(simple, child)
                    continue
                target = True
                value = value_of(child, self.text)
                if "<" in operator and operator != "<>":
                    simple.stdin = simple.stdin or "file"
                elif not (operator == ">&" and value.isdigit()) and not _HARMLESS.fullmatch(value):
                    simple.writes.append(value)
                self.inner(child)

    def heredoc(self, node: Node, simple: Simple) -> None:
        body = next((child for child in node.children if child.type == "heredoc_body"), None)
        document = self.raw(body) if body else ""
        simple.stdin, simple.stdin_text = "text", document
        if body:
            simple.stdin_range = (body.start_byte, body.end_byte)
            self.inner(body)
        for child in node.children:
            if child.type.endswith("_redirect"):
                self.redirect(child, simple)
            elif child.type == "pipeline":
                members = self.pipeline(child, first=False)
                if members and simple.words and simple.words[0].value == "cat" and len(simple.words) == 1:
                    feed = self.fed if self.fed in self.found.commands else members[0]
                    feed.stdin, feed.stdin_text, feed.stdin_range = "text", document, simple.stdin_range
            elif child.type in _WORDS:
                self.part(simple, child)
            elif child.is_named and child.type not in {"heredoc_start", "heredoc_body", "heredoc_end"}:
                self.visit(child)

    fed: Simple | None = None

    def pipeline(self, node: Node, *, first: bool = True) -> list[Simple]:
        last: list[Simple] = []
        self.fed = None
        fed = None
        for child in node.children:
            if not child.is_named:
                continue
            before = len(self.found.commands)
            last = self.visit(child)
            if not first:
                members = last or self.found.commands[before:]
                for member in members:
                    if not member.stdin:
                        member.stdin = "pipe"
                fed = fed or (members[0] if members else None)
            first = False
        self.fed = fed
        return last

    def loop(self, node: Node) -> None:
        condition = [child for child in node.children if child.is_named][:1]
        word = self.raw(condition[0]).strip() if condition else ""
        kind = node.children[0].type
        endless = word in ({"true", ":", "[ 1 ]", "((1))"} if kind == "while" else {"false"})
        body = self.raw(node)
        if endless and not any(way in body for way in ("break", "exit", "return")):
            self.found.commands.append(Simple(body.split("\n")[0], node.start_byte, endless=True))
