"""A fence is never closed.

## What it does
Looks for fences that run to the end of the document, or of the list item that they stand in, and for fences in which
another begins before they are closed; where marks stand that close nothing, or that are indented too far to close one.

## Why it matters
What follows counts as code: headings, steps and branches in it are gone, in a run as on the page.

## Example
    ```sh
    systemctl restart worker

    ## Verify

## How to fix
Close the fence by a line of its own with the same marks. For a fence within a fence give the outer one more marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_runner.lint._fences import Written, misplaced, written
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import SHOWS_MARKDOWN
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_HEADING = regex(r" {0,3}#{1,6} ")
_SECTION = regex(r"(?:^|\n)[ \t]*\n#{2,6} [^\n]+\n[ \t]*\n")


def _find(document: Document) -> Iterator[Defect]:
    elsewhere = misplaced(document)
    first = min(elsewhere, default=0)
    ended = {defect.span.line for defect in document.runbook.defects if defect.code == "unclosed-fence"}
    nested = echo = False
    fences = written(document)
    for at, one in enumerate(fences):
        fence = one.fence
        if first and fence.span.line >= first:
            continue  # marks that close nothing open a fence, and so on down the page
        inner = next((at for at, line in enumerate(fence.text.split("\n")) if one.opens_another(line)), None)
        is_ended = fence.span.line in ended
        if echo and not fence.info and (is_ended or not one.closed):
            echo = False
            continue  # the end of an example that a fence in it has ended before
        shows = inner is not None and fence.info.split(" ")[0].lower() in SHOWS_MARKDOWN
        if inner is not None:
            nested, echo = True, shows
            yield _before(document, one, fence.content_line + inner, shows)
        elif is_ended:
            # The reader ends it before the next heading; what others render goes on.
            yield _open(document, one)
        elif not one.closed and any(line.strip() for line in document.lines[fence.span.end_line :]):
            message = "this fence is never closed: it ends with the item that it stands in"
            yield Defect("unclosed-fence", message, fence.span, _close(one))
        elif not one.closed and not (nested or elsewhere or _is_directive_alone(one)):
            # Where marks went wrong above, those that are left over at the end are not at fault.
            yield _open(document, _swallowing(fences[: at + 1]))


def _is_directive_alone(one: Written) -> bool:
    """Tell whether a page ends with `{include} FILE`: nothing stands below that could count as code."""
    return one.fence.info.startswith("{") and not one.fence.text.strip()


def _close(one: Written) -> str:
    return f"close it by a line with {one.mark} and nothing else"


def _before(document: Document, one: Written, line: int, shows: bool) -> Defect:
    """Return what is wrong with a fence in which another begins."""
    span = one.fence.span
    if shows:
        message = f"the fence in line {line} ends this example, whose rest becomes the page's"
        longer = f"give this one a mark more, {one.mark + one.mark[0]}, and its end as well"
        return Defect("unclosed-fence", message, span, longer)
    if deep := _too_deep(document, one, line):
        return deep
    message = f"this fence is not closed before the one in line {line} begins: what lies between counts as code"
    return Defect("unclosed-fence", message, span, _close(one))


def _open(document: Document, one: Written) -> Defect:
    """Return what is wrong with a fence that nothing closes."""
    span = one.fence.span
    end = _end(document, one)
    goes_on = f"goes on to the marks in line {end}" if end else ""
    below = document.lines[span.line : span.line + 1]
    if not one.fence.info and not any(line.strip() and not _HEADING.match(line) for line in below):
        message = "these marks close nothing, so they begin a fence: everything below them counts as code"
        if goes_on:
            message = f"these marks close nothing, so they begin a fence, which {goes_on}"
        return Defect(
            "unclosed-fence", message, span, "take them away, or mend the fence above that they were to close"
        )
    if deep := _too_deep(document, one, span.end_line):
        return deep
    message = "this fence is never closed: everything below it counts as code"
    if goes_on:
        message = f"this fence {goes_on}: what lies between counts as code"
    return Defect("unclosed-fence", message, span, _close(one))


def _end(document: Document, one: Written) -> int:
    """Return the line of the marks that end a fence all the same, wherever the author meant it to; 0 for none."""
    deep = " " * (one.fence.span.column + 3)
    lines = enumerate(document.lines[one.fence.span.line :], one.fence.span.line + 1)
    return next((number for number, line in lines if one.closes(line) and not line.startswith(deep)), 0)


def _too_deep(document: Document, one: Written, end: int) -> Defect | None:
    """Return the finding about marks that are indented too far to close a fence."""
    start = one.fence.content_line
    lines = ((at, document.lines[at - 1]) for at in range(start, end))
    number = next((at for at, line in lines if one.closes(line) and ">" not in line), None)
    if number is None:
        return None
    message = f"the marks in line {number} are indented too far to close this fence"
    return Defect("unclosed-fence", message, one.fence.span, "indent them as far as the fence")


def _swallowing(fences: Sequence[Written]) -> Written:
    """Return the fence at fault where the last one is left open.

    Where all marks are alike, one that was forgotten makes ends of beginnings from there on: the first fence that
    holds a heading was not closed, and those below it are what lay between.
    """
    found = fences[-1]
    for one in reversed(fences):
        if one.fence.info:
            break  # this one begins for certain
        if _SECTION.search(one.fence.text):
            found = one
    return found


RULE: LintRule = Rule("unclosed-fence", Group.CORRECTNESS, _find, "a fence that is never closed")
