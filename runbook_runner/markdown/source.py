"""Bytes -> lines that a parser can take, with what was wrong about them."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.span import Defect, Span

MAX_BYTES = 4 << 20
MAX_LINE = 20_000
"""Longer lines are cut before they are parsed: Markdown's inline rules are quadratic in the worst case."""


class Source(Struct, frozen=True):
    """A file's text and what was wrong with its bytes."""

    text: str
    """Decoded whole, line ends normalised."""
    lines: tuple[str, ...]
    """What is parsed."""
    cut: frozenset[int]
    """Lines that were cut, from 1; nothing on them may run."""
    defects: tuple[Defect, ...]


def decode(data: bytes) -> Source:
    """Return the text of a file, whatever its bytes."""
    defects: list[Defect] = []
    if len(data) > MAX_BYTES:
        defects.append(Defect("too-large", f"only the first {MAX_BYTES >> 20} MiB of it are read", Span()))
        data = data[:MAX_BYTES]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
        defects.append(Defect("encoding", "the file is UTF-16", Span(), "save it as UTF-8"))
    else:
        try:
            text = data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            text = data.decode("utf-8-sig", "replace")
            defects += _not_utf8(data, error)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line, column = _place(text, text.index("\0"))
        defects.append(Defect("nul", "the file holds a NUL character", Span(line, column, line, column + 1)))
        text = text.replace("\0", "\ufffd")
    lines = text.split("\n")
    if max(map(len, lines)) <= MAX_LINE:
        return Source(text, tuple(lines), frozenset(), tuple(defects))
    cut = {number for number, line in enumerate(lines, 1) if len(line) > MAX_LINE}
    for number in sorted(cut)[:10]:
        span = Span(number, 1, number, len(lines[number - 1]) + 1)
        defects.append(Defect("long-line", f"only the first {MAX_LINE} characters of this line are read", span))
    return Source(text, tuple(line[:MAX_LINE] for line in lines), frozenset(cut), tuple(defects))


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> list[Defect]:
    if error.start >= len(data) - 3 and len(data) == MAX_BYTES:
        return []  # our own cut went through a character
    before = data[: error.start].decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    line, column = _place(before, len(before))
    span = Span(line, column, line, column + 1)
    return [Defect("encoding", f"byte 0x{data[error.start]:02x} is not UTF-8", span, "save the file as UTF-8")]


def _place(text: str, index: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1
