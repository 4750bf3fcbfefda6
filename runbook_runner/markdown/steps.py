"""The blocks of a phase -> its steps."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from runbook_runner.markdown import lists, signs, tables
from runbook_runner.markdown.branches import Branches
from runbook_runner.markdown.drafts import ANNOUNCEMENT, TITLE, Draft, Scope, contents, join, words
from runbook_runner.markdown.fences import Fences, Shells, echoes, typed
from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.guards import Predicates, step_guard
from runbook_runner.markdown.numbers import Numbers
from runbook_runner.markdown.titles import commented, dull, short
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.prose import (
    Admonition,
    Block,
    Fence,
    Item,
    ListBlock,
    Paragraph,
    PhaseKind,
    Quote,
    Table,
    holds,
    plain,
    walk,
)
from runbook_runner.model.runbook import Branch, Guard, Step, StepKind
from runbook_runner.model.span import Span


class Steps:
    """Finds the steps of one phase."""

    def __init__(self, fences: Fences, predicates: Predicates) -> None:
        self.fences = fences
        self.predicates = predicates
        self.branches = Branches(predicates)

    def find(
        self, slug: str, title: str, kind: PhaseKind, blocks: tuple[Block, ...], numbered: dict[int, str] | None = None
    ) -> tuple[Step, ...]:
        """Return the steps of a phase, with places for ids; `numbered` are the headings that have a number."""
        draft = Draft(slug, title, kind)
        blocks = lists.rejoined(blocks)
        self.numbers = Numbers.of(blocks, numbered or {})
        self.branches.numbers = self.numbers.known()
        self.shells = Shells()
        self._walk(draft, blocks, Scope())
        if draft.steps and (draft.prose or draft.cautions):
            last = draft.steps[-1]
            draft.steps[-1] = replace(
                last, prose=(*last.prose, *draft.prose), cautions=(*last.cautions, *draft.cautions)
            )
        steps = self.numbers.resolve(slug, draft.steps)
        if not any(step.group for step in steps):
            return tuple(steps)
        sizes = Counter(step.group for step in steps)
        return tuple(replace(step, group="") if sizes[step.group] == 1 else step for step in steps)

    # --- blocks -------------------------------------------------------------------------------

    def _walk(self, draft: Draft, blocks: tuple[Block, ...], scope: Scope) -> None:
        owner = scope
        for at, block in enumerate(blocks):
            following = blocks[at + 1] if at + 1 < len(blocks) else None
            match block:
                case Paragraph():
                    self._paragraph(draft, block, following)
                    owner = scope
                case Fence():
                    self._fence(draft, block, owner, blocks[at - 1] if at else None)
                case ListBlock():
                    owner = self._list(draft, block, scope, following, blocks[at - 1] if at else None)
                case Admonition():
                    self._admonition(draft, block, scope)
                case Table() if found := tables.cases(block, self.predicates):
                    self._branch(draft, found, block, whole=False)
                case Quote(blocks=inner):
                    if holds(inner, (Fence, ListBlock)):
                        self._walk(draft, inner, scope)
                    else:
                        draft.prose.append(block)
                case _:
                    draft.prose.append(block)

    def _admonition(self, draft: Draft, block: Admonition, scope: Scope) -> None:
        inner = block.blocks
        if not holds(inner, Fence):
            draft.cautions.append(block)
            return
        text = tuple(b for b in inner if isinstance(b, Paragraph))
        draft.cautions.append(replace(block, blocks=text))
        self._walk(draft, tuple(b for b in inner if not isinstance(b, Paragraph)), scope)

    def _paragraph(self, draft: Draft, block: Paragraph, following: Block | None) -> None:
        flat = Flat(block.inlines)
        draft.sample, draft.undo = "", False
        last = draft.steps[-1] if draft.steps else None
        if last is not None and signs.is_rollback(flat):
            draft.steps[-1] = replace(last, rollback=(*last.rollback, block))
            draft.undo = signs.rollback_announces(flat)
            return
        if isinstance(following, Fence):
            draft.sample = signs.announces(flat, following.text)
        if last is not None and signs.is_expectation(flat):
            expected = signs.expectations(flat, block.span, self.predicates)
            draft.steps[-1] = replace(last, expected=(*last.expected, *expected))
            draft.sample = "expected" if expected and not flat.text.rstrip().endswith(":") else "sure"
            return
        found = self.branches.find(flat, block.span, item=False)
        if found.branches:
            self._branch(draft, found.branches, block, whole=found.whole)
            return
        draft.prose.append(block)

    def _branch(self, draft: Draft, branches: tuple[Branch, ...], block: Block, *, whole: bool) -> None:
        """Hang branches on the step before them, or make a decision of them."""
        paragraphs = all(isinstance(b, Paragraph | Fence) for b in draft.prose) and len(draft.prose) <= 2
        if draft.steps and paragraphs:
            last = draft.steps[-1]
            kept = tuple(draft.prose) + (() if whole else (block,))
            draft.prose = []
            draft.steps[-1] = replace(last, branches=(*last.branches, *branches), prose=(*last.prose, *kept))
            return
        title = next((plain(b.inlines) for b in reversed(draft.prose) if isinstance(b, Paragraph)), draft.title)
        if not whole:
            draft.prose.append(block)
        self._add(draft, StepKind.DECISION, title, block.span, Scope(), branches=branches)

    # --- fences -------------------------------------------------------------------------------

    def _fence(self, draft: Draft, block: Fence, scope: Scope, before: Block | None) -> None:
        sample, undo = draft.sample, draft.undo
        draft.sample = ""
        if undo and draft.steps:
            last = draft.steps[-1]
            draft.steps[-1] = replace(last, rollback=(*last.rollback, block))
            return
        if sample == "example":
            # `For example:` shows a command as often as an output; what was typed before is repeated with its output.
            sample = "maybe" if typed(block) and not echoes(block, draft.steps) else "sure"
        commands = self.fences.read(block, draft.kind, self.shells, sample=sample)
        if commands[0].handling is Handling.SHOW:
            if isinstance(before, ListBlock) and before.ordered and lists.unmade(before, draft.steps):
                self._add(draft, StepKind.MANUAL, scope.title, before.items[-1].span, replace(scope, group=""))
            if sample and draft.steps and all(isinstance(b, Paragraph) for b in draft.prose):
                self._sample(draft, block)
            else:
                draft.prose.append(block)
            return
        guard: Guard | None = None
        title = scope.title
        if isinstance(before, Paragraph) and before in draft.prose:
            flat = Flat(before.inlines)
            guard = step_guard(flat, before.span, self.predicates, announces=True)
            if not title or scope.depth == 0 or any(s.title == title and s.phase == draft.slug for s in draft.steps):
                title = plain(before.inlines)
        if not title and (dull(draft.title) or any(step.title == draft.title for step in draft.steps)):
            title = commented(commands[0].source)
        for command in commands:
            self._command(draft, command, title or draft.title, replace(scope, guards=join(scope.guards, guard)))

    def _sample(self, draft: Draft, block: Fence) -> None:
        """Take a fence as what the last step prints; the paragraph that only announced it is spent."""
        last = draft.steps[-1]
        spent = draft.prose[-1:] if draft.prose and len(words(draft.prose[-1])) <= ANNOUNCEMENT else []
        kept = draft.prose[: len(draft.prose) - len(spent)]
        sample = "\n".join(filter(None, (last.sample, block.text.rstrip("\n"))))
        draft.steps[-1] = replace(last, sample=sample, prose=(*last.prose, *kept))
        draft.prose = []

    def _command(self, draft: Draft, command: Command, title: str, scope: Scope) -> None:
        self._add(draft, StepKind.COMMAND, title, command.span, scope, command=command)
        if command.sample:
            draft.steps[-1] = replace(draft.steps[-1], sample=command.sample)

    # --- lists --------------------------------------------------------------------------------

    def _list(
        self, draft: Draft, block: ListBlock, scope: Scope, following: Block | None, before: Block | None
    ) -> Scope:
        """Read a list; return the scope of an unindented fence after it."""
        sample, draft.sample = draft.sample, ""
        if contents(block):
            draft.prose.append(block)
            return scope
        fenced = holds((block,), Fence)
        if not fenced and draft.prose and signs.explains(words(draft.prose[-1])):
            draft.prose.append(block)
            return scope
        if draft.steps and sample == "sure" and not fenced and self._expected_items(draft, block):
            return scope
        if calls := lists.escalations(before, block, self.predicates):
            self._branch(draft, calls, block, whole=True)
            return scope
        if self._branch_list(draft, block):
            for at in range(len(block.items)):
                self.numbers.note(block, at, len(draft.steps) - 1)
            return scope
        fence_below = isinstance(following, Fence) and lists.ends_its_list(block)
        numbered = block.ordered
        if lists.checklist(block) or lists.promised(before, block):
            block = replace(block, ordered=True)
        inner = replace(scope, guards=join(scope.guards, lists.condition(before, self.predicates)))
        last, known = scope, self.branches.numbers
        if block.ordered and scope.depth:
            self.branches.numbers = frozenset()  # `step 2` could be of this list or of the one around it
        for at, item in enumerate(block.items):
            self.numbers.note(block, at, len(draft.steps))
            open_end = at == len(block.items) - 1 and fence_below
            last = self._item(draft, block, item, inner, open_end=open_end)
        self.branches.numbers = known
        return last if numbered or fence_below else scope

    def _expected_items(self, draft: Draft, block: ListBlock) -> bool:
        flats = [Flat(p.inlines) for item in block.items for p in item.blocks[:1] if isinstance(p, Paragraph)]
        if not flats or any(self.branches.find(flat, block.span, item=True).branches for flat in flats):
            return False
        step = draft.steps[-1]
        found = [e for flat in flats for e in signs.expectations(flat, block.span, self.predicates)]
        draft.steps[-1] = replace(step, expected=(*step.expected, *found))
        return True

    def _branch_list(self, draft: Draft, block: ListBlock) -> bool:
        """Take a list of branches; hints among them stay prose."""
        found, hints = lists.branching(block, self.branches)
        if not found:
            return False
        self._branch(draft, found, replace(block, items=hints), whole=not hints)
        return True

    def _item(self, draft: Draft, block: ListBlock, item: Item, scope: Scope, *, open_end: bool) -> Scope:
        first = item.blocks[0] if item.blocks else None
        fences = holds(item.blocks, Fence)
        nested = holds(item.blocks, ListBlock)
        ordered_below = nested and any(isinstance(b, ListBlock) and b.ordered for b in walk(item.blocks))
        if not (block.ordered or fences or ordered_below or open_end):
            for below in item.blocks[1:]:
                if isinstance(below, ListBlock):
                    self._branch_list(draft, below)
            draft.prose.append(replace(block, items=(item,), span=item.span))
            return scope
        # What a paragraph of the item before announced ends with that item.
        draft.sample, draft.undo = "", False
        draft.items += 1
        name = f"{draft.slug}-item-{draft.items}"
        title, guard = "", None
        rest = item.blocks
        if isinstance(first, Paragraph):
            flat = Flat(first.inlines)
            title, guard = plain(first.inlines), step_guard(flat, first.span, self.predicates)
            found = self.branches.find(flat, first.span, item=True)
            if found.branches and not fences:
                kind = StepKind.DECISION if found.whole else StepKind.MANUAL
                self._add(draft, kind, title, first.span, scope, branches=found.branches)
                self._walk(draft, item.blocks[1:], replace(scope, depth=scope.depth + 1))
                return scope
            if len(title) <= TITLE or not fences:
                rest = item.blocks[1:]
        inner = Scope(
            title or scope.title,
            join(scope.guards, guard),
            scope.group or name,
            scope.alternative or (name if not block.ordered and draft.kind is PhaseKind.CHANGE else ""),
            scope.depth + 1,
        )
        count = len(draft.steps)
        if not fences and not ordered_below and not open_end:
            self._manual(draft, item, rest, title, replace(inner, group=scope.group))
            return inner
        self._walk(draft, rest, inner)
        made = len(draft.steps) - count
        if made == 0 and not open_end:
            pending, draft.prose = draft.prose, []
            self._add(draft, StepKind.MANUAL, title, item.span, replace(inner, group=scope.group))
            draft.steps[-1] = replace(draft.steps[-1], prose=tuple(pending))
        if made and draft.prose and not open_end:
            # What stands below a command in its own item says how to read its answer.
            step, pending, draft.prose = draft.steps[-1], draft.prose, []
            draft.steps[-1] = replace(step, prose=(*step.prose, *pending))
        return inner

    def _manual(self, draft: Draft, item: Item, rest: tuple[Block, ...], title: str, scope: Scope) -> None:
        if not title and not rest:
            return
        self._add(draft, StepKind.MANUAL, title or draft.title, item.span, scope)
        if len(title) > TITLE:
            draft.steps[-1] = replace(draft.steps[-1], prose=(*draft.steps[-1].prose, item.blocks[0]))
        before = len(draft.steps)
        self._walk(draft, rest, replace(scope, title=title))
        if len(draft.steps) == before and draft.prose:
            step = draft.steps[-1]
            draft.steps[-1] = replace(step, prose=(*step.prose, *draft.prose))
            draft.prose = []

    def _add(
        self, draft: Draft, kind: StepKind, title: str, span: Span, scope: Scope, *,
        command: Command | None = None, branches: tuple[Branch, ...] = (),
    ) -> None:  # fmt: skip
        step = Step(
            id="", kind=kind, title=short(title, last=title != scope.title) or draft.title, phase=draft.slug, span=span,
            prose=tuple(draft.prose), cautions=tuple(draft.cautions), command=command, branches=branches,
            guards=scope.guards, group=scope.group, alternative=scope.alternative,
        )  # fmt: skip
        draft.prose, draft.cautions = [], []
        draft.steps.append(step)
