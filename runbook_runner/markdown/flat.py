"""Inlines as one string in which each code span and each link is a single character.

So a sentence can be matched by a regular expression, and what it holds be found again.
"""

from __future__ import annotations

import re
from copy import copy

from runbook_runner.model.prose import Break, CodeSpan, Emphasis, Image, Inline, Link, Text, plain
from runbook_runner.regex import has_one, regex

_CODE, _LINK, _END = 0xE000, 0xF000, 0xF8FF
CODE = "(?-i:[\ue000-\uefff])"
LINK = "(?-i:[\uf000-\uf8ff])"
"""They have no case: in a pattern without one, that is not looked up for each of them when it is compiled."""
_PRIVATE = regex("[\ue000-\uf8ff]")
_STEP = regex(r"\bstep\s+#?(\d{1,2})\b(?!\s*(?:[-–,&]|and|to|or|through)\s*\d)", re.I)
_SENTENCE = regex(r"(?<=[.!?;])\s+(?=[A-Z(`\ue000-\uf8ff])")


class Flat:
    """The string, and what its private characters stand for."""

    def __init__(self, inlines: tuple[Inline, ...]) -> None:
        self.codes: list[CodeSpan] = []
        self.links: list[Link] = []
        self.text = self._flatten(inlines)

    def _flatten(self, inlines: tuple[Inline, ...]) -> str:
        if len(inlines) == 1 and type(only := inlines[0]) is Text and only.text.isascii():
            return only.text
        parts: list[str] = []
        for inline in inlines:
            if type(inline) is Text:
                parts.append(inline.text if inline.text.isascii() else _PRIVATE.sub("?", inline.text))
            elif type(inline) is CodeSpan and len(self.codes) < _LINK - _CODE:
                parts.append(chr(_CODE + len(self.codes)))
                self.codes.append(inline)
            elif type(inline) is Link and len(self.links) <= _END - _LINK:
                parts.append(chr(_LINK + len(self.links)))
                self.links.append(inline)
            elif type(inline) is Emphasis:
                parts.append(self._flatten(inline.children))
            elif type(inline) is Image:
                parts.append(_PRIVATE.sub("?", inline.alt))
            elif type(inline) is Break:
                parts.append(" ")
        return "".join(parts)

    def numbered(self, numbers: frozenset[int], mark: str) -> Flat:
        """Return the same with each `step 4` that has its place as a link there."""
        if not numbers or "step" not in self.text.lower() or not _STEP.search(self.text):
            return self
        other = copy(self)
        other.links = list(self.links)

        def linked(match: re.Match[str]) -> str:
            if int(match[1]) not in numbers or len(other.links) > _END - _LINK:
                return match[0]
            other.links.append(Link("#" + mark + match[1], (Text(match[0]),)))
            return chr(_LINK + len(other.links) - 1)

        other.text = _STEP.sub(linked, self.text)
        return other

    def sentences(self) -> list[str]:
        """Return its sentences."""
        parts = _SENTENCE.split(self.text) if has_one(self.text, ".!?;") else (self.text,)
        return [bare for part in parts if (bare := part.strip())]

    def code(self, character: str) -> CodeSpan:
        """Return the code span that a character stands for."""
        return self.codes[ord(character) - _CODE]

    def link(self, character: str) -> Link:
        """Return the link that a character stands for."""
        return self.links[ord(character) - _LINK]

    def show(self, fragment: str) -> str:
        """Return a fragment as a reader sees it."""

        def shown(match: re.Match[str]) -> str:
            character = match[0]
            if ord(character) < _LINK:
                return self.code(character).text
            return plain(self.link(character).children)

        return " ".join(_PRIVATE.sub(shown, fragment).split())

    def links_in(self, fragment: str) -> list[Link]:
        """Return the links of a fragment."""
        return [self.link(match[0]) for match in re.finditer(LINK, fragment)]

    def codes_in(self, fragment: str) -> list[CodeSpan]:
        """Return the code spans of a fragment."""
        return [self.code(match[0]) for match in re.finditer(CODE, fragment)]
