"""Words that stand for a value without brackets: `INSTANCE_NAME`, `your-namespace`, `--region=REGION`, `i-xxxxxxxx`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.regex import has_one, regex

_CAPITALS = regex(
    r"(?<![\w$%{<\\#.(!&-])"
    r"(?:(?P<yours>(?:YOUR|MY)[_-][A-Z0-9][A-Z0-9_-]*|[Yy]our[_-][a-z0-9][a-z0-9_-]*)"
    r"|(?P<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:NAME|ID|IDS|IP|HOST|HOSTNAME|ADDRESS|REGION|ZONE|ARN|NUMBER|HASH|UUID))"
    r"|(?P<blank>(?:[A-Za-z0-9][\w.]*-)*(?:x{4,}|X{3,})(?:[.-](?:x+|X+|[yYzZ]{2,}))*))(?![\w=}>(])"
)
_SIGNS = ("_", "xxxx", "XXX", "our-", "OUR-", "MY-")
"""Each of them holds one of these."""
_OPTION = regex(r"(?<![\w-])--([a-z][a-z-]*)[= ]([A-Z][A-Z_]+)(?![\w=.(-])")
_ELSE = regex(
    r"\b(?:e?grep|fgrep|rg|sed|awk|perl|jq|python3?|export|unset|printenv|declare|read|env|mktemp|custom-columns)\b|"
    r"(?:^|\s)(?:-e|--env|--build-arg|-F)[ =]?$"
)
"""Where such a word is a pattern, the name of a variable, or a column."""


def find(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and word of each; not where the text holds a document or sets a variable of that name."""
    if "<<" in text:
        return
    for match in _CAPITALS.finditer(text) if has_one(text, _SIGNS) else ():
        if _stands(text, match.start(), match[0], anywhere=match["yours"] is not None):
            yield match.start(), match.end(), match[0]
    for match in _OPTION.finditer(text) if "--" in text else ():
        option, word = match[1].replace("-", "_").upper(), match[2]
        fits = option == word or option.endswith("_" + word)
        if fits and not _CAPITALS.fullmatch(word) and _stands(text, match.start(2), word, anywhere=False):
            yield match.start(2), match.end(2), word


def _stands(text: str, start: int, word: str, *, anywhere: bool) -> bool:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    if line.lstrip()[:1] == "#" or line.count("'") % 2 or not (anywhere or line.count('"') % 2 == 0):
        return False
    piece = re.split(r"[|;&]", line)[-1]
    if not piece.strip() or _ELSE.search(piece):  # it is the command, or no value
        return False
    name = re.sub(r"\W", "_", word)
    return re.search(rf"\b{name}=|\$\{{?{name}\b", text) is None
