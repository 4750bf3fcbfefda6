"""Two places of the document go by the same name.

## What it does
Looks for explicit anchors (`{#fix}`, `<a id=fix>`, `(fix)=`) that another section has too, as an anchor or as the
slug of its heading, and for step ids that are the name of a section elsewhere. Anchors in HTML, of which programs
write a lot, count where a link of this document leads to them; a document that says above its first section that it
is generated is left out.

## Why it matters
A link to that name leads to one of the two, and not to the one that its author meant.

## Example
    ## Restart the worker {#restart}

    ## Restart the database {#restart}

## How to fix
Give each an anchor of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._sections import is_bare
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_GENERATED = regex(
    r"(?is)<!--(?:(?!-->).){0,200}?"
    r"(?:do not edit\b(?:(?!-->).){0,100}generated|(?:file|document|page) (?:is|was) (?:auto|generated))"
)
_BRACED = regex(r"\{:? ?#[\w:.-]+[^{}]*\}\s*$")
_TOP = 500
"""So many characters of a document may say so."""


def _find(document: Document) -> Iterator[Defect]:
    phases = document.runbook.phases
    if _GENERATED.search(document.runbook.source[:_TOP]):
        return
    # A heading with an anchor of its own in braces has no other where braces count.
    titles = {phase.slug: phase.title for phase in phases if phase.level and not _BRACED.search(_line(document, phase))}
    own = {phase.slug: at for at, phase in enumerate(phases) if phase.level}
    hint = "give each an anchor of its own"
    for at, (phase, below) in enumerate(zip(phases, (*phases[1:], None), strict=False)):
        for anchor in phase.anchors[1:]:
            if below is not None and anchor == below.slug:
                continue  # it stands just above the heading that it names
            above = phases[at - 1] if at else None
            if above and anchor == above.slug and is_bare(above) and not _in_heading(document, phase, anchor):
                continue  # or just below it
            if own.get(anchor, at) > at:
                del own[anchor], titles[anchor]  # the later one, which has no anchor of its own, is called otherwise
            if anchor in titles and anchor != phase.slug and _is_used(document, phase, anchor):
                message = f"`#{anchor}` is the name of the section `{titles[anchor]}`, too"
                yield Defect("duplicate-anchor", message, phase.span, hint)
            titles.setdefault(anchor, phase.title)
    owners = {anchor: phase.slug for phase in phases for anchor in phase.anchors}
    for step in document.runbook.steps:
        name = step.command.attributes.id if step.command else ""
        if name == step.id and name in titles and owners.get(name) != step.phase:
            message = f"`#{name}` is the name of the section `{titles[name]}`, too"
            yield Defect("duplicate-anchor", message, step.span, hint)


def _line(document: Document, phase: Phase) -> str:
    return document.lines[phase.span.line - 1]


def _in_heading(document: Document, phase: Phase, anchor: str) -> bool:
    return anchor in _line(document, phase)


def _is_used(document: Document, phase: Phase, anchor: str) -> bool:
    """Tell whether links go by an anchor: it is an author's own `{#id}`, or the document has such a link."""
    line = _line(document, phase)
    if f'name="{anchor}" id="' in line and f'id="{anchor}"' not in line:
        return False  # a generator's links find it by the id
    source = document.runbook.source
    return f"{{#{anchor}" in line or f"](#{anchor})" in source or f"](<#{anchor}>)" in source


RULE: LintRule = Rule("duplicate-anchor", Group.CORRECTNESS, _find, "two places with the same name")
