"""Which block rules can begin a line, by its first character.

The library tries each of its twelve rules on each line, and goes through each paragraph twice: once for an underline
that would make a heading of it. Most lines begin with a letter, where none but a table begins. That is a fifth of
parsing.
"""

from __future__ import annotations

from collections.abc import Callable

from markdown_it import MarkdownIt
from markdown_it.common.utils import mdTrim
from markdown_it.rules_block import StateBlock

Rule = Callable[[StateBlock, int, int, bool], bool]

TABLES = "tables"
"""Key of a parser's environment that says whether the text may hold a table at all: whether there is a `|` in it."""
_MORE = {
    "#": ("heading",),
    ">": ("blockquote",),
    "[": ("reference",),
    ":": ("colons",),
    "+": ("list",),
    **dict.fromkeys("!?=", ("marks",)),
    **dict.fromkeys("`~", ("fence",)),
    **dict.fromkeys("-*_", ("hr", "list")),
    **dict.fromkeys("0123456789", ("list",)),
}
PARAGRAPH = "paragraph"
"""The type of a token that stands for the three that the library makes of a paragraph."""
_CODE = 4
"""Columns of indentation from which a line may be code."""
_LEVELS = {"=": 1, "-": 2}
"""Of a heading that is underlined."""
_MARKS = {level: mark for mark, level in _LEVELS.items()}


class _Chosen:
    """The rules of a parser by the first character of a line, without the one for text; they must not change."""

    def __init__(self, md: MarkdownIt, left_out: tuple[str, ...]) -> None:
        names, rules = md.block.ruler.get_active_rules(), md.block.ruler.getRules("")
        named = [each for each in zip(names, rules, strict=True) if each[0] not in left_out]

        def choose(*wanted: str) -> tuple[Rule, ...]:
            return tuple(rule for name, rule in named if name in wanted)

        self._plain = {first: choose(*more) for first, more in _MORE.items()}
        self._mixed = {first: choose("table", *more) for first, more in _MORE.items()}
        self._table = choose("table")

    def beginning(self, state: StateBlock, line: int) -> tuple[Rule, ...]:
        """Return the rules that a line, which is not empty, may begin by."""
        first = state.src[state.bMarks[line] + state.tShift[line]]
        return self._mixed.get(first, self._table) if state.env[TABLES] else self._plain.get(first, ())

    def begins(self, state: StateBlock, line: int, end: int) -> bool:
        """Tell whether something begins in a line."""
        for rule in self.beginning(state, line):  # noqa: SIM110 - mostly there is none: a generator costs more
            if rule(state, line, end, True):
                return True
        return False


def set_up(md: MarkdownIt) -> None:
    """Let a parser choose its rules by the first character of a line; its rules must not change any more."""
    text = _text_rule(md)
    md.block.ruler.at("paragraph", text)
    md.disable("lheading")
    every = tuple(md.block.ruler.getRules(""))
    chosen = _Chosen(md, ("paragraph",))

    def tokenize(state: StateBlock, line: int, end: int) -> None:
        """Take the place of the library's own loop over the lines of a block."""
        loose = False
        while line < end:
            state.line = line = state.skipEmptyLines(line)
            if line >= end or state.sCount[line] < state.blkIndent:
                break  # what is less indented belongs to the block around this one
            if state.level >= state.md.options.maxNesting:
                state.line = end
                break
            indented = state.sCount[line] - state.blkIndent >= _CODE
            for rule in every if indented else chosen.beginning(state, line):
                if rule(state, line, end, False):
                    break
            else:
                text(state, line, end, False)
            state.tight = not loose
            line = state.line
            # A list knows by this whether its items stand apart.
            loose = loose or (line - 1 < end and state.isEmpty(line - 1))
            if line < end and state.isEmpty(line):
                loose = True
                line += 1
                state.line = line

    md.block.tokenize = tokenize  # type: ignore[method-assign, assignment]


def _text_rule(md: MarkdownIt) -> Rule:
    """Return the rule for paragraphs and for headings that are underlined: the library's two in one."""
    chosen = _Chosen(md, ("paragraph", "lheading", "reference"))  # a reference ends no paragraph

    def text(state: StateBlock, start: int, end: int, _silent: bool) -> bool:
        around, state.parentType = state.parentType, "paragraph"
        line, level = start + 1, 0
        while line < end and not state.isEmpty(line):
            indent = state.sCount[line]
            if indent - state.blkIndent < _CODE:
                if indent >= state.blkIndent and (level := _underline(state, line)):
                    break
                # A line below 0 belongs to a quotation, which has looked at it.
                if indent >= 0 and chosen.begins(state, line, end):
                    break
            line += 1
        if line == start + 1:
            content = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
        else:
            content = state.getLines(start, line, state.blkIndent, False)
        state.line = line + bool(level)
        if level:
            token = state.push("heading_open", f"h{level}", 1)
            token.map, token.markup = [start, state.line], _MARKS[level]
        token = state.push("inline" if level else PARAGRAPH, "", 0)
        token.content, token.map = mdTrim(content), [start, line]
        if level:
            state.push("heading_close", f"h{level}", -1).markup = _MARKS[level]
        state.parentType = around
        return True

    return text


def _underline(state: StateBlock, line: int) -> int:
    """Return the level of the heading that a line underlines; 0 when it does not."""
    begin = state.bMarks[line] + state.tShift[line]
    mark = state.src[begin]
    if mark not in _LEVELS or state.src[begin : state.eMarks[line]].rstrip(" \t").strip(mark):
        return 0
    return _LEVELS[mark]
