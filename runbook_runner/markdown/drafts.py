"""What is kept while a phase's steps are found."""

from __future__ import annotations

from msgspec import Struct, field

from runbook_runner.markdown.branches import local
from runbook_runner.model.prose import Block, Link, ListBlock, Paragraph, PhaseKind, Text, plain
from runbook_runner.model.runbook import Guard, Step

ANNOUNCEMENT = 60
TITLE = 100
"""An item's first paragraph that is longer than this is shown whole besides."""


class Scope(Struct, frozen=True):
    """What encloses a block: the list item's title, guards, group and alternative."""

    title: str = ""
    guards: tuple[Guard, ...] = ()
    group: str = ""
    alternative: str = ""
    depth: int = 0


class Draft(Struct):
    """A phase's steps as they are found."""

    slug: str
    title: str
    kind: PhaseKind
    steps: list[Step] = field(default_factory=list)
    prose: list[Block] = field(default_factory=list)
    """Read since the last step."""
    cautions: list[Block] = field(default_factory=list)
    sample: str = ""
    """Whether a paragraph announced the next fence as output: `sure`, `maybe`, `expected` or empty."""
    undo: bool = False
    """The next fence is how to undo the last step."""
    items: int = 0


def words(block: Block) -> str:
    """Return a paragraph's text; empty for other blocks."""
    return plain(block.inlines) if isinstance(block, Paragraph) else ""


def join(guards: tuple[Guard, ...], guard: Guard | None) -> tuple[Guard, ...]:
    """Add a guard, each once."""
    return guards if guard is None or guard in guards else (*guards, guard)


def contents(block: ListBlock) -> bool:
    """Whether a list holds nothing but links into the page."""
    found = False
    for item in block.items:
        for inner in item.blocks:
            match inner:
                case Paragraph(inlines=inlines):
                    for inline in inlines:
                        match inline:
                            case Link() as link if (to := local(link)) is not None and not to.path:
                                found = True
                            case Text(text) if not text.strip(" :.-–—*"):
                                pass
                            case _:
                                return False
                case ListBlock():
                    if not contents(inner):
                        return False
                case _:
                    return False
    return found
