"""A picture has no words that stand for it.

## What it does
Looks for pictures whose alternative text is empty, a file's name, or *image*, *screenshot* and the like.

## Why it matters
`runbook run` works in a terminal, over ssh: what she sees of a picture is its text. So does who prints the page, or has
it read out. A screenshot of a button helps nobody there.

## Example
    ![](images/button.png)

## How to fix
Write what one is to see in it: `![The button "Drain" in the upper right corner](images/button.png)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import special, trimmed
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import Image
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-alt-text"
_NOTHING = regex(
    r"(?:(?:an? )?(?:image|picture|screen ?shot|photo|img|pic|figure|diagram|alt(?: text)?)[\s_-]*\d*"
    r"|screen ?shot .*\d{4}.*|[\w-]+\.(?:png|jpe?g|gif|svg|webp))?",
    re.I,
)
_BADGE = regex(r"shields\.io|badge|/actions/workflows/", re.I)


def _find(document: Document) -> Iterator[Defect]:
    for _, one in special(document):
        if type(one) is Image and _NOTHING.fullmatch(trimmed(one.alt)) and not _BADGE.search(one.target):
            hint = "write between the brackets what one is to see in it"
            yield Defect(_CODE, "nothing says what this picture shows", one.span, hint)


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a picture without words")
