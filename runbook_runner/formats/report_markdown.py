"""A run as a timeline in Markdown, to go into a post-incident review as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_runner.formats import _pieces as p
from runbook_runner.formats import record
from runbook_runner.formats._report import report
from runbook_runner.formats._words import code, escape, fenced, markdown
from runbook_runner.ports import Format


class ReportMarkdown:
    """`runbook report --format markdown`."""

    name = "markdown"

    def render(self, subject: Any) -> str:
        """Return the whole report; nothing that anybody wrote or printed is alive in it."""
        of = report(record(subject))
        lines = [f"# {escape(of.title)}", ""]
        for section in of.sections:
            lines += [f"## {escape(section.title)}", ""] if section.title else []
            for piece in section.pieces:
                lines += [*_piece(piece), ""]
        return "\n".join(lines).rstrip() + "\n"


def _piece(piece: p.Piece | p.Text | p.Prose) -> Iterator[str]:
    match piece:
        case p.Words(line):
            yield _line(line)
        case p.Facts(rows):
            yield from (f"- {name}: {_line(line)}" for name, line in rows)
        case p.Bullets(items):
            yield from (f"- {_line(item)}" for item in items)
        case p.Table(head, rows):
            yield f"| {' | '.join(head)} |"
            yield f"|{' --- |' * len(head)}"
            for row in rows:
                yield f"| {' | '.join(_line(cell, first=False) for cell in row)} |"
        case p.Day(date):
            yield f"### {date}"
        case p.Moment(clock, since, line, kind, parts):
            words = f"{clock} ({since}) "
            yield f"**{words}{_plain(line)}**" if kind == "visit" else words + _line(line, first=False)
            yield from _parts(parts)
        case p.Item(line, parts):
            yield _line(line)
            yield from _parts(parts)
        case p.Text(text, language, name):
            yield from (escape(name), "") if name else ()
            yield fenced(text, language)
        case p.Prose(blocks):
            yield markdown(blocks)


def _parts(parts: tuple[p.Bullets | p.Text | p.Words | p.Prose, ...]) -> Iterator[str]:
    for part in parts:
        yield ""
        yield from _piece(part)


def _plain(line: p.Line) -> str:
    return "".join(escape(piece if isinstance(piece, str) else piece.text) for piece in line)


def _line(line: p.Line, *, first: bool = True) -> str:
    """Return a line; the blanks at its joints, which escaping takes away, stay.

    `first`: it begins a line, where more characters than elsewhere mean something.
    """
    found = []
    for number, piece in enumerate(line):
        match piece:
            case p.Code(text, limit):
                found.append(code(text, limit))
            case p.Strong(text):
                found.append(f"**{escape(text)}**")
            case text:
                before = " " if number and text[:1].isspace() else ""
                after = " " if text.strip() and text[-1:].isspace() else ""
                words = escape(text) if first and not number else escape(f"x{text.lstrip()}")[1:]
                found.append(before + words + after)
    return "".join(found).strip()


FORMAT: Format = ReportMarkdown()
