"""A link leads to a section that this document does not have.

## What it does
Looks for links and branch destinations of the form `#anchor` that no heading, no `{#id}` and no step answers to. A
section that is missing is told once, with how many more links lead there.

## Why it matters
In a run the branch leads nowhere, in the middle of an incident: she has to find the right section by hand.

## Example
    - If `exit_code != 0`, go to [Fix](#fixing-it).

    ## Fix it

## How to fix
Link to the heading's slug as a forge makes it: `#fix-it`. `runbook inspect` lists the sections.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from runbook_runner.lint._builds import joined_with, shares_names
from runbook_runner.lint._rule import Among
from runbook_runner.lint._site import is_part, more_links
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection, CollectionRule, Outline


def _find(outline: Outline, among: Collection) -> Iterator[Defect]:
    if not outline.dead or is_part(outline.path):
        return  # one page is built of all parts
    others = (among.outline(path) for path in joined_with(outline.path, among))
    elsewhere = {f"#{anchor}" for other in others if other is not None for anchor in other.anchors}
    shared = shares_names(outline.path, among)
    told: dict[str, list[Defect]] = {}
    for defect in outline.dead:
        # What is like none of this page may be another's.
        if _name(defect) not in elsewhere and not (shared and "did you mean" not in defect.hint):
            told.setdefault(defect.message, []).append(defect)
    for first, *more in told.values():
        also = f"; {more_links(len(more))} there" if more else ""
        yield replace(first, hint=first.hint + also)


def _name(defect: Defect) -> str:
    """Return what the link says, as the reader quotes it."""
    return defect.message.split("`")[1]


RULE: CollectionRule = Among("dead-anchor", Group.CORRECTNESS, _find, "a link to a section that is not there")
