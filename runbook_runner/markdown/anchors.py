"""Links that lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches

from runbook_runner.markdown.branches import local
from runbook_runner.model.prose import Block, Emphasis, Heading, Inline, Link, Paragraph, Table, walk
from runbook_runner.model.span import Defect


def check(blocks: Iterable[tuple[Block, ...]], anchors: frozenset[str], report: Callable[[Defect], None]) -> None:
    """Report each in-page link without a target, with the nearest one that exists."""
    lower = {anchor.lower() for anchor in anchors}
    for part in blocks:
        for link in _links(part):
            target = local(link) if link.target.startswith("#") else None
            if target is None or target.path or target.anchor in anchors or target.anchor.lower() in lower | {"top"}:
                continue
            near = get_close_matches(target.anchor.lower(), sorted(anchors)[:2000], 1, 0.5)
            hint = f"did you mean `#{near[0]}`?" if near else ""
            report(Defect("dead-anchor", f"nothing here is called `#{target.anchor}`", link.span, hint))


def _links(blocks: tuple[Block, ...]) -> Iterator[Link]:
    for block in walk(blocks):
        match block:
            case Paragraph(inlines=inlines) | Heading(inlines=inlines):
                yield from _in(inlines)
            case Table(head=head, rows=rows):
                for row in (head, *rows):
                    for cell in row:
                        yield from _in(cell)
            case _:
                pass


def _in(inlines: tuple[Inline, ...]) -> Iterator[Link]:
    for inline in inlines:
        match inline:
            case Link():
                yield inline
            case Emphasis(children=children):
                yield from _in(children)
            case _:
                pass
