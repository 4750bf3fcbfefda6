"""Tokens -> nodes, by recursive descent; macros are recognised here, as CEL does."""

from __future__ import annotations

from runbook_runner.predicates.burning import FUNCTION, burning
from runbook_runner.predicates.lexer import Token, tokens
from runbook_runner.predicates.nodes import Call, ListOf, Literal, Macro, MapOf, Name, Node, PredicateError, Select

MAX_DEPTH = 24
"""How deep an expression may nest; the official engine stops at 32, counting somewhat differently."""

_PRECEDENCE = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "in"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%"), 5),
    "||": 1,
    "&&": 2,
}
_CONSTANTS = {"true": True, "false": False, "null": None}
_RESERVED = {
    *("as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop"),
    *("package", "namespace", "return", "var", "void", "while"),
}
_TYPE_NAMES = frozenset(
    ("int", "uint", "double", "string", "bool", "bytes", "list", "map", "null_type", "type", "google")
)
_MACROS = frozenset(("all", "exists", "exists_one", "map", "filter"))
_INT_MAX = 2**63 - 1


class Parser:
    """One pass over the tokens of one predicate."""

    def __init__(self, source: str) -> None:
        self._tokens = tokens(source)
        self._at = 0
        self._depth = 0

    def parse(self) -> Node:
        """Read the whole text as one expression."""
        node = self._expression()
        if self._peek.kind != "end":
            raise PredicateError(f"unexpected `{self._peek.text}`", self._peek.column)
        return node

    @property
    def _peek(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += token.kind != "end"
        return token

    def _taken(self, text: str) -> bool:
        token = self._peek
        if token.text == text and token.kind in {"op", "name"}:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        token = self._peek
        if not self._taken(text):
            raise PredicateError(f"expected `{text}`, found {_shown(token)}", token.column)

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise PredicateError("nested too deeply", self._peek.column)
        node = self._binary(1)
        column = self._peek.column
        if self._taken("?"):
            then = self._binary(1)
            self._expect(":")
            node = Call(column, "?:", (node, then, self._expression()))
        self._depth -= 1
        return node

    def _binary(self, least: int) -> Node:
        node = self._unary()
        while True:
            token = self._peek
            precedence = _PRECEDENCE.get(token.text, 0) if token.kind in {"op", "name"} else 0
            if precedence < least or precedence == 0:
                return node
            self._next()
            right = self._binary(precedence + 1)
            node = _join(token, node, right)

    def _unary(self) -> Node:
        token = self._peek
        if token.kind != "op" or token.text not in {"!", "-"}:
            return self._member()
        count = 0
        while self._taken(token.text):
            count += 1
        if token.text == "-" and self._peek.kind in {"int", "double"}:
            return self._member(negative=count % 2 == 1, smallest=count == 1, column=token.column)
        if token.text == "!" and self._peek.text == "-" and self._tokens[self._at + 1].kind not in {"int", "double"}:
            raise PredicateError("unexpected `-`", self._peek.column)
        node = self._unary() if token.text == "!" and self._peek.text == "-" else self._member()
        # A pair of signs cancels out without a look at the operand: CEL's parser does the same.
        return Call(token.column, f"{token.text}_", (node,)) if count % 2 else node

    def _member(self, *, negative: bool = False, smallest: bool = False, column: int = 0) -> Node:
        node = self._number(negative, smallest, column) if self._peek.kind in {"int", "double"} else self._primary()
        while True:
            column = self._peek.column
            if self._taken("["):
                node = Call(column, "[]", (node, self._expression()))
                self._expect("]")
            elif self._taken("."):
                node = self._selection(node, column)
            else:
                return node

    def _number(self, negative: bool, smallest: bool, column: int) -> Node:
        token = self._next()
        value = token.value
        if isinstance(value, str):  # never: only numbers come here
            raise PredicateError("expected a number", token.column)
        if token.kind == "int" and value > _INT_MAX + smallest:
            raise PredicateError("the number does not fit 64 bits", token.column)
        return Literal(column or token.column, -value if negative else value)

    def _selection(self, operand: Node, column: int) -> Node:
        token = self._next()
        if token.kind != "name" or token.text in _CONSTANTS or token.text == "in":
            raise PredicateError(f"expected a field after `.`, found {_shown(token)}", token.column)
        if not self._taken("("):
            self._refuse_message()
            return Select(column, operand, token.text)
        args = self._arguments()
        if token.text in _MACROS and len(args) in ((2, 3) if token.text == "map" else (2,)):
            return _macro(token, operand, args)
        return Call(token.column, f".{token.text}", (operand, *args))

    def _primary(self) -> Node:
        token = self._next()
        match token.kind, token.text:
            case "string", _:
                return Literal(token.column, token.value)
            case "name", word if word in _CONSTANTS:
                return Literal(token.column, _CONSTANTS[word])
            case "name", _:
                return self._named(token)
            case "op", "(":
                node = self._expression()
                self._expect(")")
                return node
            case "op", "[":
                return self._list(token.column)
            case "op", "{":
                return self._map(token.column)
            case "end", _:
                raise PredicateError("it ends too early", token.column)
            case _:
                raise PredicateError(f"unexpected `{token.text}`", token.column)

    def _named(self, token: Token) -> Node:
        if token.text in _RESERVED or token.text == "in":
            raise PredicateError(f"`{token.text}` is a reserved word", token.column)
        if not self._taken("("):
            self._refuse_message()
            if token.text in _TYPE_NAMES:
                raise PredicateError(f"`{token.text}` is a type, and types are no values here", token.column)
            return Name(token.column, token.text)
        args = self._arguments()
        if token.text == FUNCTION:
            return burning(token.column, args)
        if token.text != "has":
            return Call(token.column, token.text, args)
        if len(args) != 1 or not isinstance(args[0], Select) or args[0].test:
            raise PredicateError("has() takes a field, as in has(json.name)", token.column)
        return Select(token.column, args[0].operand, args[0].field, test=True)

    def _refuse_message(self) -> None:
        if self._peek.text == "{":
            raise PredicateError("messages are not supported", self._peek.column)

    def _arguments(self) -> tuple[Node, ...]:
        """Read what stands in the parentheses of a call; no comma may trail, unlike in a list."""
        args: list[Node] = []
        if self._taken(")"):
            return ()
        while True:
            args.append(self._expression())
            if self._taken(")"):
                return tuple(args)
            self._expect(",")

    def _list(self, column: int) -> Node:
        items: list[Node] = []
        while not self._taken("]"):
            items.append(self._expression())
            if not self._taken(","):
                self._expect("]")
                break
        return ListOf(column, tuple(items))

    def _map(self, column: int) -> Node:
        items: list[tuple[Node, Node]] = []
        while not self._taken("}"):
            key = self._expression()
            self._expect(":")
            items.append((key, self._expression()))
            if not self._taken(","):
                self._expect("}")
                break
        return MapOf(column, tuple(items))


def _join(token: Token, left: Node, right: Node) -> Node:
    """Make a binary node; chains of one logical operator become one node, so that they may be long."""
    if token.text in {"&&", "||"} and isinstance(left, Call) and left.function == token.text:
        return Call(left.column, token.text, (*left.args, right))
    return Call(token.column, token.text, (left, right))


def _macro(token: Token, over: Node, args: tuple[Node, ...]) -> Node:
    item, *rest = args
    if not isinstance(item, Name):
        raise PredicateError(f"{token.text}() needs a plain name for its item first", item.column)
    keep = rest[0] if len(rest) == 2 else None
    return Macro(token.column, token.text, over, item.name, rest[-1], keep)


def _shown(token: Token) -> str:
    return "the end" if token.kind == "end" else f"`{token.text}`"
