"""What a reader sees of a document, outside its blocks of code."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from msgspec import Struct

from runbook_runner.lint._blocks import everything
from runbook_runner.model.prose import (
    Admonition,
    Block,
    Break,
    CodeSpan,
    Emphasis,
    Fence,
    Image,
    Inline,
    Link,
    Opaque,
    Paragraph,
    Table,
    Text,
    plain,
)
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_PLAIN = frozenset({Text, Break})
_SAYING = frozenset({Admonition, Table, Opaque})
_LONG = 90
_LABEL = regex(r"(?:^|[|·•] )(\w[\w-]*(?: [\w-]+){0,4})[ \t]*[:|][ \t|]*[^\s|:-]")
_ADDRESS = regex(r"https?://\S+")


class Passage(Struct, frozen=True):
    """A paragraph, a row of a table, or a title, as it is read."""

    text: str
    """In one line."""
    span: Span
    phase: str
    """Slug of the phase that it stands in."""
    inlines: tuple[Inline, ...] = ()
    """Empty for titles and what another tool makes."""


def heading(phase: Phase, document: Document) -> Span:
    """Return the place of a phase's heading; of its first line where it has none."""
    line = phase.span.line
    text = document.lines[line - 1] if 0 < line <= len(document.lines) else ""
    return Span(line, phase.span.column, line, max(len(text.rstrip()), phase.span.column) + 1)


def passages(document: Document) -> tuple[Passage, ...]:
    """Return everything that is read, in order, headings too; blocks of code are left out."""
    return document.once(_passages)


def standing(document: Document, phase: str) -> tuple[Passage, ...]:
    """Return the passages of one phase."""
    return document.once(_by_phase).get(phase, ())


def between(document: Document, phase: str, first: int, last: int) -> tuple[Passage, ...]:
    """Return the passages of one phase that begin on some lines, both included."""
    inside = standing(document, phase)
    begin = bisect_left(inside, first, key=lambda passage: passage.span.line)
    end = bisect_right(inside, last, key=lambda passage: passage.span.line)
    return inside[begin:end]


def _by_phase(document: Document) -> dict[str, tuple[Passage, ...]]:
    found: dict[str, list[Passage]] = {}
    for passage in passages(document):
        found.setdefault(passage.phase, []).append(passage)
    return {phase: tuple(inside) for phase, inside in found.items()}


def visible(document: Document) -> str:
    """Return the passages' text, one a line."""
    return document.once(_visible)


def lower(document: Document) -> str:
    """Return the passages' text in lower case: looking for a word in it is quicker than for a pattern."""
    return document.once(_lower)


def _lower(document: Document) -> str:
    return visible(document).lower()


def _visible(document: Document) -> str:
    return "\n".join(passage.text for passage in passages(document))


def above(phase: Phase, document: Document) -> frozenset[str]:
    """Return the slugs of a phase and of those that it stands in."""
    found = {phase.slug}
    parents = {each.slug: each.parent for each in document.runbook.phases}
    slug = phase.parent
    while slug and slug not in found:
        found.add(slug)
        slug = parents.get(slug, "")
    return frozenset(found)


def said(document: Document, names: str) -> bool:
    """Tell whether a line says something under one of some names, `a|b`: `**Owner:** team-a`, `| Owner | team-a |`."""
    wanted = re.compile(rf"(?:\w+ ){{0,2}}(?:{names})")
    return any(wanted.fullmatch(label) for label in document.once(_labels))


def _labels(document: Document) -> tuple[str, ...]:
    """Return what stands before a colon or a table's line, with something after it, in lower case."""
    lines = [line for line in visible(document).split("\n") if ":" in line or "|" in line]
    return tuple([label.lower() for line in lines for label in _LABEL.findall(line)])


def titled(document: Document, pattern: re.Pattern[str]) -> Iterator[Phase]:
    """Yield the phases whose titles hold what a pattern says."""
    return (phase for phase in document.runbook.phases if pattern.search(phase.title))


def key(document: Document, *names: str) -> bool:
    """Tell whether the front matter gives a value to one of some keys, of ours or of others'."""
    return not document.once(_keys).isdisjoint(names)


def _keys(document: Document) -> frozenset[str]:
    extra = document.runbook.facts.extra.items()
    return frozenset(str(name).lower().replace("-", "_") for name, value in extra if value not in (None, "", [], {}))


def front_matter_key(document: Document, *names: str) -> Span:
    """Return the place of the first of some keys of the front matter; the first line when none is there."""
    if document.lines and document.lines[0].rstrip() in {"---", "+++"}:
        for number, line in enumerate(document.lines[1:], 2):
            if line.rstrip() in {"---", "...", "+++"}:
                break
            word = re.match(r"([\w-]+)\s*[:=]", line)
            if word and word[1].lower().replace("-", "_") in names:
                return Span(number, 1, number, len(word[1]) + 1)
    return Span()


def links(document: Document) -> tuple[Link, ...]:
    """Return every link of the text, in order."""
    return document.once(_links)


def leads_to(document: Document, pattern: re.Pattern[str]) -> bool:
    """Tell whether a link's target or text is what a pattern says, or an address that stands bare; in lower case."""
    return pattern.search(document.once(_leading)) is not None


def _leading(document: Document) -> str:
    """Return the targets and texts of all links, and the addresses that stand bare, one a line."""
    written = [text for link in links(document) for text in (link.target, plain(link.children))]
    return "\n".join([*written, *_ADDRESS.findall(visible(document))]).lower()


def code(document: Document) -> str:
    """Return everything written as code: blocks and spans."""
    return document.once(_code)


def special(document: Document) -> tuple[tuple[str, CodeSpan | Link | Image], ...]:
    """Return every code span, link and picture of the text with the slug of its phase, in order."""
    return document.once(_special)


def inside(inlines: tuple[Inline, ...]) -> Iterator[Inline]:
    """Yield inlines and those within them."""
    for inline in inlines:
        yield inline
        if type(inline) is Link or type(inline) is Emphasis:
            yield from inside(inline.children)


def words(inlines: tuple[Inline, ...]) -> str:
    """Return what inlines say with code taken out, so that words in it are not taken for the author's."""
    parts: list[str] = []
    for inline in inlines:
        if type(inline) is Text:
            parts.append(inline.text)
        elif type(inline) is CodeSpan:
            parts.append("…")
        elif type(inline) is Link or type(inline) is Emphasis:
            parts.append(words(inline.children))
        else:
            parts.append(plain((inline,)))
    return "".join(parts)


def quote(text: str) -> str:
    """Return a title or a sentence as a message quotes it: in one line, cut where it is long."""
    line = " ".join(text.split())
    return f"“{line}”" if len(line) <= _LONG else f"“{line[: _LONG - 1].rstrip()}…”"


def trimmed(text: str) -> str:
    """Return a text without what is no letter and no digit around it."""
    first = next((at for at, character in enumerate(text) if character.isalnum()), len(text))
    last = next((at for at in range(len(text), first, -1) if text[at - 1].isalnum()), first)
    return " ".join(text[first:last].split())


def _links(document: Document) -> tuple[Link, ...]:
    return tuple(one for _, one in special(document) if type(one) is Link)


def _special(document: Document) -> tuple[tuple[str, CodeSpan | Link | Image], ...]:
    found: list[tuple[str, CodeSpan | Link | Image]] = []
    for passage in passages(document):
        for inline in passage.inlines:
            if type(inline) not in _PLAIN:  # most are
                _collect(inline, passage.phase, found)
    return tuple(found)


def _collect(inline: Inline, phase: str, found: list[tuple[str, CodeSpan | Link | Image]]) -> None:
    if type(inline) is CodeSpan or type(inline) is Link or type(inline) is Image:
        found.append((phase, inline))
    if type(inline) is Link or type(inline) is Emphasis:
        for inner in inline.children:
            if type(inner) not in _PLAIN:
                _collect(inner, phase, found)


def _code(document: Document) -> str:
    texts = [block.text for _, block in everything(document) if type(block) is Fence]
    return "\n".join([*texts, *(one.text for _, one in special(document) if type(one) is CodeSpan)])


def _passages(document: Document) -> tuple[Passage, ...]:
    found: list[Passage] = []
    titles = [phase for phase in document.runbook.phases if phase.level]
    at = 0
    for phase, block in (*everything(document), (None, None)):
        while at < len(titles) and (phase is None or titles[at].span.line <= phase.span.line):
            title = titles[at]
            found.append(Passage(title.title, heading(title, document), title.slug))
            at += 1
        if phase is not None and type(block) is Paragraph:
            found.append(Passage(_line(plain(block.inlines)), block.span, phase.slug, block.inlines))
        elif phase is not None and block is not None and type(block) in _SAYING:
            found += _of(block, phase.slug)
    return tuple(found)


def _of(block: Block, phase: str) -> Iterator[Passage]:
    match block:
        case Admonition(title=title, span=span) if title:
            yield Passage(title, span, phase)
        case Table(head, rows, span):
            for row in (head, *rows):
                cells = [_line(plain(cell)) for cell in row]
                inlines = tuple(inline for cell in row for inline in (*cell, Text(" | ")))
                yield Passage(" | ".join(cells), span, phase, inlines)
        case Opaque(text, span):
            yield Passage(_line(text), span, phase)
        case _:
            pass


def _line(text: str) -> str:
    return text if text.isprintable() and "  " not in text and text == text.strip() else " ".join(text.split())
