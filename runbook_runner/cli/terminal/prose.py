"""Prose for a terminal: wrapped to its width, its links spelt out, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from runbook_runner.cli.terminal.style import pad, paint, printable, strip_escapes, width_of, wrap
from runbook_runner.model import prose as p
from runbook_runner.regex import regex

_ALARMING = frozenset({"warning", "caution", "danger", "important"})


_FOLDS = regex(r"</?(?:details|summary)(?:\s[^<>]*)?>\s*", re.IGNORECASE)
"""What folds text away on a forge; here all of it is in sight."""


def render(blocks: Sequence[p.Block], width: int, *, colour: bool = False) -> list[str]:
    """Return blocks as lines, a blank one between two blocks."""
    lines: list[str] = []
    for block in blocks:
        part = _block(block, max(16, width), colour)
        if lines and part:
            lines.append("")
        lines += part
    return lines


def words(inlines: Sequence[p.Inline], *, colour: bool = False) -> str:
    """Return inlines as text: code in backticks, links with their targets."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case p.Text(text):
                parts.append(" ".join(printable(text).split("\n")))
            case p.CodeSpan(text):
                parts.append(_styled(f"`{printable(text)}`", "code", colour))
            case p.Link(target=target, children=children):
                parts.append(_link(words(children, colour=colour), printable(target)))
            case p.Image(target=target, alt=alt):
                parts.append(f"[image: {_link(printable(alt), printable(target))}]")
            case p.Emphasis(kind=kind, children=children):
                inner = words(children, colour=colour)
                if kind == "s":
                    inner = f"~~{inner}~~"
                elif kind == "strong":
                    inner = _styled(inner, "bold", True) if colour else f"*{inner}*"
                parts.append(inner)
            case p.Break(hard):
                parts.append("\n" if hard else " ")
    return "".join(parts)


def _styled(text: str, style: str, colour: bool) -> str:
    # A word at a time, so that a wrapped line neither loses its colour nor lends it to its indent.
    return " ".join(paint(word, style, colour) for word in text.split(" ")) if colour else text


def _link(text: str, target: str) -> str:
    bare = target.removeprefix("mailto:")
    seen = strip_escapes(text).strip("`")
    if not target or seen in (target, bare):
        return text or target
    return f"{text} ({bare})" if text else bare


def _block(block: p.Block, width: int, colour: bool) -> list[str]:
    match block:
        case p.Paragraph(inlines=inlines):
            text = words(inlines, colour=colour)
            bare = _FOLDS.sub("", text).strip() if "<" in text else text
            return wrap(bare, width) if bare else []
        case p.Heading(inlines=inlines):
            return [paint(line, "heading", colour) for line in wrap(words(inlines), width)]
        case p.Fence(text=text):
            return ["    " + line for line in printable(text).expandtabs(4).rstrip("\n").split("\n")]
        case p.ListBlock():
            return _list(block, width, colour)
        case p.Quote(blocks=inner):
            return ["> " + line for line in render(inner, width - 2, colour=colour)]
        case p.Admonition():
            return _admonition(block, width, colour)
        case p.Table():
            return _table(block, width, colour)
        case p.Rule():
            return ["-" * min(width, 40)]
        case p.Opaque(text=text):
            return printable(text).rstrip("\n").split("\n")


def _list(block: p.ListBlock, width: int, colour: bool) -> list[str]:
    lines: list[str] = []
    last = block.start + len(block.items) - 1
    room = len(str(last)) + 2 if block.ordered else 2
    loose = False
    for number, item in enumerate(block.items, block.start):
        mark = f"{number}." if block.ordered else "-"
        box = "" if item.checked is None else "[x] " if item.checked else "[ ] "
        inner = render(item.blocks, width - room - len(box), colour=colour) or [""]
        if lines and (loose or len(item.blocks) > 1):
            lines.append("")
        loose = len(item.blocks) > 1
        lines.append(f"{mark:<{room}}{box}{inner[0]}")
        lines += [" " * (room + len(box)) + line if line else "" for line in inner[1:]]
    return lines


def _admonition(block: p.Admonition, width: int, colour: bool) -> list[str]:
    style = "warning" if block.kind in _ALARMING else "bold"
    name = block.kind.upper()
    title = printable(block.title).strip()
    title = "" if title.rstrip(":").upper() == name else title
    inner = render(block.blocks, width - 2, colour=colour)
    if title:
        inner = wrap(title, width - 2) + inner
    if inner and width_of(inner[0]) + len(name) + 2 <= width:
        inner[0] = paint(f"{name}:", style, colour) + " " + inner[0]
        return [inner[0], *("  " + line if line else "" for line in inner[1:])]
    return [paint(f"{name}:", style, colour), *("  " + line if line else "" for line in inner)]


def _table(block: p.Table, width: int, colour: bool) -> list[str]:
    head = [words(cell, colour=False) for cell in block.head]
    rows = [[words(cell, colour=colour).replace("\n", " ") for cell in row] for row in block.rows]
    count = max([len(head), *map(len, rows)], default=0)
    every = [line + [""] * (count - len(line)) for line in (head, *rows)]
    widths = [max(width_of(line[column]) for line in every) for column in range(count)]
    if sum(widths) + 2 * (count - 1) > width:
        return list(_records(every[0], every[1:], width))
    texts = ["  ".join(pad(cell, size) for cell, size in zip(line, widths, strict=True)).rstrip() for line in every]
    return [paint(texts[0], "bold", colour), "  ".join("-" * size for size in widths), *texts[1:]]


def _records(head: list[str], rows: list[list[str]], width: int) -> Iterator[str]:
    # A table too wide for the screen is read a row at a time, every cell under its name.
    for number, row in enumerate(rows):
        if number:
            yield ""
        for name, cell in zip(head, row, strict=True):
            if cell:
                yield from wrap(f"{name}: {cell}" if name else cell, width, rest="  ")
