"""A step does not say what to do.

## What it does
Looks, in the parts of a runbook where one acts, for short steps, items and paragraphs that only name an activity,
"check the logs", "investigate", "make sure all is ok", without a command, a link, a number or a name in backticks.

## Why it matters
The author sees a picture before him when he reads it. She sees four words, at 3 a.m., and has to find out which logs,
where, and what would be wrong in them.

## Example
    1. Check the logs.
    2. Fix the issue.

## How to fix
Write the command, or link to the place, and say what to look for:

    1. Look for `deadlock` in the worker's log of the last quarter of an hour:

       ```sh
       kubectl -n payments logs deploy/worker --since=15m
       ```
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import inside, quote, words
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import (
    Block,
    CodeSpan,
    Fence,
    Image,
    Item,
    Link,
    ListBlock,
    Paragraph,
    PhaseKind,
    Table,
    walk,
)
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "vague-step"
_VAGUE = regex(
    r"(?:(?:please|then|now|next|finally|also|first|just|additionally),? )*(?:"
    r"(?:check|inspect|review|examine|monitor|verify|investigate|debug|diagnose|troubleshoot|analy[sz]e|watch"
    r"|look (?:at|into))"
    r"(?! (?:out )?(?:if|whether|that|when|why|how|which|who|what|where|with|by|again|back)\b)(?: [\w./'’-]+,?){0,7}"
    r"|(?:fix|resolve|solve|mitigate|address|remediate|correct|repair)(?: (?:the|any|all|its|it|this))*(?: [\w-]+)?"
    r" ?(?:issues?|problems?|causes?|errors?|incidents?|failures?|bugs?|rules?|it|this)?"
    r"|(?:make sure|ensure|verify|check|confirm)(?: that| if| whether)? (?:everything|all|it|things|(?:the )?\w+)"
    r" (?:is|are|looks?|works?|seems?|runs?)(?: all)?(?: working| running| looking| performing)?"
    r" (?:ok|okay|fine|good|well|healthy|as expected|normal(?:ly)?|correct(?:ly)?|properly|working)"
    r"|take (?:the )?(?:appropriate|necessary|corrective|required|needed) (?:actions?|measures?|steps?)"
    r"|(?:do|perform) (?:the )?(?:needful|usual (?:checks?|steps?|things?)|basic checks?|sanity checks?)"
    r")",
    re.I,
)
_SAYS = regex(
    r"\d|%|[\"“”]|->|→"
    r"|\b(?:until|greater|less|more than|above|below|equal|missing|empty|full|expired|printed|output)\b",
    re.I,
)
"""What makes a short sentence exact after all."""
_SHOWS = frozenset({Fence, ListBlock, Table})
_POINTS = (CodeSpan, Link, Image)
_HINT = "write the command or link to the place, and say what to look for"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    for phase in document.runbook.phases:
        if phase.kind in {PhaseKind.READ, PhaseKind.CHANGE} or phase.steps:
            yield from _in(phase, phase.blocks)


def _in(phase: Phase, blocks: tuple[Block, ...]) -> Iterator[Defect]:
    acts = phase.kind in {PhaseKind.READ, PhaseKind.CHANGE}
    for at, block in enumerate(blocks):
        # What is vague is rare, and sooner seen than whether a block makes it exact.
        if type(block) is ListBlock:
            for item in block.items:
                if block.ordered or acts:
                    yield from (defect for defect in _item(item) if not _exact(item.blocks))
                if len(item.blocks) > 1:
                    yield from _in(phase, item.blocks[1:])
        elif acts and type(block) is Paragraph:
            for defect in _sentences(block):
                around = (*blocks[max(at - 1, 0) : at], *blocks[at + 1 : at + 2])
                if _SHOWS.isdisjoint(map(type, around)) and not _exact((block,)):
                    yield defect


def _item(item: Item) -> Iterator[Defect]:
    first = item.blocks[0] if item.blocks else None
    if type(first) is Paragraph and ListBlock not in map(type, item.blocks):
        yield from _sentences(first)


def _sentences(block: Paragraph) -> Iterator[Defect]:
    """Report a paragraph every sentence of which is vague; one exact sentence explains the others."""
    text = " ".join(words(block.inlines).split())
    if not _VAGUE.match(text):
        return
    parts = [part.strip().rstrip(".!;") for part in re.split(r"(?<=[.!;])\s+", text) if part.strip()]
    if parts and all(_VAGUE.fullmatch(part) and not _SAYS.search(part) for part in parts):
        span = block.span
        place = Span(span.line, span.column, span.line, span.column + max(len(parts[0]), 1))
        yield Defect(_CODE, f"{quote(parts[0])} does not say how, or what to look for", place, _HINT)


def _exact(blocks: tuple[Block, ...]) -> bool:
    """Tell whether something in the blocks can be run, opened or searched for."""
    for block in walk(blocks):
        if isinstance(block, Fence | Table):
            return True
        inlines = block.inlines if isinstance(block, Paragraph) else ()
        if any(isinstance(one, _POINTS) for one in inside(inlines)):
            return True
    return False


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a step that does not say what to do")
