"""Prose as data: what the Markdown said, without its syntax.

A document is a tuple of blocks; a block holds inlines or further blocks. Nothing is lost that a reader
of the rendered page would see, and HTML is kept as text, inert.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from runbook_runner.model.span import Span

NOWHERE = Span()


class Text(Struct, frozen=True, gc=False):
    """Plain characters."""

    text: str


class CodeSpan(Struct, frozen=True, gc=False):
    """Text in backticks."""

    text: str
    span: Span = NOWHERE


class Link(Struct, frozen=True):
    """A link with its text."""

    target: str
    children: tuple[Inline, ...]
    span: Span = NOWHERE
    title: str = ""


class Image(Struct, frozen=True, gc=False):
    """A picture and the words that stand for it."""

    target: str
    alt: str
    span: Span = NOWHERE


class Emphasis(Struct, frozen=True):
    """Emphasised text; `kind` is `em`, `strong` or `s`."""

    kind: str
    children: tuple[Inline, ...]


class Break(Struct, frozen=True, gc=False):
    """The end of a line inside a paragraph; `hard` when the author asked for it."""

    hard: bool = False


Inline = Text | CodeSpan | Link | Image | Emphasis | Break
"""What stands inside a paragraph."""


class Paragraph(Struct, frozen=True):
    """A run of inlines."""

    inlines: tuple[Inline, ...]
    span: Span = NOWHERE


class Heading(Struct, frozen=True):
    """A heading, with every anchor that leads to it (the first is GitHub's slug)."""

    level: int
    inlines: tuple[Inline, ...]
    anchors: tuple[str, ...] = ()
    span: Span = NOWHERE


SHOWS_MARKDOWN = frozenset(["markdown", "md", "mdx", "gfm"])
"""Languages of a fence that is an example of a page: it may hold fences of its own."""


class Fence(Struct, frozen=True, gc=False):
    """A block of code: fenced, or indented (then `info` is empty and `fenced` is false)."""

    info: str
    """The info string as written, language first."""
    text: str
    """The content, without the fence, dedented as CommonMark says."""
    span: Span = NOWHERE
    """The whole block, fence lines included."""
    content_line: int = 1
    """Source line of the first line of the content."""
    content_column: int = 1
    """Source column at which the content's lines start."""
    fenced: bool = True


class Item(Struct, frozen=True):
    """One item of a list."""

    blocks: tuple[Block, ...]
    span: Span = NOWHERE
    checked: bool | None = None
    """For task lists; None elsewhere."""


class ListBlock(Struct, frozen=True):
    """An ordered or bulleted list."""

    ordered: bool
    items: tuple[Item, ...]
    span: Span = NOWHERE
    start: int = 1


class Quote(Struct, frozen=True):
    """A block quotation that is no admonition."""

    blocks: tuple[Block, ...]
    span: Span = NOWHERE


class Admonition(Struct, frozen=True):
    """A note or caution in any of the usual spellings (`> [!WARNING]`, `**Note:**`, `!!!`, `:::`)."""

    kind: str
    """note, tip, important, warning, caution or danger."""
    title: str
    blocks: tuple[Block, ...]
    span: Span = NOWHERE


class Table(Struct, frozen=True):
    """A table; every cell is a tuple of inlines."""

    head: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    span: Span = NOWHERE
    align: tuple[str, ...] = ()


class Rule(Struct, frozen=True, gc=False):
    """A horizontal line."""

    span: Span = NOWHERE


class Opaque(Struct, frozen=True, gc=False):
    """Text that means something to another tool (ERB, shortcodes, raw HTML): shown as it is, never run."""

    text: str
    span: Span = NOWHERE


Block = Paragraph | Heading | Fence | ListBlock | Quote | Admonition | Table | Rule | Opaque
"""What a document is made of."""


class PhaseKind(StrEnum):
    """What a part of a runbook is for."""

    CONTEXT = "context"
    """Meaning, Impact, Background: shown, never steps."""
    READ = "read"
    """Diagnosis, Verify: looks at the system."""
    CHANGE = "change"
    """Mitigation, Rollback: acts on it."""
    REFERENCE = "reference"
    """Escalation, Links: never entered by falling through."""
    PLAIN = "plain"
    """No heading upward has a known word."""


def plain(inlines: tuple[Inline, ...]) -> str:
    """Return the characters a reader sees, code spans without their backticks."""
    if len(inlines) == 1 and type(only := inlines[0]) is Text:
        return only.text
    parts: list[str] = []
    for inline in inlines:  # asked of each by its type, which takes a fourth of `isinstance` where it is another
        if type(inline) is Text or type(inline) is CodeSpan:
            parts.append(inline.text)
        elif type(inline) is Break:
            parts.append("\n" if inline.hard else " ")
        elif type(inline) is Link or type(inline) is Emphasis:
            parts.append(plain(inline.children))
        elif type(inline) is Image:
            parts.append(inline.alt)
    return "".join(parts)


def holds(blocks: tuple[Block, ...], kinds: type | tuple[type, ...]) -> bool:
    """Say whether one of the blocks, or one inside them, is of these kinds."""
    wanted = kinds if isinstance(kinds, tuple) else (kinds,)
    for block in blocks:
        kind = type(block)
        if kind in wanted:
            return True
        if kind in CONTAINERS:
            for inner in within(block):
                if holds(inner, wanted):
                    return True
    return False


def within(block: Block) -> Iterator[tuple[Block, ...]]:
    """Yield the blocks that stand side by side in a block: those of each item, of a quotation, of a note."""
    if isinstance(block, ListBlock):
        yield from (item.blocks for item in block.items)
    elif isinstance(block, Quote | Admonition):
        yield block.blocks


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Yield every block, parents before children, in document order."""
    for block in blocks:
        yield block
        if type(block) in CONTAINERS:
            for inner in within(block):
                yield from walk(inner)


CONTAINERS = frozenset({ListBlock, Quote, Admonition})
"""What holds other blocks. Most blocks hold none, and to be told so by their type takes a tenth of `isinstance`."""


def inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    """Yield every inline of some blocks at any depth, in document order, parents before children."""
    for block in walk(blocks):
        if type(block) is Paragraph or type(block) is Heading:
            yield from _within(block.inlines)
        elif type(block) is Table:
            for row in (block.head, *block.rows):
                for cell in row:
                    yield from _within(cell)


def _within(found: tuple[Inline, ...]) -> Iterator[Inline]:
    for inline in found:
        yield inline
        if type(inline) is Link or type(inline) is Emphasis:
            yield from _within(inline.children)
