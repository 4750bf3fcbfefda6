"""Block tokens -> the model's prose, with anchors and admonitions of the usual dialects."""

from __future__ import annotations

import re

from markdown_it.token import Token

from runbook_runner.markdown import admonitions
from runbook_runner.markdown.inlines import Places, convert
from runbook_runner.markdown.parser import parse
from runbook_runner.model.prose import (
    Block,
    Fence,
    Heading,
    Inline,
    Item,
    ListBlock,
    Opaque,
    Paragraph,
    Rule,
    Table,
    Text,
    plain,
)
from runbook_runner.model.span import Span
from runbook_runner.regex import regex

_OPAQUE = regex(r"(?:\{\{[<%].*[%>]\}\}|<%.*%>|\{%.*%\}|<(?!https?:|mailto:)/?[a-zA-Z][^>]*>)\s*", re.S)
_MYST = regex(r"\(([\w:.-]+)\)=$")
_HTML_ANCHOR = regex(
    r"<a\s+(?:name|id)\s*=\s*[\"']?((?<=[\"'])[^\"'>\n]{1,200}(?=[\"'])|[^\"'\s>]+)[\"']?[^>]*>(?:\s*</a>)?", re.I
)
_IAL = regex(r"\s*\{:?\s*#([\w:.-]+)[^}]*\}\s*$")
_ATTRIBUTES = regex(r"\{:?\s*#([\w:.-]+)[^}]*\}")
_TASK = regex(r"\[([ xX])\]\s+")
_DIRECTIVE = regex(r"\{([a-z]+)\}\s*(.*)$")


class Converter:
    """Walks the tokens of one document."""

    def __init__(self, lines: tuple[str, ...], written: tuple[str, ...] = ()) -> None:
        """Take the lines to be read, and those of the file where some were blanked."""
        self.tokens, self.environment = parse("\n".join(lines))
        self.lines = lines
        self.written = written
        self.at = 0
        self.anchors: list[str] = []
        """Anchors that wait for the next heading."""
        self.marks: list[tuple[int, str]] = []
        """Every explicit anchor that is no phase's heading's, with its line."""
        self.nested: list[tuple[int, str]] = []
        """The titles of the headings in items and quotes, with their lines."""

    def blocks(self, closing: str = "") -> tuple[Block, ...]:
        """Convert up to a closing token."""
        found: list[Block] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == closing:
                break
            self._add(found, self._one(token))
        return tuple(found)

    def _add(self, found: list[Block], block: Block | None) -> None:
        if block is None:
            return
        if type(block) is Paragraph and _may_be_attributes(block):
            text = plain(block.inlines).strip()
            if match := _ATTRIBUTES.fullmatch(text):
                last = found[-1] if found else None
                if isinstance(last, Heading):
                    found[-1] = Heading(last.level, last.inlines, (*last.anchors, match[1]), last.span)
                else:
                    self.marks.append((block.span.line, match[1]))
                return
        if self.anchors and not isinstance(block, Heading):
            self.marks += [(block.span.line, anchor) for anchor in self.anchors]
            self.anchors = []
        found.append(block)

    def _one(self, token: Token) -> Block | None:
        match token.type:
            case "heading_open":
                return self._heading(token)
            case "paragraph":
                return self._paragraph(token)
            case "fence" | "code_block":
                return self._fence(token)
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token)
            case "blockquote_open":
                span = self._span(token)
                return admonitions.from_quote(self.blocks("blockquote_close"), span)
            case "admonition_open":
                span, kind, title = self._span(token), token.info, str(token.meta.get("title", ""))
                return admonitions.make(kind, title, self.blocks("admonition_close"), span)
            case "table_open":
                return self._table(token)
            case "hr":
                return Rule(self._span(token))
            case _:
                return None

    def _span(self, token: Token) -> Span:
        first, last = token.map or (0, 1)
        last = max(first + 1, min(last, len(self.lines)))
        while last > first + 1 and not self.lines[last - 1].strip():
            last -= 1
        line = self.lines[first] if first < len(self.lines) else ""
        column = len(line) - len(line.lstrip(" \t>")) + 1 if line[:1] in " \t>" else 1
        if token.type == "fence":
            column = max(line.find(token.markup), 0) + 1
        end = len(self.lines[last - 1]) if last - 1 < len(self.lines) else 0
        return Span(first + 1, column, last, end + 1)

    def _inlines(self) -> tuple[Inline, ...]:
        token = self.tokens[self.at]
        self.at += 1
        return convert(token.content, self._places(token), self.environment)

    def _places(self, token: Token) -> Places:
        return Places(self.lines, token.content, (token.map or [0])[0])

    def _heading(self, token: Token) -> Heading:
        inlines = self._inlines()
        self.at += 1
        anchors = tuple(self.anchors)
        self.anchors = []
        last = inlines[-1] if inlines else None
        if type(last) is Text and "{" in last.text and (match := _IAL.search(last.text)):
            anchors = (*anchors, match[1])
            rest = last.text[: match.start()]
            inlines = (*inlines[:-1], Text(rest)) if rest else inlines[:-1]
        if any(type(inline) is Text and "<" in inline.text for inline in inlines):
            for inline in inlines:
                if isinstance(inline, Text):
                    anchors += tuple(match[1] for match in _HTML_ANCHOR.finditer(inline.text))
            inlines = tuple(Text(_HTML_ANCHOR.sub("", i.text)) if isinstance(i, Text) else i for i in inlines)
        span = self._span(token)
        if token.level:  # in an item or a quote it begins no phase, and has its anchor all the same
            self.marks += [(span.line, anchor) for anchor in anchors]
            self.nested.append((span.line, plain(inlines).replace("\n", " ")))
        return Heading(int(token.tag[1:]), inlines, anchors, span)

    def _paragraph(self, token: Token) -> Block | None:
        content, places = token.content, self._places(token)
        inlines = convert(content, places, self.environment)
        span = places.span(0, len(content))
        if ")=" in content and (match := _MYST.fullmatch(content.strip())):
            self.anchors.append(match[1])
            return None
        html = _HTML_ANCHOR.findall(content) if "<" in content else []
        if html:
            self.anchors += html
            if not _HTML_ANCHOR.sub("", content).strip():
                return None
        if content[:1] in ("{", "<") and _OPAQUE.match(content) and not _OPAQUE.sub("", content).strip():
            return Opaque(content, span)
        return admonitions.from_paragraph(Paragraph(inlines, span))

    def _fence(self, token: Token) -> Block:
        span = self._span(token)
        if (match := _DIRECTIVE.match(token.info)) and match[1] in admonitions.KINDS:
            inner = (Paragraph((Text(token.content.strip()),), span),)
            return admonitions.make(match[1], match[2], inner, span)
        fenced = token.type == "fence"
        line = span.line + 1 if fenced else span.line
        column = span.column
        if not fenced:
            lead = len(token.content) - len(token.content.lstrip(" \t"))
            column = max(span.column - lead, 1)
        content = token.content if fenced or not self.written else self._restored(token)
        return Fence(token.info.strip(), content, span, line, column, fenced)

    def _restored(self, token: Token) -> str:
        """Return indented code with the comments that were blanked in it: there they are text."""
        lines = token.content.split("\n")
        first, stop = token.map or (0, 0)
        for number, line in zip(range(first, stop), lines, strict=False):
            as_read, written = self.lines[number], self.written[number]
            if line and as_read != written and len(as_read) == len(written) and as_read.endswith(line):
                lines[number - first] = written[len(written) - len(line) :]
        return "\n".join(lines)

    def _list(self, token: Token) -> ListBlock:
        ordered = token.type.startswith("ordered")
        closing = token.type.replace("_open", "_close")
        items: list[Item] = []
        while self.at < len(self.tokens):
            inner = self.tokens[self.at]
            self.at += 1
            if inner.type == closing:
                break
            if inner.type == "list_item_open":
                items.append(_task(self.blocks("list_item_close"), self._span(inner)))
        return ListBlock(ordered, tuple(items), self._span(token), int(token.attrGet("start") or 1))

    def _table(self, token: Token) -> Table:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        align: list[str] = []
        cells: list[tuple[Inline, ...]] = []
        while self.at < len(self.tokens):
            inner = self.tokens[self.at]
            self.at += 1
            match inner.type:
                case "table_close":
                    break
                case "tr_open":
                    cells = []
                case "tr_close":
                    rows.append(tuple(cells))
                case "th_open" | "td_open":
                    style = str(inner.attrGet("style") or "")
                    if inner.type == "th_open":
                        align.append(style.removeprefix("text-align:"))
                    cells.append(self._inlines())
                case _:
                    pass
        return Table(rows[0] if rows else (), tuple(rows[1:]), self._span(token), tuple(align))


def _may_be_attributes(block: Paragraph) -> bool:
    first = block.inlines[0] if block.inlines else None
    return type(first) is not Text or first.text.lstrip()[:1] in ("{", "")


def _task(blocks: tuple[Block, ...], span: Span) -> Item:
    first = blocks[0] if blocks else None
    if type(first) is not Paragraph or not first.inlines:
        return Item(blocks, span)
    begin = first.inlines[0]
    match = _TASK.match(begin.text) if type(begin) is Text else None
    if match is None:
        return Item(blocks, span)
    rest = Text(match.string[match.end() :])
    start = first.span
    moved = Span(start.line, start.column + match.end(), start.end_line, start.end_column)
    return Item((Paragraph((rest, *first.inlines[1:]), moved), *blocks[1:]), span, match[1] != " ")
