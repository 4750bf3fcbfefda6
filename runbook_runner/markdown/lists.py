"""Lists as their author meant them: put together again, headed by a condition, or saying when to call somebody."""

from __future__ import annotations

import re

from msgspec.structs import replace

from runbook_runner.markdown.branches import Branches, escalation
from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.guards import Predicates, guard_of, step_guard
from runbook_runner.model.prose import Admonition, Block, Fence, Heading, Item, ListBlock, Paragraph, Rule, holds, plain
from runbook_runner.model.runbook import Branch, Escalate, Guard, Step
from runbook_runner.model.span import Span
from runbook_runner.regex import regex

_WHEN = regex(
    r"(?P<call>.+?)\s*,?\s+(?:if|when)\b(?:\s+(?:any|one|either)\b[^:]*|\s+the following[^:]*)?\s*:?$", re.I | re.S
)
_PROMISES = regex(
    r"^(?:in order )?to (?!see\b|learn\b|read\b|know\b|understand\b|summari[sz]e\b|be\b)\w+\b[^.]*(?<!either):$"
    r"|\b(?:following|these|next|below|all(?: of)? the) (?:\w+ )?(?:steps|actions|tasks|procedure|instructions)\b"
    r"[^.]*:$"
    r"|\bdo (?:the following|this|these)\b[^.]*:$|^(?:the )?(?:\w+ )?(?:steps|procedure|actions)(?: \w+){0,3}:$",
    re.I,
)
_ACTS = regex(
    r"\W*(?:then |now |next,? |please |first,? |finally,? )?(?:"
    r"acknowledge|add|announce|apply|ask|attach|back ?up|bump|change|check|choose|clean|clear|click|close|"
    r"collect|commit|compare|complete|configure|confirm|connect|contact|copy|cordon|create|decrease|delete|"
    r"deploy|detach|determine|disable|document|download|drain|edit|enable|ensure|enter|escalate|execute|expand|"
    r"export|file|find|flush|follow|gather|get|go|grant|identify|import|increase|inform|inspect|install|"
    r"investigate|kill|locate|log ?in|login|look|make|merge|monitor|mount|move|navigate|note|notify|open|page|"
    r"paste|pause|perform|pick|post|press|provision|pull|purge|push|put|query|raise|re-?run|record|reduce|"
    r"refresh|reload|remove|rename|repeat|replace|report|request|resize|resolve|restart|restore|resume|revert|"
    r"review|revoke|roll|rotate|run|save|scale|search|select|send|set|silence|ssh|start|stop|submit|switch|"
    r"sync|tag|take|terminate|test|toggle|trigger|try|turn|type|uncheck|uninstall|unmount|update|upgrade|"
    r"upload|use|validate|verify|visit|wait|write"
    r")\b",
    re.I,
)
"""What an instruction begins with."""
_ALERTED = regex(r"(?:this|the|an|your) (?:alert|alarm|page|incident)\b|you (?:are|get|receive|have been)\b", re.I)


def rejoined(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Put a numbered list together that unindented text cuts in pieces: `1. …`, a paragraph, a fence, `2. …`."""
    if sum(type(block) is ListBlock and block.ordered for block in blocks) < 2:
        return blocks
    whole: list[Block] = []
    at = 0
    while at < len(blocks):
        block = blocks[at]
        at += 1
        broken = False
        if isinstance(block, ListBlock) and block.ordered:
            while (found := _continued(block, blocks, at)) is not None:
                then, piece = found
                block = _joined(block, blocks[at:then], piece)
                at = then + 1
                broken = True
            if broken and _announced(blocks[at : at + 2]):
                # Its author indents nothing: what stands below the last item belongs to it too.
                block = _joined(block, blocks[at : at + 2], replace(block, items=(), span=blocks[at + 1].span))
                at += 2
        whole.append(block)
    return tuple(whole)


def _continued(block: ListBlock, blocks: tuple[Block, ...], at: int) -> tuple[int, ListBlock] | None:
    """Return where the list goes on, its next number first, and that piece; None when it does not."""
    wanted = block.start + len(block.items)
    for place in range(at, len(blocks)):
        other = blocks[place]
        if isinstance(other, ListBlock) and other.ordered:
            return (place, other) if other.start == wanted else None
        if isinstance(other, Heading | Rule):
            return None
    return None


def _announced(blocks: tuple[Block, ...]) -> bool:
    return len(blocks) == 2 and isinstance(blocks[0], Paragraph) and isinstance(blocks[1], Fence)


def _joined(block: ListBlock, between: tuple[Block, ...], after: ListBlock) -> ListBlock:
    *items, last = block.items
    end = between[-1].span if between else last.span
    span = Span(last.span.line, last.span.column, end.end_line, end.end_column)
    items.append(Item((*last.blocks, *between), span, last.checked))
    place = Span(block.span.line, block.span.column, after.span.end_line, after.span.end_column)
    return replace(block, items=(*items, *after.items), span=place)


def checklist(block: ListBlock) -> bool:
    """Tell whether each item has a box to tick: such items are steps, numbered or not."""
    return not block.ordered and all(item.checked is not None for item in block.items)


def promised(before: Block | None, block: ListBlock) -> bool:
    """Tell whether a paragraph says that the bullets below it are done one after the other: `To upgrade it:`."""
    if not isinstance(before, Paragraph) or block.ordered or len(block.items) < 2:
        return False
    said = plain(before.inlines).strip()
    if not said.endswith(":") or not _PROMISES.search(re.split(r"(?<=[.!?])\s+", said)[-1]):
        return False
    firsts = [item.blocks[0] for item in block.items if item.blocks]
    acts = [one for one in firsts if isinstance(one, Paragraph) and _ACTS.match(plain(one.inlines))]
    return len(acts) * 3 >= len(block.items) * 2


def ends_its_list(block: ListBlock) -> bool:
    """Tell whether an unindented fence below belongs to the last item: not to a ticked one, or to a full sentence."""
    first = block.items[-1].blocks[0] if block.items and block.items[-1].blocks else None
    said = plain(first.inlines).rstrip() if isinstance(first, Paragraph) else ""
    if checklist(block):
        return said.endswith(":")
    return block.ordered or len(block.items) < 2 or not said.endswith(".")


def unmade(block: ListBlock, steps: list[Step]) -> bool:
    """Tell whether the last item waits for the fence below to be its step."""
    return not steps or steps[-1].span.line < block.items[-1].span.line


def condition(before: Block | None, predicates: Predicates) -> Guard | None:
    """Return the guard of a whole list, from the paragraph that heads it: `If all data is lost, do this:`."""
    if not isinstance(before, Paragraph) or not plain(before.inlines).rstrip().endswith(":"):
        return None
    flat = Flat(before.inlines)
    last = (flat.sentences() or [""])[-1]
    if _ALERTED.search(last.split(",")[0]):
        return None
    flat.text = last
    return step_guard(flat, before.span, predicates)


def branching(block: ListBlock, branches: Branches) -> tuple[tuple[Branch, ...], tuple[Item, ...]]:
    """Return the branches of a list and its items that are hints; no branches when it is another kind of list."""
    found: list[Branch] = []
    hints: list[Item] = []
    for item in block.items:
        first = item.blocks[0] if item.blocks else None
        if holds(item.blocks, Fence):
            return (), ()
        if isinstance(first, Admonition) and not block.ordered:
            hints.append(item)
            continue
        if not isinstance(first, Paragraph):
            return (), ()
        those = branches.find(Flat(first.inlines), first.span, item=True)
        if those.branches:
            found += those.branches
        elif block.ordered:
            return (), ()
        if not those.whole or len(item.blocks) > 1:
            hints.append(item)
    return tuple(found), tuple(hints)


def escalations(before: Block | None, block: ListBlock, predicates: Predicates) -> tuple[Branch, ...]:
    """Return the branches of `Escalate to the storage team if:` and the conditions listed below it."""
    if not isinstance(before, Paragraph) or block.ordered:
        return ()
    head = Flat(before.inlines)
    last = (head.sentences() or [""])[-1]
    match = _WHEN.match(" ".join(last.split()))  # runs of spaces would be gone through again and again
    to = escalation(match["call"], head) if match else None
    if to is None:
        return ()
    found = []
    for item in block.items:
        first = item.blocks[0] if item.blocks else None
        if not isinstance(first, Paragraph) or holds(item.blocks, Fence):
            return ()
        flat = Flat(first.inlines)
        found.append(
            Branch(guard_of(flat.text, flat, first.span, predicates), Escalate(to), flat.show(flat.text), first.span)
        )
    return tuple(found)
