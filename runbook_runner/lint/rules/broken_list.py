"""A fence that is not indented breaks a numbered list in two.

## What it does
Looks for fences between two numbered lists of which the second goes on where the first ends, or begins again at 1
where all items are written `1.`.

## Why it matters
The fence belongs to no item, and the second half is a list of its own: its numbers begin again at 1, or do on some
pages. "Go to step 4" leads nowhere.

## Example
    1. Restart it:

    ```sh
    systemctl restart worker
    ```

    1. Look at it.

## How to fix
Indent the fence as far as the text of its item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_runner.lint._fences import containers, misplaced
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import Block, Fence, ListBlock
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_NUMBER = regex(r"[ \t>]*(\d{1,9})[.)]")


def _find(document: Document) -> Iterator[Defect]:
    for blocks in containers(document):
        last: Block | None = None
        fences: list[Fence] = []
        for block in blocks:
            if type(block) is Fence and last is not None:
                fences.append(block)
                continue
            what = _broken(_numbers(document, last), _numbers(document, block)) if fences else ""
            if what and fences[0].span.line not in misplaced(document):
                message = f"this fence breaks the list in two: {what}"
                yield Defect("broken-list", message, fences[0].span, "indent it as far as the text of its item")
            last, fences = block if type(block) is ListBlock and block.ordered else None, []


def _broken(before: Sequence[int], after: Sequence[int]) -> str:
    if not before or not after:
        return ""
    if set(before) == {1} and after[0] == 1:
        return "the numbers below it start again at 1"
    if after[0] == before[-1] + 1:
        return f"item {after[0]} below it begins another list, which some pages number from 1"
    return ""


def _numbers(document: Document, block: Block | None) -> tuple[int, ...]:
    """Return the numbers of a list as they are written; empty for other blocks."""
    if not isinstance(block, ListBlock) or not block.ordered:
        return ()
    found = [_NUMBER.match(document.lines[item.span.line - 1]) for item in block.items]
    return tuple(int(match[1]) for match in found if match is not None)


RULE: LintRule = Rule("broken-list", Group.CORRECTNESS, _find, "a list that a fence breaks in two")
