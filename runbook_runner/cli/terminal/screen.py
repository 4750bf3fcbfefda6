"""The few lines at the foot of the screen: what stays in sight, the keys, and the open question."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.cli.terminal.style import clip, paint, printable, width_of, wrap
from runbook_runner.ports import WAYS, Menu, Option

ROWS = 8
"""Of 24: the output above is what she reads."""
_LISTED = 6
"""So many branches are a list, one a row: what tells them apart must be read whole."""
_NARROW = 60
"""Columns: on fewer, what a key does would be cut down to nothing."""


def menu_rows(menu: Menu, options: Sequence[Option], width: int, height: int, colour: bool) -> list[str]:
    """Return the rows above the open question, in eight with it on a small screen, in some more on a narrow one."""
    budget = max(ROWS if width >= _NARROW else min(ROWS + 3, height - 2), height // 3) - 1
    keys = key_rows(options, width, colour, most=max(2, budget - min(len(menu.lines), 4)), listed=height - 8)
    return text_rows(menu.lines, width, max(budget - len(keys), 3)) + keys


def text_rows(lines: Sequence[str], width: int, budget: int) -> list[str]:
    """Return lines in so many rows: two at most for the first, then one each, then the last ones go."""
    texts = [printable(line) for line in lines]
    for most in (2, 1):
        rows = [row for text in texts for row in _at_most(text, width, most)]
        if len(rows) <= budget:
            return rows
    first = _at_most(texts[0], width, 2)
    rows = first + [row for text in texts[1:] for row in _at_most(text, width, 1)]
    if len(rows) <= budget:
        return rows
    kept = rows[: max(0, budget - 1)]
    return [*kept, clip(f"… and {len(rows) - len(kept)} more lines", width)] if budget > 0 else []


def _at_most(text: str, width: int, most: int) -> list[str]:
    indent = text[: len(text) - len(text.lstrip())]
    rows = wrap(text, width, first=indent, rest=indent + "  ")
    if len(rows) <= most:
        return rows
    # What is cut off is marked; the rest of the text was shown whole above.
    return [*rows[: most - 1], clip(rows[most - 1] + " " + " ".join(rows[most:]).strip(), width - 1)]


def key_rows(options: Sequence[Option], width: int, colour: bool, *, most: int, listed: int = 16) -> list[str]:
    """Return the keys with their labels, what the evidence says first, in so many rows at most.

    Many branches are listed, up to `listed` of them.
    """
    shown = [option for option in options if not option.quiet]
    shown.sort(key=lambda option: not option.hint)
    rows: list[str] = []
    branches = [option for option in shown if option.key in WAYS]
    if _LISTED <= len(branches) <= listed:
        others = [option for option in shown if option not in branches]
        hinted = [option for option in others if option.key == "enter"]
        rows = [_cell(option, width, colour) for option in (*hinted, *branches)]
        rest = [option for option in others if option not in hinted]
        return rows + (key_rows(rest, width, colour, most=2) if rest else [])
    for room in (width, 40, 24, 14, 8):
        rows = _pack([_cell(option, min(room, width), colour) for option in shown], width)
        if len(rows) <= most:
            return rows
    return rows


def _cell(option: Option, width: int, colour: bool) -> str:
    key = option.key.capitalize() if len(option.key) > 1 else option.key
    mark = "> " if option.hint else ""
    room = max(4, width - width_of(mark) - width_of(key) - 3)
    label = clip(printable(option.label), room)
    return paint(f"{mark}[{key}]", "hint" if option.hint else "key", colour) + " " + label


def _pack(cells: Sequence[str], width: int) -> list[str]:
    rows: list[str] = []
    for cell in cells:
        if rows and width_of(rows[-1]) + 2 + width_of(cell) <= width:
            rows[-1] += "  " + cell
        else:
            rows.append(cell)
    return rows
