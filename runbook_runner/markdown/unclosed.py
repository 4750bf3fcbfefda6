"""Fences that nobody closed: without help, one swallows the headings and commands below it."""

from __future__ import annotations

import re
from bisect import bisect_right

from runbook_runner.model.prose import SHOWS_MARKDOWN
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

_FENCE = regex(r"(?P<lead>[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)(?P<mark>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_LANGUAGE = regex(r"[A-Za-z][\w+.-]*(?:[ \t]*\{[^}]*\})?\s*$")
_HEADING = regex(r"[ >]{0,3}#{2,6} +\S")


def closed(lines: tuple[str, ...]) -> tuple[tuple[str, ...], list[Defect]]:
    """Return the lines, a blank one made the missing end of each such fence, and what was wrong."""
    places = [at for at, line in enumerate(lines) if "```" in line or "~~~" in line]
    found: list[Defect] = []
    whole = list(lines)
    opened: tuple[int, re.Match[str]] | None = None
    past = 0
    for at in places:
        match = _FENCE.match(lines[at]) if at >= past else None
        if match is None:
            continue
        if opened is None:
            opened = at, match
            continue
        start, first = opened
        if _is_comment(lines, at, match, first):
            continue
        if match["mark"][0] != first["mark"][0] or len(match["mark"]) < len(first["mark"]):
            continue
        if not match["info"].strip():
            opened = None
        elif past := _end(lines, start, first, at, match, places):
            continue
        elif _LANGUAGE.match(match["info"]) and first["info"].strip().lower() not in SHOWS_MARKDOWN:
            _close(whole, start, first, at, found)
            opened = at, match
    if opened is not None:
        _close(whole, *opened, len(lines), found)
    return tuple(whole), found


def _end(
    lines: tuple[str, ...], start: int, first: re.Match[str], at: int, match: re.Match[str], places: list[int]
) -> int:
    """Return the line that ends a fence in which another is too deep to begin; 0 where that may be an item's."""
    deep = len(first["lead"]) + 4
    if len(match["lead"]) < deep or match["lead"].strip():
        return 0
    below = (place for place in places[bisect_right(places, at) :] if len(_indent(lines[place])) < deep)
    end = next(below, 0)
    closing = _FENCE.match(lines[end])
    if not end or closing is None or closing["info"].strip() or closing["lead"].strip() != first["lead"].strip():
        return 0
    if closing["mark"][0] != first["mark"][0] or len(closing["mark"]) < len(first["mark"]):
        return 0
    return 0 if any(_HEADING.match(line) for line in lines[start:end]) else end


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _is_comment(lines: tuple[str, ...], at: int, match: re.Match[str], first: re.Match[str]) -> bool:
    """Tell whether marks within a fence stand in a comment of its code: each line of that has the bullet, too."""
    lead = match["lead"]
    if not lead.strip(" \t>"):
        return False
    if first["info"].startswith("{"):
        return True  # a directive holds Markdown, the items of which may be fences
    return not match["info"].strip() or (at + 1 < len(lines) and lines[at + 1].startswith(lead.rstrip()))


def _close(lines: list[str], start: int, first: re.Match[str], end: int, found: list[Defect]) -> None:
    """End a fence before the first heading in it, else before the paragraph above the next fence."""
    lead = re.sub(r"[^>\s]", " ", first["lead"])
    inside = lines[start + 1 : end]
    if lead.strip(" ") or any(line.strip() and not line.startswith(lead) for line in inside if lead):
        return  # what holds it ends, and ends it too
    blank = [at for at in range(start + 1, end) if not lines[at].strip()]
    headed = (at for at in blank if at + 1 < end and _HEADING.match(lines[at + 1]))
    cut = next(headed, None)
    if cut is None and end < len(lines):
        above = end - 1
        while above > start and not lines[above].strip():
            above -= 1
        cut = next((at for at in reversed(blank) if at < above), None)
    if cut is None and end == len(lines):
        return
    place = Span(start + 1, len(first["lead"]) + 1, start + 1, len(lines[start]) + 1)
    found.append(Defect("unclosed-fence", "this fence is not closed", place, f"close it with {first['mark']}"))
    if cut is not None:
        lines[cut] = lead + first["mark"]
