"""Which blocks of a document are what of which step: found by the place that both stand at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from runbook_runner.model import prose as p
from runbook_runner.model.runbook import Branch, Runbook, Step, StepKind
from runbook_runner.model.span import Span

_ALARMING = frozenset({"warning", "caution", "danger", "important"})


class Marks(Struct, frozen=True):
    """What the steps say of the blocks."""

    commands: dict[Span, tuple[Step, ...]]
    """By a fence's place: the steps that it holds."""
    starts: dict[tuple[int, int], tuple[Step, ...]]
    """By line and column of an item or a paragraph: the steps without a command that begin there.

    Not by the whole place: an item of a list that was put together again ends later than its block.
    """
    branches: dict[Span, tuple[tuple[Step, Branch], ...]]
    """By a paragraph's place."""
    expected: dict[int, tuple[Span, ...]]
    """Places of expectations, by line."""
    rollback: dict[Span, Step]
    cautions: dict[str, tuple[p.Block, ...]]
    """By step: warnings that the author wrote below its command, and that belong before it."""
    moved: frozenset[Span]
    samples: tuple[str, ...]
    """What the author says that commands print."""

    def begun(self, span: Span) -> tuple[Step, ...]:
        """Return the steps without a command that begin where a block does."""
        return self.starts.get((span.line, span.column), ())

    def owner(self, block: p.Block) -> Step | None:
        """Return the step whose way back, or one of whose branches, a block is."""
        if self.is_rollback(block):
            return self.rollback[block.span]
        for part in _paragraphs(block):
            if part.span in self.branches:
                return self.branches[part.span][0][0]
        return None

    def is_rollback(self, block: p.Block) -> bool:
        """Tell whether a block says how to undo a step."""
        return not isinstance(block, p.Heading | p.Rule | p.Opaque) and block.span in self.rollback

    def belongs(self, block: p.Block, steps: Sequence[Step]) -> bool:
        """Tell whether a block is part of what the author says of some steps."""
        owner = self.owner(block)
        if owner is not None:
            return owner.id in {step.id for step in steps}
        if not self.expects(block):
            return self.is_sample(block)
        lines = range(block.span.line, block.span.end_line + 1)
        return any(expectation.span.line in lines for step in steps for expectation in step.expected)

    def expects(self, block: p.Block) -> bool:
        """Tell whether a block says what success looks like."""
        if not isinstance(block, p.Paragraph | p.ListBlock) or _holds_more(block):
            return False
        lines = range(block.span.line, block.span.end_line + 1)
        return any(span.line >= block.span.line for line in lines for span in self.expected.get(line, ()))

    def is_sample(self, block: p.Block) -> bool:
        """Tell whether a fence shows what a command prints."""
        if not isinstance(block, p.Fence):
            return False
        text = block.text.rstrip("\n")
        return bool(text.strip()) and any(text in sample for sample in self.samples)


def read(runbook: Runbook) -> Marks:
    """Return the marks of a runbook."""
    commands: dict[Span, tuple[Step, ...]] = {}
    starts: dict[tuple[int, int], tuple[Step, ...]] = {}
    branches: dict[Span, tuple[tuple[Step, Branch], ...]] = {}
    expected: dict[int, tuple[Span, ...]] = {}
    rollback: dict[Span, Step] = {}
    cautions: dict[str, tuple[p.Block, ...]] = {}
    moved: set[Span] = set()
    for step in runbook.steps:
        if step.command is not None:
            commands[step.command.span] = (*commands.get(step.command.span, ()), step)
            late = tuple(block for block in step.cautions if _late(block, step.command.span))
            cautions[step.id] = late
            moved |= {block.span for block in late}
        elif step.kind is not StepKind.READING:
            begin = (step.span.line, step.span.column)
            starts[begin] = (*starts.get(begin, ()), step)
        for branch in step.branches:
            branches[branch.span] = (*branches.get(branch.span, ()), (step, branch))
        for expectation in step.expected:
            line = expectation.span.line
            expected[line] = (*expected.get(line, ()), expectation.span)
        rollback |= {block.span: step for block in step.rollback}
    samples = tuple(step.sample for step in runbook.steps if step.sample)
    return Marks(commands, starts, branches, expected, rollback, cautions, frozenset(moved), samples)


def _holds_more(block: p.Block) -> bool:
    """Tell whether a list is more than sentences: its own items may expect something each."""
    return isinstance(block, p.ListBlock) and any(len(item.blocks) != 1 for item in block.items)


def _late(block: p.Block, command: Span) -> bool:
    return isinstance(block, p.Admonition) and block.kind in _ALARMING and block.span.line > command.end_line


def _paragraphs(block: p.Block) -> Iterable[p.Paragraph]:
    match block:
        case p.Paragraph():
            yield block
        case p.ListBlock(items=items):
            for item in items:
                first = _first(item.blocks)
                if first is not None:
                    yield first
        case _:
            pass


def _first(blocks: Sequence[p.Block]) -> p.Paragraph | None:
    return blocks[0] if blocks and isinstance(blocks[0], p.Paragraph) else None
