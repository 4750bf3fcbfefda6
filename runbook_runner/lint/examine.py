"""Looks at one document by itself: bytes -> what its rules say, its outline, its suppressions."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct

from runbook_runner.lint import suppression
from runbook_runner.lint.outline import outline_of
from runbook_runner.lint.suppression import Suppression
from runbook_runner.model.finding import Group
from runbook_runner.model.graph import build
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule, Outline

Read = Callable[[bytes, str], Runbook]

_WIDE = 240
"""Longer lines are shown in part."""
_MOST = 500
"""So many findings of one rule in one file are kept: nobody reads more."""


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


class Head(Struct, frozen=True, array_like=True):
    """The part of a record that other documents ask for."""

    outline: Outline | None


class Examiner(Struct, frozen=True):
    """What is needed to look at any document."""

    read: Read
    rules: tuple[LintRule, ...]
    known: Callable[[str], str | None]
    """See `suppression.find`."""
    today: date

    def record(self, path: str, data: bytes) -> Record:
        """Return what there is to say of a document at an absolute path; whatever it holds, there is an answer."""
        try:
            runbook = self.read(data, path)
            document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), self.today)
            outline = outline_of(runbook)
            taken_back, defects = suppression.find(document, self.known)
        except Exception as error:  # noqa: BLE001 - one document must not stop the others
            return failed(f"reading it failed: {_words(error)}")
        found = [made(defect, Group.STYLE, document.lines) for defect in defects]
        for rule in self.rules:
            found += self._of(rule, document)
        return Record(outline, ordered(found), tuple(taken_back))

    def outline(self, path: str, data: bytes) -> Outline | None:
        """Return the outline of a document that is only asked about; None when it cannot be read."""
        try:
            return outline_of(self.read(data, path))
        except Exception:  # noqa: BLE001 - as above
            return None

    def _of(self, rule: LintRule, document: Document) -> Iterable[Found]:
        try:
            defects = list(rule.check(document))
        except Exception as error:  # noqa: BLE001 - one rule must not stop the others
            defect = Defect("internal-error", f"the rule {rule.code} failed: {_words(error)}", Span(), REPORT)
            return [made(defect, Group.CORRECTNESS, ())]
        return [made(defect, rule.group, document.lines) for defect in defects[:_MOST]]


REPORT = "report it with this document; `--ignore internal-error` goes on without"


def contents(path: str) -> bytes:
    """Return what a file holds; OSError when it is no file, so that no pipe is waited for."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        about = os.fstat(file)
        if not stat.S_ISREG(about.st_mode):
            raise OSError(0, "is a folder" if stat.S_ISDIR(about.st_mode) else "is no file")
        parts, size = [], about.st_size + 1
        while part := os.read(file, max(size, 1 << 16)):
            parts.append(part)
        return b"".join(parts)
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
        return _ENCODE(msgspec.convert(_clean(msgspec.to_builtins(record)), Record))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return [_clean(each) for each in value] if isinstance(value, list | tuple | set | frozenset) else value


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


_ENCODE: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
unpacked: Callable[[bytes], Record] = msgspec.msgpack.Decoder(Record).decode
head: Callable[[bytes], Head] = msgspec.msgpack.Decoder(Head).decode
