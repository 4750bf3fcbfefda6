"""PostgreSQL's SQL as tokens and statements, split as psql splits it; psql's variables are tokens of their own.

What the server will read is decided here: a `:name` in a string, a comment or a dollar quote is none, a `;` within
parentheses or a function's body ends nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum

from msgspec import Struct

from runbook_runner.regex import regex
from runbook_runner.syntax.words import Mistake


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    """An identifier in double quotes."""
    STRING = "string"
    NUMBER = "number"
    VALUE = "value"
    """`:'name'`"""
    NAME = "name"
    """`:"name"`"""
    BARE = "bare"
    """`:name`"""
    POSITION = "position"
    """`$1`"""
    COMMAND = "command"
    """psql's own, from its backslash to the end of the line."""
    SIGN = "sign"


class Token(Struct, frozen=True):
    """A word, a literal, a sign; never white space or a comment."""

    kind: Kind
    text: str
    """As written; of a variable, its name."""
    start: int
    end: int

    @property
    def word(self) -> str:
        """The word in lower case; empty for anything else."""
        return self.text.lower() if self.kind is Kind.WORD else ""


class Statement(Struct, frozen=True):
    """What goes to the server in one piece."""

    tokens: tuple[Token, ...]
    start: int
    end: int
    """Without the semicolon."""


class Lexed(Struct, frozen=True):
    """A whole text."""

    statements: tuple[Statement, ...]
    commands: tuple[Token, ...]
    """psql's own, which no server knows."""
    mistake: Mistake | None
    """What is never closed."""


_SPACE = regex(r"(?:[ \t\n\r\f\v]|--[^\n\r]*)+")
_COMMENT = regex(r"/\*|\*/")
_WORD = regex(r"[A-Za-z_\x80-\U0010ffff][\w$\x80-\U0010ffff]*")
_NUMBER = regex(r"(?:0[xob][\da-f_]+|(?:\d[\d_]*\.?(?:[\d_]*)|\.\d[\d_]*)(?:e[+-]?\d+)?)", re.IGNORECASE)
_QUOTE = regex(r"(?:[ebxn]|u&)?'", re.IGNORECASE)
_PLAIN = regex(r"'(?:[^']|'')*'")
_ESCAPED = regex(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
_IDENTIFIER = regex(r'"(?:[^"]|"")*"')
_TAG = regex(r"\$(?:[A-Za-z_\x80-\U0010ffff][\w\x80-\U0010ffff]*)?\$")
_POSITION = regex(r"\$\d+")
_VARIABLE = regex(r""":(?:'(\w+)'|"(\w+)"|([A-Za-z_]\w*))""")
_COMMAND = regex(r"\\[^\n\r]*")
_SIGN = regex(r"::|:=|=>|<=|>=|<>|!=|\|\||->>|->|\.\.|.", re.DOTALL)


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.mistake: Mistake | None = None
        self._last: Token | None = None
        self._brackets: list[bool] = []
        """Open `[`, from the outside in: whether it is a subscript, in which `1:n` is a slice."""

    def token(self) -> Token | None:
        """Return the next token; None at the end."""
        self._skip()
        start = self.at
        if start >= len(self.text):
            return None
        kind, end, text = self._next(start)
        self.at = end
        token = Token(kind, text or self.text[start:end], start, end)
        if token.text == "[":
            last = self._last
            named = last is not None and (last.kind in (Kind.WORD, Kind.QUOTED) or last.text in (")", "]"))
            self._brackets.append(named and last is not None and last.word != "array")
        elif token.text == "]" and self._brackets:
            self._brackets.pop()
        self._last = token
        return token

    def _skip(self) -> None:
        while True:
            if match := _SPACE.match(self.text, self.at):
                self.at = match.end()
            elif self.text.startswith("/*", self.at):
                self._comment()
            else:
                return

    def _comment(self) -> None:
        start, depth = self.at, 0
        for match in _COMMENT.finditer(self.text, start):
            depth += 1 if match[0] == "/*" else -1
            if depth == 0:
                self.at = match.end()
                return
        self._unclosed(start, "comment", "*/")

    def _next(self, at: int) -> tuple[Kind, int, str]:
        text = self.text
        prefix = _QUOTE.match(text, at)
        if prefix:
            pattern = _ESCAPED if prefix[0][0] in "eE" else _PLAIN
            return Kind.STRING, self._closed(pattern, prefix.end() - 1, "string", "'"), ""
        if text[at] == '"' or text[at : at + 3].lower() == 'u&"':
            return Kind.QUOTED, self._closed(_IDENTIFIER, text.index('"', at), "name", '"'), ""
        if match := _WORD.match(text, at):
            return Kind.WORD, match.end(), ""
        if match := _TAG.match(text, at):
            end = text.find(match[0], match.end())
            if end < 0:
                self._unclosed(at, "string", match[0])
                return Kind.STRING, len(text), ""
            return Kind.STRING, end + len(match[0]), ""
        if text[at].isdigit() or (text[at] == "." and text[at + 1 : at + 2].isdigit()):
            match = _NUMBER.match(text, at)
            return Kind.NUMBER, match.end() if match else at + 1, ""
        return self._special(at)

    def _special(self, at: int) -> tuple[Kind, int, str]:
        text = self.text
        slice_ = bool(self._brackets) and self._brackets[-1]
        if text[at] == ":" and not slice_ and (match := _VARIABLE.match(text, at)):
            kinds = (Kind.VALUE, Kind.NAME, Kind.BARE)
            kind, name = next((kind, name) for kind, name in zip(kinds, match.groups(), strict=True) if name)
            return kind, match.end(), name
        if match := _POSITION.match(text, at):
            return Kind.POSITION, match.end(), ""
        if match := _COMMAND.match(text, at):
            return Kind.COMMAND, match.end(), match[0].rstrip()
        match = _SIGN.match(text, at)
        return Kind.SIGN, match.end() if match else at + 1, ""

    def _closed(self, pattern: re.Pattern[str], at: int, what: str, end: str) -> int:
        match = pattern.match(self.text, at)
        if match is None:
            self._unclosed(at, what, end)
            return len(self.text)
        return match.end()

    def _unclosed(self, at: int, what: str, end: str) -> None:
        self.mistake = self.mistake or Mistake(at, f"this {what} is never closed", f"write `{end}` where it ends")
        self.at = len(self.text)


def lex(text: str) -> Lexed:
    """Take a text apart."""
    lexer = _Lexer(text)
    statements: list[Statement] = []
    commands: list[Token] = []
    tokens: list[Token] = []
    depth = body = 0
    while (token := lexer.token()) is not None:
        if token.kind is Kind.COMMAND:
            commands.append(token)
            continue
        if token.text == ";" and depth <= 0 and body <= 0:
            _add(statements, tokens)
            tokens, depth, body = [], 0, 0
            continue
        tokens.append(token)
        if token.kind is Kind.SIGN:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
        elif token.word in _BODY:
            body = _in_body(tokens, body)
    _add(statements, tokens)
    return Lexed(tuple(statements), tuple(commands), lexer.mistake)


_BODY = frozenset({"begin", "case", "end"})


def _in_body(tokens: list[Token], body: int) -> int:
    """Return how deep in `BEGIN ATOMIC … END` a function's definition is after its last token."""
    first = [token.word for token in tokens[:4]]
    if first[:1] != ["create"] or not {"function", "procedure"} & set(first):
        return 0
    match tokens[-1].word:
        case "begin":
            return body + 1
        case "case" if body:
            return body + 1
        case "end" if body:
            return body - 1
        case _:
            return body


def _add(statements: list[Statement], tokens: list[Token]) -> None:
    if tokens:
        statements.append(Statement(tuple(tokens), tokens[0].start, tokens[-1].end))
