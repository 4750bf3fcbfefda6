"""A link leads to a section that another runbook does not have.

## What it does
Looks for links of the form `other.md#section` where the other file exists and has no heading, no `{#id}` and no step
of that name.

## Why it matters
In a run the branch enters the other runbook at its start, and she has to find by hand what was meant.

## Example
    If the disk is full, see [how to clean up](disk-full.md#cleanup).

where `disk-full.md` says `## Clean up`.

## How to fix
Link to the heading's slug as a forge makes it: `disk-full.md#clean-up`. `runbook inspect` lists the sections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runbook_runner.lint._rule import Among
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection, CollectionRule, Outline

_LOOSE = re.compile(r"[\W_]+")


def _find(outline: Outline, among: Collection) -> Iterator[Defect]:
    for reference in outline.references:
        anchor = unquote(reference.anchor)
        if not anchor or not reference.target.lower().endswith((".md", ".markdown")) or anchor.lower() == "top":
            continue
        other = among.outline(normpath(join(dirname(outline.path), reference.target)))
        # Site generators differ in how they make a slug: dashes and case do not count.
        if other is None or _loose(anchor) in {_loose(each) for each in other.anchors}:
            continue
        near = get_close_matches(anchor.lower(), sorted(other.anchors)[:2000], 1, 0.5)
        hint = f"did you mean `{reference.target}#{near[0]}`?" if near else ""
        message = f"`{reference.target}` has no section `#{anchor}`"
        yield Defect("dead-file-anchor", message, reference.span, hint)


def _loose(anchor: str) -> str:
    return _LOOSE.sub("", anchor.lower())


RULE: CollectionRule = Among("dead-file-anchor", Group.CORRECTNESS, _find, "a link to a section another file lacks")
