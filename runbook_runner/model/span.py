"""Places in a source text."""

from __future__ import annotations

from msgspec import Struct


class Span(Struct, frozen=True, order=True, array_like=True, gc=False):
    """A stretch of the source file, so that every finding can name its line and column."""

    line: int = 1
    """First line, from 1."""
    column: int = 1
    """First column, in characters, from 1."""
    end_line: int = 1
    """Last line, inclusive."""
    end_column: int = 1
    """Column just past the last character."""


class Defect(Struct, frozen=True, gc=False):
    """Something in a runbook that would fail or mislead in a run; data, never an exception."""

    code: str
    """Kebab-case name of the kind of defect, such as `dead-anchor`."""
    message: str
    """What is wrong, one sentence."""
    span: Span
    """Where."""
    hint: str = ""
    """What to type instead."""
