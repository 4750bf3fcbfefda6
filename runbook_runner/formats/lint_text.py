"""What lint found, for people: place, what is wrong, the line, what to type."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from runbook_runner.formats._lint import counted, whole
from runbook_runner.formats._plain import bare, one_line
from runbook_runner.model.finding import Checked, Finding, Look, Severity, Summary

if TYPE_CHECKING:
    from runbook_runner.ports.lint import LintFormat

_TAB = 4
_LOWEST = 20
"""So many runbooks are listed with their scores."""
_CODES = {"error": "1;31", "warning": "33", "place": "1", "quiet": "2", "hint": "32"}


class LintText:
    """`runbook lint` for people."""

    name = "text"
    separator = "\n"

    def opening(self, look: Look) -> str:
        """Return nothing."""
        return ""

    def file(self, checked: Checked, look: Look) -> str:
        """Return the findings of one file, a few lines each."""
        if look.statistics or not checked.findings:
            return ""
        return "".join([line + "\n" for finding in checked.findings for line in _finding(finding, look)])

    def closing(self, summary: Summary, look: Look) -> str:
        """Return the summary, after the numbers by rule when they are asked for."""
        lines = [*_statistics(summary, look), *_scores(summary)] if look.statistics else []
        lines += [f"stale in the baseline: {stale.path}: {stale.count} {stale.code}" for stale in summary.stale]
        if not look.quiet:
            if lines or (summary.flawed and not look.statistics):
                lines.append("")
            lines += _summary(summary)
        return "".join(line + "\n" for line in lines)

    def render(self, subject: Any) -> str:
        """Return a whole report."""
        return whole(self, subject)


def _finding(finding: Finding, look: Look) -> Iterator[str]:
    span = finding.span
    place = _paint(f"{finding.path}:{span.line}:{span.column}", "place", look)
    level = _paint(finding.severity, finding.severity, look)
    yield f"{place}: {level} {finding.code}: {_flat(finding.message)}"
    if finding.excerpt.strip():
        yield from _excerpt(finding, look)
    if finding.hint:
        yield f"      {_paint('= ' + _flat(finding.hint), 'hint', look)}"


def _flat(text: str) -> str:
    # Nearly all of them are as they should be, and there are a hundred thousand.
    return text if text.isascii() and text.isprintable() else one_line(text)


def _excerpt(finding: Finding, look: Look) -> Iterator[str]:
    """Yield the source line, and a caret under the span."""
    span, line = finding.span, finding.excerpt
    start = span.column - finding.excerpt_column
    stop = span.end_column - finding.excerpt_column if span.end_line == span.line else len(line)
    start = max(0, min(start, len(line)))
    stop = max(start, min(stop, len(line.rstrip()) or len(line)))
    if line.isascii() and line.isprintable():
        column, width, shown = start, stop - start, line
    else:
        # What moves the cursor is gone, so count what is left of each part.
        before, under, after = (_visible(part) for part in (line[:start], line[start:stop], line[stop:]))
        before = _expanded(before, 0)
        column = _width(before)
        under = _expanded(under, column)
        width = _width(under)
        shown = before + under + _expanded(after, column + width)
    gutter = f"{span.line:>5} | "
    if look.width and len(gutter) + column + width > look.width:
        shown, column, width = _moved(shown, column, width, look.width - len(gutter))
    elif look.width:
        shown = _cut(shown, look.width - len(gutter))
    level = finding.severity
    yield _paint(gutter, "quiet", look) + shown.rstrip()
    yield _paint("      | ", "quiet", look) + " " * column + _paint("^" * max(width, 1), level, look)


def _visible(text: str) -> str:
    return bare(text).replace("\n", " ")


def _expanded(text: str, column: int) -> str:
    """Return a text with its tabs as spaces, given the column that it starts at."""
    if "\t" not in text:
        return text
    parts = text.split("\t")
    done = ""
    for part in parts[:-1]:
        done += part
        done += " " * (_TAB - (column + _width(done)) % _TAB)
    return done + parts[-1]


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    room = width - 1
    for at, char in enumerate(text):
        room -= _columns(char)
        if room < 0:
            return text[:at] + "…"
    return text


def _moved(text: str, column: int, width: int, room: int) -> tuple[str, int, int]:
    """Return a part of a line that shows the beginning of its span within so many columns."""
    left = max(0, column - room // 3)
    skipped = at = 0
    while skipped < left + 1 and at < len(text):
        skipped += _columns(text[at])
        at += 1
    shown = "…" + text[at:]
    column = column - skipped + 1
    return _cut(shown, room), column, max(1, min(width, room - column))


def _statistics(summary: Summary, look: Look) -> Iterator[str]:
    groups = {rule.code: rule for rule in look.rules}
    for code, count in sorted(summary.codes.items(), key=lambda item: (-item[1], item[0])):
        rule = groups.get(code)
        level = rule.severity if rule else Severity.ERROR
        text = f"  {rule.summary}" if rule else ""
        yield f"{count:>6}  {_paint(f'{level:<7}', level, look)}  {code:<28}{text}".rstrip()


def _scores(summary: Summary) -> Iterator[str]:
    """Yield the runbooks with the lowest scores."""
    if not summary.scores:
        return
    lowest = sorted(summary.scores, key=lambda entry: (entry[1], entry[0]))
    middle = sorted(score for _, score in lowest)[len(lowest) // 2]
    yield ""
    yield f"score of {counted(len(lowest), 'runbook')}, of 100; the middle one has {middle}"
    for path, score in lowest[:_LOWEST]:
        yield f"{score:>6}  {_flat(path)}"
    if len(lowest) > _LOWEST:
        yield f"        … and {len(lowest) - _LOWEST} more, from {lowest[_LOWEST][1]} to {lowest[-1][1]}"


def _summary(summary: Summary) -> list[str]:
    files = (
        f"{summary.flawed} of {counted(summary.files, 'file')}" if summary.flawed else counted(summary.files, "file")
    )
    parts = [counted(summary.errors, "error"), counted(summary.warnings, "warning")]
    text = ", ".join(parts) if summary.errors or summary.warnings else "nothing found"
    notes = [f"{summary.known} in the baseline"] if summary.known else []
    notes += [f"{summary.suppressed} suppressed"] if summary.suppressed else []
    notes += [f"{counted(summary.excluded, 'file')} excluded"] if summary.excluded else []
    lines = ["; ".join([f"{text} in {files}", *notes])]
    if gone := sum(stale.count for stale in summary.stale):
        lines.append(f"{gone} in the baseline are there no more: `--write-baseline` forgets them")
    return lines


def _paint(text: str, style: str, look: Look) -> str:
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if look.colour else text


FORMAT: LintFormat = LintText()
