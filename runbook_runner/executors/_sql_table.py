"""Rows as psql prints them: aligned, numbers at the right, NULL told from an empty text."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from runbook_runner.regex import regex

WIDE = 80
"""Columns of a screen beyond which cells are cut, or the table is printed one column a line."""
_PAIR, _FEW = 2, 5
"""Rows of a wide table that are printed one column a line: so many anyway, so many where cutting does not help."""
_LEAST = 12
"""Columns that are left of a cell at the least."""
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Cell = str | None


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], numbers: Sequence[bool], total: int) -> str:
    """Return rows with their count; `total` is how many there are where not all are given."""
    cells = [[_lines(cell) for cell in row] for row in rows]
    widths = _widths(columns, cells)
    narrow = _narrowed(columns, numbers, widths)
    if _whole(widths) > WIDE and (len(rows) <= _PAIR or (len(rows) <= _FEW and _whole(narrow) > WIDE)):
        text = _records(columns, cells)
    else:
        if narrow != widths:
            cells = [[_cut(cell, room) for cell, room in zip(row, narrow, strict=True)] for row in cells]
        text = _aligned(columns, cells, numbers, narrow)
    count = f"{len(rows)} of {total} rows" if len(rows) < total else f"{total} row{'' if total == 1 else 's'}"
    return f"{text}({count})\n"


def _lines(cell: Cell) -> list[str]:
    if cell is None:
        return ["NULL"]
    plain = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02X}", cell.replace("\r\n", "\n").expandtabs(8))
    return plain.split("\n")


def _narrowed(columns: Sequence[str], numbers: Sequence[bool], widths: Sequence[int]) -> list[int]:
    """Return widths with which a table fits the screen, the widest columns of text cut first, as far as that goes."""
    found = list(widths)
    least = [
        room if number else max(_LEAST, width(name))
        for name, number, room in zip(columns, numbers, widths, strict=True)
    ]
    while (over := _whole(found) - WIDE) > 0:
        at = max(range(len(found)), key=lambda each: found[each] - least[each])
        if found[at] <= least[at]:
            break
        wide = sorted((room for each, room in enumerate(found) if room > least[each]), reverse=True)
        step = found[at] - max(wide[1] if len(wide) > 1 else 0, least[at])
        found[at] -= max(1, min(over, step))
    return found


def _cut(lines: list[str], room: int) -> list[str]:
    """Return the beginning of a cell on one line: what it holds is in `rows`."""
    if all(width(line) <= room for line in lines):
        return lines
    text = " ".join(line.strip() for line in lines) if len(lines) > 1 else lines[0]
    kept, left = "", room - 1
    for character in text:
        left -= width(character)
        if left < 0:
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
