"""HTML comments, dropped before anything else is read."""

from __future__ import annotations

from runbook_runner.regex import regex

_FENCE = regex(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^`]*)$")


def blank_comments(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines with comments outside of fences as spaces, so that columns stay."""
    found: list[str] = []
    fence, inside = "", False
    for line in lines:
        if not inside and (match := _FENCE.match(line)):
            if not fence:
                fence = match[1]
            elif match[1][0] == fence[0] and len(match[1]) >= len(fence) and not match[2].strip():
                fence = ""
        if fence and not inside:
            found.append(line)
            continue
        kept, inside = _blank(line, inside)
        found.append(kept)
    return tuple(found)


def _blank(line: str, inside: bool) -> tuple[str, bool]:
    parts: list[str] = []
    place = 0
    while place < len(line):
        if inside:
            end = line.find("-->", place)
            stop = len(line) if end < 0 else end + 3
            parts.append(" " * (stop - place))
            inside, place = end < 0, stop
            continue
        start = line.find("<!--", place)
        # In a code span it is text.
        if start >= 0 and line.count("`", 0, start) % 2:
            stop = start + 4
            parts.append(line[place:stop])
            place = stop
            continue
        stop = len(line) if start < 0 else start
        parts.append(line[place:stop])
        inside, place = start >= 0, stop
    return "".join(parts), inside
