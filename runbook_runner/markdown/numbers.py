"""`Go to step 4`: the steps and the headings that have a number, and branches that lead to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.markdown.signs import explains
from runbook_runner.model.prose import Block, ListBlock, Paragraph, plain
from runbook_runner.model.runbook import Branch, Otherwise, Question, Recurrence, Step, StepKind, Timer, ToAnchor
from runbook_runner.regex import regex

MARK = "\0step "
"""Before the number in the anchor of a branch whose step is not named yet."""
_HEADING = regex(r"(?:step\s+(\d{1,2})\b|(\d{1,2})\s*[.:)](?!\d))", re.I)
_NAMED = regex(r"\bstep\s+#?(\d{1,2})\b", re.I)


def headings(titles: Iterable[tuple[str, str]]) -> dict[int, str]:
    """Return number -> slug of the headings (slug, title) that say theirs, each number once."""
    found = [(int(match[1] or match[2]), slug) for slug, title in titles if (match := _HEADING.match(title))]
    counts = Counter(number for number, _ in found)
    return {number: slug for number, slug in found if counts[number] == 1}


class Numbers(Struct):
    """What a number stands for in one phase."""

    lists: tuple[ListBlock, ...] = ()
    """Its ordered lists that stand in no other block."""
    above: dict[int, str] = field(default_factory=dict)
    """The numbered headings of the document."""
    places: dict[int, int] = field(default_factory=dict)
    """An item's number -> the place of its first step."""

    @classmethod
    def of(cls, blocks: tuple[Block, ...], above: dict[int, str]) -> Numbers:
        """Find the numbered items of a phase."""
        lists: list[ListBlock] = []
        for before, block in zip((None, *blocks), blocks, strict=False):
            if type(block) is ListBlock and block.ordered:
                explained = isinstance(before, Paragraph) and explains(plain(before.inlines))
                lists += () if explained else (block,)
        return cls(tuple(lists), above)

    def known(self) -> frozenset[int]:
        """Return the numbers that stand for one thing only."""
        if not self.lists and not self.above:
            return frozenset()
        counts = Counter(block.start + at for block in self.lists for at in range(len(block.items)))
        counts.update(self.above.keys())
        return frozenset(number for number, count in counts.items() if count == 1)

    def note(self, block: ListBlock, at: int, place: int) -> None:
        """Remember where the steps of an item begin."""
        if any(block is one for one in self.lists):
            self.places.setdefault(block.start + at, place)

    def resolve(self, slug: str, steps: list[Step]) -> list[Step]:
        """Name the steps that branches lead to; hang a branch below a list on the step that it speaks of."""
        moved: dict[int, list[Branch]] = {}
        whole = []
        for place, step in enumerate(steps):
            kept, home, before = [], place, None
            for branch in step.branches:
                named = self._named(branch, slug, steps)
                if isinstance(branch.guard, Otherwise) and branch.span == before:
                    pass  # it stays with what it is the other half of
                else:
                    home = self._home(branch, place, len(steps)) if step.kind is not StepKind.DECISION else place
                before = branch.span
                if home == place:
                    kept.append(named)
                else:
                    moved.setdefault(home, []).append(named)
            whole.append(replace(step, branches=tuple(kept)) if step.branches else step)
        for place, more in moved.items():
            whole[place] = replace(whole[place], branches=(*whole[place].branches, *more))
        return whole

    def _named(self, branch: Branch, slug: str, steps: list[Step]) -> Branch:
        match branch.destination:
            case ToAnchor(anchor, "") if anchor.startswith(MARK):
                number = int(anchor.removeprefix(MARK))
                place = self.places.get(number)
                if place is None or place >= len(steps):
                    return replace(branch, destination=ToAnchor(self.above.get(number, f"step-{number}")))
                command = steps[place].command
                name = command.attributes.id if command is not None else ""
                return replace(branch, destination=ToAnchor(name or f"{slug}-{place + 1}"))
        return branch

    def _home(self, branch: Branch, place: int, count: int) -> int:
        match branch.guard:
            case Question(text=text) | Timer(text=text) | Recurrence(text=text):
                match = _NAMED.search(text)
            case _:
                match = None
        line = branch.span.line
        if match is None or any(one.span.line <= line <= one.span.end_line for one in self.lists):
            return place
        number = int(match[1])
        if number not in self.places or number not in self.known():
            return place
        following = [begin for begin in self.places.values() if begin > self.places[number]]
        return min([*following, count]) - 1
