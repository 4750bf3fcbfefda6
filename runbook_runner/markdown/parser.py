"""The Markdown parser as we set it up: CommonMark, tables, strikethrough, two notations of admonitions, no HTML.

The inline rules for code, links and images are wrapped, so that their tokens know where in their block they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from runbook_runner.markdown.beginnings import PARAGRAPH, TABLES, set_up
from runbook_runner.regex import regex

Environment = MutableMapping[str, Any]
"""What the parser of blocks has to tell that of inlines: the links that are named."""

MAX_NESTING = 60
_MAX_INLINE = 20_000
_MAX_BRACKETS = 300
"""Beyond these a block's text is left as it is: link and emphasis rules are quadratic."""
_WITH_PLACE = frozenset({"backticks", "link", "image", "autolink"})
"""Inline rules whose tokens are asked for their place: only these are slowed down by noting it."""
SPECIAL = r"\\|`|~(?=~)|\*|\[|\]|<(?=[^<>\s]+[:@])|&(?=[#A-Za-z])|!(?=\[)|_(?:(?<![A-Za-z0-9]_)|(?![A-Za-z0-9]))"
"""Where an inline rule that we have may begin within a line; the library's own list is for all plugins there are.

Each branch begins with its character: such a pattern goes through a text five times as fast.
"""
_NORMAL = regex(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:/[\w/.~+,;=&?-]*)?(?:#[\w.-]*)?|#[\w.-]+|(?:\.{1,2}/)*[\w-][\w./-]*(?:#[\w.-]*)?",
    re.ASCII,
)
"""Addresses that stay as they are: taking one apart and putting it together again is a fifth of reading a link."""
WORDS = r"[^\[\]\n\\`~*_<&!]"
"""Characters that are never special."""
ADDRESS = rf"\]\(({_NORMAL.pattern})\)"
"""What follows the words of a link with an address that stays as it is."""
_LINK = regex(rf"\[({WORDS}+){ADDRESS}", re.ASCII)
_COLONS = regex(r"(:{3,})[ \t]*\{?([A-Za-z][\w-]*)\}?[ \t]*(.*)$")
_MARKS = regex(r"(?:!!!|\?\?\?\+?)[ \t]*([A-Za-z][\w-]*)(?:[ \t]+(?:inline|end))*[ \t]*(?:[\"“](.*?)[\"”])?[ \t]*$")
_TAB = regex(r"===[!+]?[ \t]+\"(.*?)\"[ \t]*$|===[!+]?[ \t]+'(.*?)'[ \t]*$")


@cache
def parser() -> MarkdownIt:
    """Return the parser, made once."""
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    md.disable(["html_block", "html_inline"])
    for name, rule in zip(md.inline.ruler.get_active_rules(), md.inline.ruler.getRules(""), strict=True):
        if name in _WITH_PLACE:
            md.inline.ruler.at(name, _placed(rule))
    md.inline.ruler.before("link", "plain link", _plain_link)
    md.inline.terminator_re = re.compile(rf"\n|{SPECIAL}")
    normalize = md.normalizeLink
    md.normalizeLink = lambda url: url if _NORMAL.fullmatch(url) else normalize(url)  # type: ignore[method-assign]
    alternatives = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "colons", _colons, alternatives)  # type: ignore[arg-type]
    md.block.ruler.before("fence", "marks", _marks, alternatives)  # type: ignore[arg-type]
    # Line ends are normalised already. Inlines are parsed when they are asked for, and texts are joined there.
    md.disable(["normalize", "inline", "text_join", "fragments_join"])
    set_up(md)
    return md


def parse(text: str) -> tuple[list[Token], Environment]:
    """Return the block tokens of a text, those of inlines without children, and what `parse_inline` needs."""
    environment: Environment = {TABLES: "|" in text}
    return parser().parse(text, environment), environment


def parse_inline(content: str, environment: Environment) -> list[Token]:
    """Return the inline tokens of one block's text."""
    if len(content) > _MAX_INLINE or content.count("[") + content.count("![") > _MAX_BRACKETS:
        token = Token("text", "", 0)
        token.content = content
        return [token]
    md = parser()
    return md.inline.parse(content, md, environment, [])


def _placed(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def wrapped(state: StateInline, silent: bool) -> bool:
        start, tokens = state.pos, state.tokens
        count = len(tokens)
        if not rule(state, silent):
            return False
        if not silent:
            for token in tokens[count:] if len(tokens) > count else ():
                if "at" not in token.meta:
                    token.meta = {**token.meta, "at": start, "to": state.pos}
        return True

    return wrapped


def _plain_link(state: StateInline, silent: bool) -> bool:
    match = _LINK.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        opening = state.push("link_open", "a", 1)
        opening.attrs, opening.meta = {"href": match[2]}, {"at": match.start(), "to": match.end()}
        state.push("text", "", 0).content = match[1]
        state.push("link_close", "a", -1)
    state.pos = match.end()
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _begins(state: StateBlock, line: int, characters: str) -> bool:
    start = state.bMarks[line] + state.tShift[line]
    return start < state.eMarks[line] and state.src[start] in characters


def _colons(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`:::warning Title` … `:::`, as Docusaurus and MyST write it."""
    if not _begins(state, start, ":") or state.is_code_block(start):
        return False
    match = _COLONS.match(_line(state, start))
    if match is None:
        return False
    if silent:
        return True
    line, found = start + 1, False
    while line < end:
        text = _line(state, line).rstrip()
        if text == match[1]:
            found = True
            break
        if text and state.sCount[line] < state.blkIndent:
            break
        line += 1
    return _nested(state, match[2], match[3].strip(), (start, line, line + found), 0)


def _marks(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """`!!! warning "Title"` and what is indented below it, as MkDocs writes it; `=== "Tab"` too."""
    if not _begins(state, start, "!?=") or state.is_code_block(start):
        return False
    tab = _begins(state, start, "=")
    match = (_TAB if tab else _MARKS).match(_line(state, start))
    if match is None:
        return False
    if silent:
        return True
    line = last = start + 1
    while line < end:
        if not state.isEmpty(line):
            if state.sCount[line] < state.blkIndent + 4:
                break
            last = line + 1
        line += 1
    if tab and last == start + 1:
        return False
    title = (match[2] or match[1] if tab else match[2]) or ""
    return _nested(state, "" if tab else match[1], title.strip(), (start, last, last), 4)


def _nested(state: StateBlock, kind: str, title: str, place: tuple[int, int, int], indent: int) -> bool:
    """Read what is nested; a tab, which has no kind, is its title and then what is in it, as a page without tabs is."""
    start, stop, after = place
    old: tuple[Any, ...] = (state.parentType, state.lineMax, state.blkIndent)
    state.parentType, state.lineMax, state.blkIndent = "container", stop, state.blkIndent + indent
    if kind:
        token = state.push("admonition_open", "div", 1)
        token.info, token.meta, token.map = kind, {"title": title}, [start, after]
    elif title:
        token = state.push(PARAGRAPH, "", 0)
        token.content, token.map = title, [start, start + 1]
    state.md.block.tokenize(state, start + 1, stop)
    if kind:
        state.push("admonition_close", "div", -1)
    state.parentType, state.lineMax, state.blkIndent = old
    state.line = after
    return True
