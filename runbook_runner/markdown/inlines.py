"""The text of a block -> the model's inlines, each with its place in the file."""

from __future__ import annotations

import re
from bisect import bisect_right

from markdown_it.token import Token

from runbook_runner.markdown.parser import ADDRESS, SPECIAL, WORDS, Environment, parse_inline
from runbook_runner.model.prose import Break, CodeSpan, Emphasis, Image, Inline, Link, Text, plain
from runbook_runner.model.span import Span
from runbook_runner.regex import regex

_SPECIAL = regex(SPECIAL)
_LONG = 2000
_PIECE = regex(
    rf"`([^`\n]+)`(?!`)|\[(?<!!\[)(?:({WORDS}+)|`([^`\n]+)`){ADDRESS}|\n[ \t]*"
    rf"|\*\*(?<!\*\*\*)(?=[A-Za-z0-9])({WORDS}+)(?:(?<=[A-Za-z0-9])\*\*(?!\*)|(?<=[:.?)])\*\*(?=\s|$))",
    re.ASCII,
)
"""What most texts hold besides words: code, links, strong words whose marks can mean nothing else, line ends."""


class Places:
    """Translates an offset in a block's text into line and column of the file."""

    def __init__(self, lines: tuple[str, ...], content: str, first: int) -> None:
        self.lines = lines
        self.content = content
        self.first = first
        self.starts: list[int] = []
        self.columns: list[int] = []

    def _measure(self) -> None:
        # Whatever containers a paragraph stands in, each of its lines is the end of a line of the file.
        offset = 0
        for at, part in enumerate(self.content.split("\n"), self.first):
            self.starts.append(offset)
            offset += len(part) + 1
            whole = self.lines[at].rstrip() if at < len(self.lines) else ""
            bare = part.strip()
            if bare == part and whole.endswith(part):  # as most
                self.columns.append(len(whole) - len(part) if part else 0)
                continue
            lead = len(part) - len(part.lstrip()) if part[:1].isspace() else 0
            index = whole.rfind(bare) if bare else 0
            self.columns.append(max(index, 0) - lead)

    def span(self, start: int, end: int) -> Span:
        """Return the place of a stretch of the text."""
        if not self.starts:  # many a text is never asked for a place
            self._measure()
        if len(self.starts) == 1:  # most texts are one line
            line, column = self.first + 1, self.columns[0] + 1
            return Span(line, max(start + column, 1), line, max(end + column, 1))
        line, column = self._place(start)
        end_line, end_column = self._place(end)
        return Span(line, column, end_line, end_column)

    def _place(self, offset: int) -> tuple[int, int]:
        at = max(bisect_right(self.starts, offset) - 1, 0)
        return self.first + at + 1, max(offset - self.starts[at] + self.columns[at], 0) + 1


_DEEPEST = 50


def convert(content: str, places: Places, environment: Environment) -> tuple[Inline, ...]:
    """Return the inlines of one block's text."""
    if _SPECIAL.search(content) is None and "\n" not in content:
        return (Text(content),) if content else ()
    found = _simple(content, places) if len(content) <= _LONG else None
    return found if found is not None else of_tokens(parse_inline(content, environment), places)


def _code(text: str, start: int, places: Places) -> CodeSpan:
    """Return a code span that begins with its mark at a place."""
    bare = text[1:-1] if text[0] == text[-1] == " " and text.strip(" ") else text
    return CodeSpan(bare, places.span(start, start + len(text) + 2))


def of_tokens(tokens: list[Token], places: Places) -> tuple[Inline, ...]:
    """Return the inlines that the library's tokens say."""
    return _Converter(tokens, places).until("")


def _simple(content: str, places: Places) -> tuple[Inline, ...] | None:
    """Return the inlines of a text that holds only such pieces and words; None where it holds anything else.

    It says what the library says, in a third of the time.
    """
    found: list[Inline] = []
    at = 0
    for piece in _PIECE.finditer(content):
        start, end = piece.span()
        if at < start:
            if _SPECIAL.search(content, at, start):
                return None
            text = content[at:start]
            if content[start] == "\n":
                text = text.rstrip(" ")
            if text:
                found.append(Text(text))
        code, words, linked, target, strong = piece.groups()
        if code:
            found.append(_code(code, start, places))
        elif target:
            inner = Text(words) if words else _code(linked, start + 1, places)
            found.append(Link(target, (inner,), places.span(start, end)))
        elif strong:
            found.append(Emphasis("strong", (Text(strong),)))
        else:
            found.append(Break(hard=content.endswith("  ", at, start)))
        at = end
    if _SPECIAL.search(content, at):
        return None
    if at < len(content):
        found.append(Text(content[at:]))
    return tuple(found)


class _Converter:
    def __init__(self, tokens: list[Token], places: Places) -> None:
        self.tokens = tokens if len(tokens) < 2 * _DEEPEST else _shallow(tokens)
        self.places = places
        self.at = 0

    def until(self, closing: str) -> tuple[Inline, ...]:
        """Convert tokens up to a closing one; merge neighbouring texts."""
        found: list[Inline] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == closing:
                break
            for inline in self._one(token):
                last = found[-1] if found else None
                if isinstance(inline, Text) and isinstance(last, Text):
                    found[-1] = Text(last.text + inline.text)
                else:
                    found.append(inline)
        return tuple(found)

    def _one(self, token: Token) -> tuple[Inline, ...]:
        match token.type:
            case "text" | "text_special" | "html_inline":
                return (Text(token.content),) if token.content else ()
            case "code_inline":
                return (CodeSpan(token.content, self._span(token)),)
            case "softbreak" | "hardbreak":
                return (Break(hard=token.type == "hardbreak"),)
            case "link_open":
                inner = self.until("link_close")
                target, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
                return (Link(target, inner, self._span(token), title),)
            case "image":
                alt = plain(of_tokens(token.children or [], self.places))
                return (Image(str(token.attrGet("src") or ""), alt, self._span(token)),)
            case "em_open" | "strong_open" | "s_open":
                kind = token.type.removesuffix("_open")
                return (Emphasis(kind, self.until(f"{kind}_close")),)
            case _:
                return ()

    def _span(self, token: Token) -> Span:
        start = int(token.meta.get("at", 0))
        return self.places.span(start, int(token.meta.get("to", start)))


def _shallow(tokens: list[Token]) -> list[Token]:
    """Leave out emphasis in emphasis that nobody could see: `****…`."""
    kept, depth = [], 0
    for token in tokens:
        emphasis = token.type.startswith(("em_", "strong_", "s_"))
        depth -= emphasis and token.nesting < 0
        if not emphasis or depth < _DEEPEST:
            kept.append(token)
        depth += emphasis and token.nesting > 0
    return kept
