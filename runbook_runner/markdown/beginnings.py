"""Which block rules can begin a line, by its first character.

The library tries each of its twelve rules on each line; most lines begin with a letter, where three of them can match.
That is an eighth of parsing.
"""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

Rule = Callable[[StateBlock, int, int, bool], bool]

_ANY = ("table", "lheading", "paragraph")
"""What a line that begins with any character may be."""
_MORE = {
    "#": ("heading",),
    ">": ("blockquote",),
    "[": ("reference",),
    ":": ("colons",),
    "+": ("list",),
    **dict.fromkeys("!?", ("marks",)),
    **dict.fromkeys("`~", ("fence",)),
    **dict.fromkeys("-*_", ("hr", "list")),
    **dict.fromkeys("0123456789", ("list",)),
}
_CODE = 4
"""Columns of indentation from which a line may be code."""


def tokenizer(md: MarkdownIt) -> Callable[[StateBlock, int, int], None]:
    """Return what takes the place of the parser's own loop over the lines of a block; its rules must not change."""
    names, rules = md.block.ruler.get_active_rules(), tuple(md.block.ruler.getRules(""))

    def choose(wanted: tuple[str, ...]) -> tuple[Rule, ...]:
        return tuple(rule for name, rule in zip(names, rules, strict=True) if name in wanted)

    letters = choose(_ANY)
    by_first = {first: choose((*_ANY, *more)) for first, more in _MORE.items()}

    def tokenize(state: StateBlock, line: int, end: int) -> None:
        loose = False
        while line < end:
            state.line = line = state.skipEmptyLines(line)
            if line >= end or state.sCount[line] < state.blkIndent:
                break  # what is less indented belongs to the block around this one
            if state.level >= state.md.options.maxNesting:
                state.line = end
                break
            first = state.src[state.bMarks[line] + state.tShift[line]]
            indented = state.sCount[line] - state.blkIndent >= _CODE
            for rule in rules if indented else by_first.get(first, letters):
                if rule(state, line, end, False):
                    break
            state.tight = not loose
            line = state.line
            # A list knows by this whether its items stand apart.
            loose = loose or (line - 1 < end and state.isEmpty(line - 1))
            if line < end and state.isEmpty(line):
                loose = True
                line += 1
                state.line = line

    return tokenize
