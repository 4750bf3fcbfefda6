"""The phases of a runbook -> HTML, in the author's order, with its steps made plain."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from runbook_runner.model import prose as p
from runbook_runner.model import runbook as r
from runbook_runner.model.graph import Graph
from runbook_runner.model.span import Span
from runbook_runner.site import marks, templating
from runbook_runner.site.branches import Branches
from runbook_runner.site.cards import Cards
from runbook_runner.site.prose import Prose
from runbook_runner.site.text import esc_code, safe


class Section(Struct, frozen=True):
    """A phase on the page."""

    slug: str
    title: str
    level: int
    """Of its heading on the page, 2 to 6."""
    kind: str
    role: str
    body: Markup
    anchors: Markup
    """Its further names, and that of the step that it is as a whole."""
    own_id: bool
    """Its slug is free to be its id."""
    heading: Markup
    """Its title with the links and pictures in it; empty where the title's text is all."""


class Document:
    """Renders one runbook's phases."""

    def __init__(self, graph: Graph, prose: Prose) -> None:
        self.graph = graph
        self.runbook = graph.runbook
        self.prose = prose
        self.marks = marks.read(graph.runbook)
        self.macros = templating.macros("step.html")
        self.branches = Branches(graph, prose, self.marks)
        self.cards = Cards(graph, prose)

    def section(self, phase: r.Phase) -> Section:
        """Return a phase, its steps made plain."""
        own = self.prose.take(phase.slug)
        reading = [step.id for step in phase.steps if step.kind is r.StepKind.READING]
        anchors = self.prose.anchors((*phase.anchors[1:], *reading))
        body = self.prose.blocks(phase.blocks, self.special)
        kind, level = str(phase.kind), self._level(phase)
        heading = safe(self.prose.inlines(phase.heading))
        return Section(phase.slug, phase.title, level, kind, phase.role, safe(body), safe(anchors), own, heading)

    def _level(self, phase: r.Phase) -> int:
        # An author's `####` right below `##` would be a hole for a screen reader: levels go down one by one.
        depth, above = 2, phase.parent
        while above:
            parent = self.runbook.phase(above)
            depth += not is_title(self.runbook, parent)
            above = parent.parent
        return min(depth, 6)

    def special(self, blocks: Sequence[p.Block], at: int) -> tuple[str, int] | None:
        """Take over what belongs to a step."""
        block = blocks[at]
        match block:
            case p.Admonition() if block.span in self.marks.moved:
                return "", 1
            case p.Fence() if block.span in self.marks.commands:
                return self._step(blocks, block, at)
            case p.Fence() | p.Paragraph() if block.span in self.marks.rollback:
                return self.cards.rollback((block,), self.special), 1
            case p.Paragraph():
                return self._paragraph(block)
            case p.ListBlock():
                return self._list(block)
            case p.Fence() if self.marks.is_sample(block):
                return str(self.macros.sample(safe(esc_code(block.text)))), 1
            case _:
                return None

    # --- commands -----------------------------------------------------------------------------

    def _step(self, blocks: Sequence[p.Block], fence: p.Fence, at: int) -> tuple[str, int]:
        """Return a fence's commands with what belongs to them, up to the last block that is theirs."""
        steps = self.marks.commands[fence.span]
        end = self._end(blocks, at + 1, steps)
        warned = "".join(self.prose.block(caution) for step in steps for caution in self.marks.cautions[step.id])
        back = [block for block in blocks[at + 1 : end] if self.marks.is_rollback(block)]
        rest = [block for block in blocks[at + 1 : end] if not self.marks.is_rollback(block)]
        undo = self.cards.rollback(back, self.special) if back else self.cards.elsewhere(steps)
        after = self.prose.blocks(rest, self.special)
        commands = "\n".join(self.cards.commands(steps))
        return str(self.macros.step(safe(warned), safe(commands), safe(after), safe(undo))), end - at

    def _end(self, blocks: Sequence[p.Block], start: int, steps: Sequence[r.Step]) -> int:
        """Return the end of what belongs to a fence's steps; another command ends the search."""
        end = start
        for at in range(start, len(blocks)):
            if any(isinstance(inner, p.Fence) and inner.span in self.marks.commands for inner in p.walk((blocks[at],))):
                break
            if self.marks.belongs(blocks[at], steps):
                end = at + 1
        return end

    # --- paragraphs and lists -----------------------------------------------------------------

    def _paragraph(self, block: p.Paragraph) -> tuple[str, int] | None:
        ids = self._begin(block.span)
        if block.span in self.marks.branches:
            inner = self.branches.sentence(block)
            return f'<div class="branches"><p class="branch" dir="auto">{ids}{inner}</p></div>', 1
        if self.marks.expects(block):
            return str(self.macros.expected(safe(ids + self.prose.inlines(block.inlines)))), 1
        return (ids + self.prose.block(block), 1) if ids else None

    def _list(self, block: p.ListBlock) -> tuple[str, int] | None:
        firsts = [
            item.blocks[0].span for item in block.items if item.blocks and isinstance(item.blocks[0], p.Paragraph)
        ]
        branching = any(span in self.marks.branches for span in firsts)
        if branching and not block.ordered:
            begin = self._begin(block.span)  # the list itself is the step where nothing is run before it
            items = "\n".join(self._branch_item(item) for item in block.items)
            return f'{begin}<ul class="branches">\n{items}\n</ul>', 1
        spans = [*firsts, *(item.span for item in block.items)]
        if branching or any(self.marks.begun(span) for span in spans):
            lead = {item.span: self._begin(item.span) for item in block.items}
            return self.prose.list_of(block, self.special, lead), 1
        if self.marks.expects(block):
            return str(self.macros.expected(safe(self.prose.block(block)))), 1
        return None

    def _branch_item(self, item: p.Item) -> str:
        first = item.blocks[0] if item.blocks else None
        if not isinstance(first, p.Paragraph) or first.span not in self.marks.branches:
            return self.prose.item(item, self.special)
        ids = self._begin(item.span) + self._begin(first.span)
        rest = self.prose.blocks(item.blocks[1:], self.special)
        return f'<li class="branch" dir="auto">{ids}{self.branches.sentence(first)}{rest}</li>'

    def _begin(self, span: Span) -> str:
        return self.prose.anchors([step.id for step in self.marks.begun(span)])


def is_title(runbook: r.Runbook, phase: r.Phase) -> bool:
    """Tell whether a phase is the document's own title, or what stands before its first heading."""
    if phase.level != 1:
        return phase.level == 0
    headed = [each for each in runbook.phases if each.level]
    return headed[0] is phase and sum(each.level == 1 for each in headed) == 1
