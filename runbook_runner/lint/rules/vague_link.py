"""A link's text does not say where it leads.

## What it does
Looks for links whose whole text is *here*, *click here*, *this*, *link*, *this page* and the like.

## Why it matters
In a terminal, in print and to a screen reader there is only the text: "see here". In a hurry nobody hovers over a link
to find out whether it is the dashboard or last year's review.

## Example
    See [here](https://grafana.example/d/queue).

## How to fix
Name what is behind it: `See the [dashboard of the queue](https://grafana.example/d/queue).`
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import links, quote, trimmed
from runbook_runner.model.finding import Group
from runbook_runner.model.prose import plain
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "vague-link"
_VAGUE = regex(
    r"(?:click |see |look |read )?here|(?:(?:this|the|that) )?(?:link|page|url|article|site|docs?|one|post)"
    r"|this|that|(?:read |see |learn )?more|details|source",
    re.I,
)


def _find(document: Document) -> Iterator[Defect]:
    for link in links(document):
        text = " ".join(plain(link.children).split())
        if _VAGUE.fullmatch(trimmed(text)):
            message = f"the link text {quote(text)} does not say where it leads"
            yield Defect(_CODE, message, link.span, "name what is behind it: `the [dashboard of the queue](…)`")


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a link called `here`")
