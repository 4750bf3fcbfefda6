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

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from runbook_runner.lint._near import Nearest
from runbook_runner.lint._rule import Among
from runbook_runner.lint._site import is_moved, more_links, writes_pages
from runbook_runner.model.finding import Group
from runbook_runner.model.near import same_section
from runbook_runner.model.slug import unprefixed
from runbook_runner.model.span import Defect
from runbook_runner.regex import regex

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection, CollectionRule, Outline, Reference

_PAGE = frozenset(["top", "readme", "start-of-content"])
_MANY = 3
"""So many dead links to one page are told; that there are more is said at the last."""
_LOOSE = regex(r"[\W_]+")


def _find(outline: Outline, among: Collection) -> Iterator[Defect]:
    if not outline.references or is_moved(outline.path):
        return
    nearest = Nearest(0.5)
    others: dict[str, Outline] = {}
    known: dict[str, frozenset[str]] = {}
    dead: dict[str, list[tuple[Reference, str]]] = {}
    for reference in outline.references:
        anchor = unprefixed(unquote(reference.anchor))
        if not anchor or anchor.lower() in _PAGE or anchor[0] == "+":  # `#+pool.size` is what a build of a manual makes
            continue
        if not reference.target.lower().endswith((".md", ".markdown")):
            continue
        other = among.outline(normpath(join(dirname(outline.path), reference.target)))
        # Site generators differ in how they make a slug: dashes and case do not count.
        if other is None or other.made:
            continue
        if other.path not in known:
            others[other.path] = other
            known[other.path] = frozenset(map(_loose, other.anchors))
        if _loose(anchor) in known[other.path]:
            continue
        dead.setdefault(other.path, []).append((reference, anchor))
    for path, found in dead.items():
        if writes_pages(path, among) or (len(found) >= _MANY and len(known[path]) <= 1):
            continue  # that page is made
        for (reference, anchor), more in zip(found, (*[0] * (_MANY - 1), len(found) - _MANY), strict=False):
            yield _dead(reference, anchor, others[path], nearest, more)


def _dead(reference: Reference, anchor: str, other: Outline, nearest: Nearest, more: int) -> Defect:
    near = nearest.to(anchor.lower(), sorted(other.anchors))
    near = near if same_section(anchor.lower(), near) else ""
    hint = f"did you mean `{reference.target}#{near}`?" if near else "write the section, or mend the link"
    if more:
        hint += f"; {more_links(more)} to sections that it lacks"
    message = f"`{reference.target}` has no section `#{anchor}`"
    return Defect("dead-file-anchor", message, reference.span, hint)


def _loose(anchor: str) -> str:
    return _LOOSE.sub("", anchor.lower())


RULE: CollectionRule = Among("dead-file-anchor", Group.CORRECTNESS, _find, "a link to a section another file lacks")
