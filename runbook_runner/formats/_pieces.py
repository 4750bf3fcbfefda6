"""What a report is made of, before it is Markdown or HTML."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.model.prose import Block


class Code(Struct, frozen=True):
    """A piece of a line that is code."""

    text: str
    limit: int = 0
    """Characters that are shown; 0 for all."""


class Strong(Struct, frozen=True):
    """A piece of a line that stands out."""

    text: str


Line = tuple[str | Code | Strong, ...]
"""Words and code, in order; the blanks at their joints count."""


class Words(Struct, frozen=True):
    """A paragraph."""

    line: Line


class Facts(Struct, frozen=True):
    """Names and what they stand for."""

    rows: tuple[tuple[str, Line], ...]


class Bullets(Struct, frozen=True):
    """A list."""

    items: tuple[Line, ...]


class Text(Struct, frozen=True):
    """A command, or what one printed."""

    text: str
    language: str = ""
    name: str = ""
    """What stands above it."""
    printed: bool = False
    effect: str = ""
    """read, change or unknown, of a command."""


class Prose(Struct, frozen=True):
    """What the author of the runbook wrote."""

    blocks: tuple[Block, ...]


class Table(Struct, frozen=True):
    """Rows below a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


class Day(Struct, frozen=True):
    """The day on which what follows happened."""

    date: str


class Moment(Struct, frozen=True):
    """Something that happened, and what belongs to it."""

    clock: str
    """`03:12:07`, UTC."""
    since: str
    """`+07:31`: since the page."""
    line: Line
    kind: str
    """As in `Entry`."""
    parts: tuple[Bullets | Text | Words, ...] = ()
    good: bool | None = None
    """Of a verdict: whether it passed."""


class Item(Struct, frozen=True):
    """Something below a line of its own."""

    line: Line
    parts: tuple[Prose | Text | Words, ...]


Piece = Words | Facts | Bullets | Table | Day | Moment | Item


class Section(Struct, frozen=True):
    """A part of a report; the first one has no title."""

    title: str
    pieces: tuple[Piece, ...]

    @property
    def slug(self) -> str:
        """Return what a link within the report calls it."""
        return re.sub(r"[^a-z]+", "-", self.title.lower()).strip("-")


class Report(Struct, frozen=True):
    """A run, written down."""

    title: str
    sections: tuple[Section, ...]
