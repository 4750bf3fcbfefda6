"""What is kept of a document between the two looks at it, and from one call of lint to the next.

Loaded by every call: what reads documents is not, so that a call in which nothing has changed starts at once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from runbook_runner.lint.rating import Stake
from runbook_runner.model.finding import Group
from runbook_runner.model.outline import Outline
from runbook_runner.model.span import Defect, Span

_WIDE = 240
"""Longer lines are shown in part."""


class Suppression(Struct, frozen=True, array_like=True):
    """A comment that takes findings back, and the lines that it holds for."""

    codes: tuple[str, ...]
    """Of rules and groups; empty for all."""
    first: int
    last: int
    span: Span
    """Of the comment."""

    def names(self, code: str, group: str) -> str | None:
        """Return which of its words covers a finding; empty when it names none and so covers all; None when none."""
        if not self.codes:
            return ""
        return code if code in self.codes else group if group in self.codes else None


class Found(Struct, frozen=True, array_like=True):
    """A finding without what depends on how lint was called."""

    code: str
    group: Group
    message: str
    span: Span
    hint: str = ""
    excerpt: str = ""
    column: int = 1
    """Of the excerpt's first character."""


class Record(Struct, frozen=True, array_like=True):
    """All that is kept of one document."""

    outline: Outline | None
    """None when it could not be read."""
    found: tuple[Found, ...]
    """By place."""
    suppressions: tuple[Suppression, ...] = ()
    stakes: tuple[Stake, ...] = ()
    """What each rule could take off its score; nothing for what is no runbook."""


class Head(Struct, frozen=True, array_like=True):
    """The part of a record that other documents ask for."""

    outline: Outline | None


REPORT = "report it with this document; `--ignore internal-error` goes on without"


def contents(path: str) -> bytes:
    """Return what a file holds; OSError when it is no file, so that no pipe is waited for."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(0, "is a folder" if stat.S_ISDIR(about.st_mode) else "is no file")
        data = os.read(file, about.st_size + 1)
        while len(data) > about.st_size:  # it grows
            more = os.read(file, 1 << 20)
            if not more:
                break
            data += more
        return data
    finally:
        os.close(file)


def unreadable(error: Exception) -> Record:
    """Return what there is to say of a file that cannot be opened."""
    why = (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
    return _alone(Defect("unreadable", why[:1].lower() + why[1:], Span(), "mend it, or leave it out by `exclude`"))


def failed(why: str) -> Record:
    """Return what there is to say of a document that the reader, or the whole process, came to grief over."""
    return _alone(Defect("internal-error", why, Span(), REPORT))


def _alone(defect: Defect) -> Record:
    return Record(None, (made(defect, Group.CORRECTNESS, ()),))


def made(defect: Defect, group: Group, lines: Sequence[str]) -> Found:
    """Return a defect with the line that it is on; what is about the whole document has none."""
    span = defect.span
    if span == Span() or not 0 < span.line <= len(lines):
        return Found(defect.code, group, defect.message, span, defect.hint)
    line, first = lines[span.line - 1], 1
    if len(line) > _WIDE:
        first = max(1, min(span.column - 60, len(line) - _WIDE + 1))
        line = line[first - 1 : first - 1 + _WIDE]
    return Found(defect.code, group, defect.message, span, defect.hint, line, first)


def ordered(found: Iterable[Found]) -> tuple[Found, ...]:
    """Return findings by place, each once."""
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.span, each.code)))


def packed(record: Record) -> bytes:
    """Return a record as bytes, half characters and all."""
    try:
        return _ENCODE(record)
    except UnicodeEncodeError:  # YAML can write down half of a surrogate pair
        return _ENCODE(msgspec.convert(_cleaned(msgspec.to_builtins(record)), Record))


def clean(text: str) -> str:
    """Return a text without half characters, which names of files and YAML can hold and output cannot."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    return [_cleaned(each) for each in value] if isinstance(value, list | tuple | set | frozenset) else value


_ENCODE: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
unpacked: Callable[[bytes], Record] = msgspec.msgpack.Decoder(Record).decode
head: Callable[[bytes], Head] = msgspec.msgpack.Decoder(Head).decode
