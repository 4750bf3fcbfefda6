"""Rows as psql prints them: aligned, numbers at the right, NULL told from an empty text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import east_asian_width

WIDE = 80
"""Columns of a screen beyond which a table of few rows is printed one column a line, and cells of more are cut."""
FEW = 5
"""Rows of a wide table that are printed one column a line."""
_CUT = 40
"""Columns of a cell that are shown of it in a table that is too wide."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Cell = str | None


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], numbers: Sequence[bool], total: int) -> str:
    """Return rows with their count; `total` is how many there are where not all are given."""
    cells = [[_lines(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells)
    if _whole(widths) > WIDE and len(rows) <= FEW:
        text = _records(columns, cells)
    else:
        if _whole(widths) > WIDE:
            cells = [[_shortened(cell) for cell in row] for row in cells]
            widths = _widths(columns, cells)
        text = _aligned(columns, cells, numbers, widths)
    count = f"{len(rows)} of {total} rows" if len(rows) < total else f"{total} row{'' if total == 1 else 's'}"
    return f"{text}({count})\n"


def _lines(cell: Cell) -> list[str]:
    if cell is None:
        return ["NULL"]
    plain = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02X}", cell.replace("\r\n", "\n").expandtabs(8))
    return plain.split("\n")


def _shortened(lines: list[str]) -> list[str]:
    """Return the beginning of a cell on one line: what it holds is in `rows`."""
    text = " ".join(line.strip() for line in lines) if len(lines) > 1 else lines[0]
    if width(text) <= _CUT:
        return [text]
    kept, room = "", _CUT - 1
    for character in text:
        room -= width(character)
        if room < 0:
            break
        kept += character
    return [kept + "…"]


def _widths(columns: Sequence[str], cells: Sequence[Sequence[list[str]]]) -> list[int]:
    found = [width(column) for column in columns]
    for row in cells:
        for at, lines in enumerate(row):
            found[at] = max(found[at], *(width(line) for line in lines))
    return found


def _whole(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * len(widths) - 1


def _aligned(
    columns: Sequence[str], cells: Sequence[Sequence[list[str]]], numbers: Sequence[bool], widths: Sequence[int]
) -> str:
    head = "|".join(f" {_centred(name, room)} " for name, room in zip(columns, widths, strict=True))
    lines = [head.rstrip(), "+".join("-" * (room + 2) for room in widths)]
    for row in cells:
        height = max((len(cell) for cell in row), default=1)
        for at in range(height):
            parts = []
            for cell, number, room in zip(row, numbers, widths, strict=True):
                text = cell[at] if at < len(cell) else ""
                pad = " " * (room - width(text))
                more = "+" if at + 1 < len(cell) else " "
                parts.append(f" {pad + text if number else text + pad}{more}")
            lines.append("|".join(parts).rstrip())
    return "\n".join(lines) + "\n"


def _records(columns: Sequence[str], cells: Sequence[Sequence[list[str]]]) -> str:
    room = max((width(name) for name in columns), default=0)
    lines = []
    for number, row in enumerate(cells, 1):
        lines.append(f"-[ RECORD {number} ]".ljust(room + 2, "-"))
        for name, cell in zip(columns, row, strict=True):
            for at, text in enumerate(cell):
                label = name + " " * (room - width(name)) if at == 0 else " " * room
                more = "+" if at + 1 < len(cell) else ""
                lines.append(f"{label} | {text}{more}".rstrip())
    return "\n".join(lines) + "\n"


def _centred(text: str, room: int) -> str:
    left = (room - width(text)) // 2
    return " " * left + text + " " * (room - width(text) - left)


def width(text: str) -> int:
    """Return how many columns of a screen a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(each) in "WF" else 0 if each in "\u200b\u200d" else 1 for each in text)
