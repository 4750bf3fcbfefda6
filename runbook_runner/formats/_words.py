"""The words that several formats share: times, durations, guards, destinations, safe text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from runbook_runner.formats._plain import bare as bare
from runbook_runner.formats._plain import one_line as one_line
from runbook_runner.model import graph as g
from runbook_runner.model import prose as p
from runbook_runner.model import runbook as r


def duration(seconds: float | None) -> str:
    """Return a duration for a reader: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`."""
    if seconds is None:
        return "unknown time"
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    if whole < 172800:
        return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 // 60 else "")
    return f"{whole // 86400} d"


def counted(number: int, noun: str) -> str:
    """Return a number of things: `1 step`, `2 steps`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def size(count: int) -> str:
    """Return a number of bytes for a reader."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"


def at(wall: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return a wall time in UTC."""
    try:
        return datetime.fromtimestamp(wall, UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "unknown"


def since(wall: float, page: float) -> str:
    """Return the time since the page: `+07:31`, `+1:02:03`."""
    seconds = round(wall - page)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    hours, rest = divmod(seconds, 3600)
    return f"{sign}{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{sign}{rest // 60:02}:{rest % 60:02}"


def outcome(word: str) -> str:
    """Return an outcome as a reader says it."""
    return word.replace("_", " ")


def guard(of: r.Guard | None) -> str:
    """Return a guard in a few words."""
    match of:
        case None:
            return "next"
        case r.Predicate(source=source, error=error):
            return f"if `{one_line(source)}`" + (f" (DEFECTIVE: {one_line(error)})" if error else "")
        case r.Question(text=text):
            return f"ask: {one_line(text)}"
        case r.Timer(seconds=seconds):
            return f"after {duration(seconds)}"
        case r.Recurrence(seconds=seconds):
            return f"if it recurs within {duration(seconds)}"
        case r.Otherwise():
            return "otherwise"


def guard_kind(of: r.Guard | None) -> str:
    """Return what kind of guard it is, one word."""
    return type(of).__name__.lower() if of is not None else "next"


def target(to: g.Target) -> str:
    """Return where an edge leads, in a few words."""
    match to:
        case g.GoTo(step):
            return step
        case g.Choose(options=options):
            return "choose: " + " | ".join(f"{one_line(label)} ({step})" for label, step in options) + " | none"
        case g.AskOutcome():
            return "ask for the outcome"
        case g.Leave(path, anchor):
            return f"runbook {one_line(path)}" + (f"#{one_line(anchor)}" if anchor else "")
        case g.Dead(anchor):
            return f"NOWHERE (no anchor #{one_line(anchor)})"
        case r.Finish(ended):
            return f"end: {outcome(str(ended))}"
        case r.Escalate(to=whom):
            return f"escalate to {one_line(whom)}" if whom else "escalate"


def markdown(blocks: tuple[p.Block, ...]) -> str:
    """Return prose as simple Markdown: paragraphs, lists and code."""
    parts = []
    for block in blocks:
        match block:
            case p.Paragraph(inlines=inlines) | p.Heading(inlines=inlines):
                parts.append(_inlines(inlines))
            case p.Fence(text=text):
                parts.append(fenced(text))
            case p.ListBlock(items=items):
                parts.append("\n".join("- " + markdown(item.blocks).replace("\n", "\n  ") for item in items))
            case p.Quote(blocks=inner) | p.Admonition(blocks=inner):
                parts.append(markdown(inner))
            case p.Opaque(text=text):
                parts.append(fenced(text))
            case _:
                pass
    return "\n\n".join(part for part in parts if part)


def _inlines(inlines: Sequence[p.Inline]) -> str:
    # Code stays code: it is there to be copied, and escaping would change it.
    parts = []
    for inline in inlines:
        match inline:
            case p.CodeSpan(text=text):
                parts.append(code(text))
            case p.Emphasis(children=children):
                parts.append(_inlines(children))
            case _:
                plain = p.plain((inline,))
                before = " " if plain[:1].isspace() else ""
                after = " " if plain.strip() and plain[-1:].isspace() else ""
                parts.append(before + escape(plain) + after)
    return "".join(parts)


def fenced(text: str, info: str = "") -> str:
    """Return a code block whose fence nothing in the text can close."""
    text = bare(text).strip("\n")
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * max(3, *(length + 1 for length in runs), 3)
    return f"{fence}{info}\n{text}\n{fence}"


def escape(text: str) -> str:
    """Return a text on one line that says in Markdown what it says, and does nothing."""
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~!])", r"\\\1", one_line(text))
    escaped = re.sub(r"^([-+=]|\d+(?=[.)]))", r"\\\1" if not escaped[:1].isdigit() else r"\1\\", escaped)
    return escaped.replace("://", ":\u2060//").replace("@", "&#64;").replace("www.", "www\u2060.")


def code(text: str, limit: int = 0) -> str:
    """Return a code span that nothing in the text can close."""
    text = one_line(text, limit) or " "
    runs = [len(run) for run in re.findall(r"`+", text)]
    ticks = "`" * (max(runs, default=0) + 1)
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows aligned in columns, the last one as long as it is."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=True)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return lines
