"""The phases of a runbook -> HTML, in the author's order, with its steps made plain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from msgspec import Struct

from runbook_runner.model import prose as p
from runbook_runner.model import runbook as r
from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.graph import Graph, GoTo
from runbook_runner.site import commands, marks, templating
from runbook_runner.site.links import Kind
from runbook_runner.site.paths import fragment
from runbook_runner.site.prose import Prose
from runbook_runner.site.text import attr, esc, esc_code

EFFECTS = {Effect.READ: "reads", Effect.CHANGE: "changes", Effect.UNKNOWN: "effect unknown"}


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
    own_id: bool
    reading: str = ""
    """Id of the step that stands for the whole phase."""


class Document:
    """Renders one runbook's phases."""

    def __init__(self, graph: Graph, prose: Prose) -> None:
        self.graph = graph
        self.runbook = graph.runbook
        self.prose = prose
        self.marks = marks.read(graph.runbook)
        self.macros = templating.macros("step.html")
        self.earlier: dict[str, frozenset[str]] = {}
        sets: frozenset[str] = frozenset()
        for step in self.runbook.steps:
            self.earlier[step.id] = sets
            if step.command is not None:
                sets |= step.command.analysis.sets | {step.command.attributes.capture}
        self.apart = next((phase.slug for phase in self.runbook.phases if phase.role == "rollback"), "")

    def section(self, phase: r.Phase) -> Section:
        """Return a phase, its steps made plain."""
        own = self.prose.take(phase.slug)
        anchors = self.prose.anchors(phase.anchors[1:])
        reading = next((step.id for step in phase.steps if step.kind is r.StepKind.READING), "")
        anchors += self.prose.anchors((reading,))
        body = self.prose.blocks(phase.blocks, self.special)
        kind = str(phase.kind)
        return Section(
            phase.slug, phase.title, self._level(phase), kind, phase.role, Markup(body), Markup(anchors), own
        )  # fmt: skip

    def _level(self, phase: r.Phase) -> int:
        # Headings of a page go down by one: an author's `####` below `##` would be a hole for a screen reader.
        depth, above = 2, phase.parent
        while above:
            parent = self.runbook.phase(above)
            depth += not is_title(self.runbook, parent)
            above = parent.parent
        return min(depth, 6)

    # --- blocks -------------------------------------------------------------------------------

    def special(self, blocks: Sequence[p.Block], at: int) -> tuple[str, int] | None:
        """Take over what belongs to a step."""
        block = blocks[at]
        match block:
            case p.Admonition() if block.span in self.marks.moved:
                return "", 1
            case p.Fence() if block.span in self.marks.commands:
                return self._step(blocks, at)
            case p.Fence() | p.Paragraph() if block.span in self.marks.rollback:
                return self._rollback((block,)), 1
            case p.Paragraph():
                return self._paragraph(block)
            case p.ListBlock():
                return self._list(block)
            case p.Fence() if self.marks.is_sample(block):
                return self.macros.sample(Markup(esc_code(block.text))), 1
            case _:
                return None

    def _step(self, blocks: Sequence[p.Block], at: int) -> tuple[str, int]:
        """Return a fence's commands with what belongs to them: everything up to the last block that is theirs."""
        fence = blocks[at]
        assert isinstance(fence, p.Fence)
        steps = self.marks.commands[fence.span]
        end, until = at + 1, at + 1
        while until < len(blocks) and not self._foreign(blocks[until]):
            until += 1
            if self._belongs(blocks[until - 1], steps):
                end = until
        before = "".join(self.prose.block(caution) for step in steps for caution in self.marks.cautions[step.id])
        found = [step.command for step in steps if step.command is not None]
        cards = "\n".join(
            self._command(step, command) for step, command in zip(steps, commands.cut(tuple(found)), strict=True)
        )
        back = [block for block in blocks[at + 1 : end] if getattr(block, "span", None) in self.marks.rollback]
        rest = [block for block in blocks[at + 1 : end] if block not in back]
        undo = self._rollback(back) if back else self._no_rollback(steps)
        after = self.prose.blocks(rest, self.special)
        return str(self.macros.step(Markup(before), Markup(cards), Markup(after), Markup(undo))), end - at

    def _foreign(self, block: p.Block) -> bool:
        """Tell whether something new begins: another command, or an item of the list around it."""
        if isinstance(block, p.Fence):
            return block.span in self.marks.commands
        return any(isinstance(b, p.Fence) and b.span in self.marks.commands for b in p.walk((block,)))

    def _belongs(self, block: p.Block, steps: Sequence[r.Step]) -> bool:
        owner = self.marks.owner(block)
        ids = {step.id for step in steps}
        if owner is not None:
            return owner.id in ids
        return self.marks.is_sample(block) or self._expected_of(block, steps)

    def _expected_of(self, block: p.Block, steps: Sequence[r.Step]) -> bool:
        if not self.marks.expects(block):
            return False
        assert isinstance(block, p.Paragraph | p.ListBlock)
        lines = range(block.span.line, block.span.end_line + 1)
        return any(e.span.line in lines for step in steps for e in step.expected)

    def _command(self, step: r.Step, command: Command) -> str:
        names = commands.names(command, self.runbook.parameters, self.earlier[step.id])
        lines = commands.lines(command, names.fill)
        own = self.prose.take(step.id)
        return str(
            self.macros.command(
                step=step,
                command=command,
                names=names,
                code=Markup(self.code(lines)),
                parts=len({line.part for line in lines} - {-1}),
                effect=effect_of(command),
                handled=_handled(command),
                because=_because(command),
                id=step.id if own else "",
            )
        )

    def code(self, lines: Sequence[commands.Line]) -> str:
        """Return a command's lines; what is typed stands in elements of its own, one for each text that is run."""
        parts: list[str] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            end = at + 1
            while end < len(lines) and lines[end].part == line.part:
                end += 1
            text = "\n".join(one.html for one in lines[at:end])
            if line.part < 0:
                parts.append(f'<span class="output">{text}</span>')
            else:
                prompt = f'<span class="prompt">{line.prompt}</span>' if line.prompt.strip() else ""
                names = f' data-a="{attr(" ".join(line.assigned))}"' if line.assigned else ""
                parts.append(f'{prompt}<span class="part"{names}>{text}</span>')
            at = end
        return "\n".join(parts)

    def _rollback(self, blocks: Sequence[p.Block]) -> str:
        inner = "\n".join(self._undo(block) for block in blocks)
        return str(self.macros.rollback(Markup(inner)))

    def _undo(self, block: p.Block) -> str:
        match block:
            case p.Paragraph(inlines=inlines):
                return f'<p dir="auto">{"".join(self._typed(inline) for inline in inlines)}</p>'
            case p.Fence(text=text):
                return f'<pre class="typed">{self._fill(text)}</pre>'
            case _:
                return self.prose.block(block, self.special)

    def _typed(self, inline: p.Inline) -> str:
        if isinstance(inline, p.CodeSpan) and " " in inline.text.strip():
            return self._fill(inline.text)
        return self.prose.inlines((inline,))

    def _fill(self, text: str) -> str:
        html, assigned = commands.inline(text, self.runbook.parameters)
        names = f' data-a="{attr(" ".join(assigned))}"' if assigned else ""
        return f'<code class="part"{names}>{html}</code>'

    def _no_rollback(self, steps: Sequence[r.Step]) -> str:
        changes = any(step.command and step.command.effect is Effect.CHANGE for step in steps)
        within = any(self.graph.phase_of(step.id).role in {"rollback", "verify"} for step in steps)
        if not (changes and self.apart) or within:
            return ""
        title = self.runbook.phase(self.apart).title
        return str(self.macros.rollback(Markup(f'<p>Rollback: see <a href="{attr(fragment(self.apart))}">{esc(title)}</a>.</p>')))

    # --- branches -----------------------------------------------------------------------------

    def _paragraph(self, block: p.Paragraph) -> tuple[str, int] | None:
        ids = self._begin(block.span)
        if block.span in self.marks.branches:
            return f'<div class="branches"><p class="branch" dir="auto">{ids}{self._branch(block)}</p></div>', 1
        if self.marks.expects(block):
            return str(self.macros.expected(Markup(self.prose.inlines(block.inlines)))), 1
        if ids:
            return ids + self.prose.block(block), 1
        return None

    def _list(self, block: p.ListBlock) -> tuple[str, int] | None:
        firsts = [item.blocks[0] if item.blocks else None for item in block.items]
        spans = [first.span if isinstance(first, p.Paragraph) else None for first in firsts]
        branching = [span in self.marks.branches for span in spans if span]
        whole = [item.span in self.marks.starts for item in block.items]
        if any(branching) and not block.ordered:
            items = "\n".join(self._branch_item(item) for item in block.items)
            return f'<ul class="branches">\n{items}\n</ul>', 1
        if any(whole) or any(branching) or any(span in self.marks.starts for span in spans if span):
            start = f' start="{block.start}"' if block.ordered and block.start != 1 else ""
            tag = "ol" if block.ordered else "ul"
            items = "\n".join(self._begun_item(item) for item in block.items)
            return f"<{tag}{start}>\n{items}\n</{tag}>", 1
        if self.marks.expects(block):
            plain = self.prose.block(block)
            return str(self.macros.expected(Markup(plain))), 1
        return None

    def _begun_item(self, item: p.Item) -> str:
        return self.prose.item(item, self.special, self._begin(item.span))

    def _branch_item(self, item: p.Item) -> str:
        first = item.blocks[0] if item.blocks else None
        if not isinstance(first, p.Paragraph) or first.span not in self.marks.branches:
            return self.prose.item(item, self.special)
        ids = self._begin(item.span) + self._begin(first.span)
        rest = self.prose.blocks(item.blocks[1:], self.special)
        return f'<li class="branch" dir="auto">{ids}{self._branch(first)}{rest}</li>'

    def _branch(self, block: p.Paragraph) -> str:
        """Return a paragraph that branches: what kind of guard, the author's words, where it leads."""
        found = self.marks.branches[block.span]
        kinds = dict.fromkeys(type(branch.guard).__name__.lower() for _, branch in found)
        guards = "".join(self.macros.guard(kind) for kind in kinds)
        linked = {link.target.removeprefix("#") for link in _links(block.inlines)}
        ends = "".join(
            self.macros.to(**self._leads(step, branch))
            for step, branch in found
            if not (isinstance(branch.destination, r.ToAnchor) and _linked(branch.destination, linked))
        )
        return f'{guards}<span class="words">{self.prose.inlines(block.inlines)}</span>{ends}'

    def _leads(self, step: r.Step, branch: r.Branch) -> dict[str, Any]:
        """Return where a branch leads; what merely goes on is named by the step that it goes on to."""
        if isinstance(branch.destination, r.Continue):
            after = self.graph.after(step.id)
            if isinstance(after, GoTo):
                return {"text": self.title(after.step), "href": fragment(after.step), "kind": "on"}
        return self.destination(branch.destination)

    def destination(self, to: r.Destination) -> dict[str, Any]:
        """Return a destination's words and link."""
        match to:
            case r.ToAnchor(anchor, ""):
                found = self.prose.known.get(anchor.casefold())
                title = self.title(found) if found else f"#{anchor}"
                return {"text": title, "href": fragment(found) if found else "", "kind": "step" if found else "dead"}
            case r.ToAnchor(anchor, path):
                where = self.prose.links.resolve(f"{path}#{anchor}" if anchor else path)
                return {"text": path, "href": where.href, "kind": "page" if where.kind is Kind.PAGE else "dead"}
            case r.Continue():
                return {"text": "the next step", "href": "", "kind": "on"}
            case r.Finish(outcome):
                return {"text": str(outcome).replace("_", " "), "href": "", "kind": "end"}
            case r.Escalate(to=whom):
                return {"text": f"escalate to {whom}" if whom else "escalate", "href": "#rb-call", "kind": "call"}

    def title(self, anchor: str) -> str:
        """Return what stands at an anchor."""
        if anchor in self.graph.steps:
            return self.graph.steps[anchor].title
        for phase in self.runbook.phases:
            if anchor in phase.anchors:
                return phase.title
        return anchor

    def _begin(self, span: p.Span) -> str:
        return "".join(self.prose.anchors((step.id,)) for step in self.marks.starts.get(span, ()))


def is_title(runbook: r.Runbook, phase: r.Phase) -> bool:
    """Tell whether a phase is the document's own title, or what stands before its first heading."""
    return phase.level == 0 or (phase.level == 1 and phase is _top(runbook))


def _top(runbook: r.Runbook) -> r.Phase | None:
    first = [phase for phase in runbook.phases if phase.level == 1]
    headed = [phase for phase in runbook.phases if phase.level]
    return first[0] if len(first) == 1 and headed and headed[0] is first[0] else None


def effect_of(command: Command) -> str:
    """Return the word for a command's effect; what nobody here can judge has none."""
    if command.handling is Handling.INSIDE:
        return "inside"
    return str(command.effect)


def _handled(command: Command) -> str:
    match command.handling:
        case Handling.TERMINAL:
            return "takes the terminal"
        case Handling.BY_HAND:
            return f"by hand: {command.language}"
        case _:
            return ""


def _because(command: Command) -> str:
    if command.handling is Handling.INSIDE:
        return command.why
    reasons = [reason for reason in command.analysis.reasons if reason.effect is command.effect]
    return reasons[0].why if reasons and command.effect is not Effect.READ else ""


def _links(inlines: Sequence[p.Inline]) -> list[p.Link]:
    found: list[p.Link] = []
    for inline in inlines:
        match inline:
            case p.Link():
                found.append(inline)
            case p.Emphasis(children=children):
                found += _links(children)
            case _:
                pass
    return found


def _linked(to: r.ToAnchor, linked: set[str]) -> bool:
    return any(to.anchor in target and to.path.split("/")[-1] in target for target in linked)
