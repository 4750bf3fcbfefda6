"""Something is still to be written.

## What it does
Looks for TODO, FIXME, TBD and *to be written* in the text and in comments of commands. HTML comments are left alone:
readers do not see them.

## Why it matters
The gap is found by the one person who has no time for it. "TODO: Command needed" at 3 a.m. is worse than nothing, for
she reads that there is a way, and not which.

## Example
    ## Mitigation

Todo:
## How to fix
Write it, or say what to do as long as it is not known: *There is no known remedy. Escalate to `storage-lead`.*
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._blocks import blocks
from runbook_runner.lint._genre import Genre, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sections import is_empty
from runbook_runner.lint._text import passages, quote, trimmed, words
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import has_one, regex

_CODE = "todo-text"
_MARK = regex(
    r"(?<!\bno )(?<!/)\b(?:TODO|FIXME|TBD|TBC|TBA|XXX(?=:))\b(?!\.\w|[ -](?i:lists?|items?|comments?)\b)"
    r"|(?i:\bcoming soon\b|\blorem ipsum\b"
    r"|\b(?:still|yet) to be (?:written|documented|filled in|added)\b)"
)
_WHOLE = regex(r"to[ -]be[ -](?:written|added|done|documented|defined|determined|filled in|completed)", re.I)
_SIGNS = ("TODO", "FIXME", "TB", "XXX:", "oming soon", "orem ipsum", "-be-")
_TO_BE = regex("be (?:written|added|done|documented|defined|determined|filled in|completed)")
"""What must stand in the file before it is worth a closer look."""
_IMPACT = regex(r"\bimpact\b", re.I)
_COMMENT = regex(r"(?:^|\s)(?:#|//|--)\s")
_HINT = "write it, or say whom to call as long as it is not known"


def _find(document: Document) -> Iterator[Defect]:
    signs = tuple(sign for sign in _SIGNS if sign in document.runbook.source)
    to_be = _TO_BE.search(document.runbook.source) is not None
    if not signs and not to_be:
        return
    for passage in passages(document):
        if not has_one(passage.text, signs) and not (to_be and _TO_BE.search(passage.text)):
            continue
        phase = document.runbook.phase(passage.phase)
        if genre(document) is Genre.ALERT and _IMPACT.search(phase.title) and is_empty(phase, document):
            continue  # another rule says that the impact is missing
        text = words(passage.inlines) if passage.inlines else passage.text
        match = _MARK.search(text) or _WHOLE.fullmatch(trimmed(text))
        if match:
            alone = phase.level and not re.search(r"\w", text.replace(match[0], "", 1))
            what = f"{quote(phase.title)} is still to be written" if alone else "something here is still to be written"
            mark = match[0].strip()
            yield Defect(_CODE, f"“{mark.rstrip('.')}”: {what}", _place(document, passage.span, mark), _HINT)
    for block in blocks(document):
        for at, line in enumerate(block.fence.text.split("\n")):
            comment = _COMMENT.search(line)
            match = _MARK.search(line, comment.start()) if comment else None
            if match:
                number = block.fence.content_line + at
                place = _place(document, Span(number, 1, number, 1), match[0])
                yield Defect(_CODE, f"“{match[0]}”: something here is still to be written", place, _HINT)


def _place(document: Document, span: Span, mark: str) -> Span:
    """Return where a word stands in a passage."""
    for number in range(span.line, min(span.end_line, len(document.lines)) + 1):
        column = document.lines[number - 1].find(mark)
        if column >= 0:
            return Span(number, column + 1, number, column + 1 + len(mark))
    return span


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "text that is still to be written")
