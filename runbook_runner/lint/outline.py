"""Runbook -> Outline: what other documents need to know of one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from runbook_runner.model.prose import (
    Break,
    CodeSpan,
    Emphasis,
    Image,
    Inline,
    Link,
    Paragraph,
    Table,
    Text,
    walk,
)
from runbook_runner.model.runbook import Phase, Runbook
from runbook_runner.model.slug import other_slugs, slug, unbraced, untagged
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Outline, Reference
from runbook_runner.regex import has_one, regex

_MADE_SIGNS = ("::: ", "#SCHEMA# ", "{include}", "--8<-- ", "{% include", "{{< ", "{{% ", "# <!-- ")
_MADE = regex(
    r"^(?:::: (?!(?:tip|info|note|warning|caution|danger|important|success|details|raw)$)[\w.-]+$"
    r"|[ \t]*#[A-Z]+# |[`:]{3,}\{include\}|-{2,}8<-- |\{% include"
    r"|#{1,6} <!-- [\w-]+:[\w-]"
    r"|\{\{[<%] (?:include|readfile|partial|snippet|import))",
    re.M,
)
_MARKED_SIGNS = ("{#", "{:#", "{: #", "{id=", " id=", " name=")
_MARKED = regex(
    r"\{:? ?#([\w:.-]{1,200})[^{}\n]{0,200}\}|\{[^{}\n]{0,200}\bid=[\"']([\w:.-]+)"
    r"|<[a-zA-Z][a-zA-Z0-9-]*\s[^<>\n]{0,200}?\b(?:id|name)=[\"']?([^\"'\s>]+)"
    r"(?:[^<>\n]{0,200}?\s(?:id|name)=[\"']?([^\"'\s>]+))?"
)
"""Anchors within a text, that are no heading's."""
_NAMES = ("id", "slug")
_WORDS = frozenset({Text, CodeSpan, Break})


def outline_of(runbook: Runbook) -> Outline:
    """Return the outline of a runbook that was read by its absolute path."""
    facts = runbook.facts
    anchors = {anchor for phase in runbook.phases for anchor in phase.anchors}
    for phase in runbook.phases:
        if "<" in phase.title:
            anchors.add(slug(untagged(phase.title)))
        if phase.title.endswith("}"):
            anchors.add(slug(unbraced(phase.title)))
    return Outline(
        path=runbook.path,
        title=runbook.title,
        kind=facts.kind,
        anchors=frozenset(anchors | {step.id for step in runbook.steps} | _marked(runbook.source)),
        references=tuple(reference for phase in runbook.phases for reference in _references(phase)),
        alerts=tuple((trigger.alert, trigger.span) for trigger in facts.triggers if trigger.alert),
        service=facts.service,
        owner=facts.owner,
        dashboard=facts.dashboard,
        made=has_one(runbook.source, _MADE_SIGNS) and _MADE.search(runbook.source) is not None,
        dead=tuple(defect for defect in runbook.defects if defect.code == "dead-anchor"),
        names=tuple(name.strip("/") for key in _NAMES if isinstance(name := facts.extra.get(key), str)),
    )


def _marked(source: str) -> set[str]:
    found = set(other_slugs(source))
    if has_one(source, _MARKED_SIGNS):
        found.update(name for match in _MARKED.finditer(source) for name in match.groups() if name)
    return found


def _references(phase: Phase) -> Iterator[Reference]:
    yield from _in(phase.heading)
    for block in walk(phase.blocks):
        if type(block) is Paragraph:
            first = block.inlines[0] if block.inlines else None
            if type(first) is Text and first.text.startswith("% "):
                continue  # a comment, as Sphinx takes it
            yield from _in(block.inlines)
        elif type(block) is Table:
            for row in (block.head, *block.rows):
                for cell in row:
                    yield from _in(cell)


def _in(inlines: tuple[Inline, ...]) -> Iterator[Reference]:
    for inline in inlines:
        if type(inline) in _WORDS:
            continue  # most are
        if type(inline) is Link or type(inline) is Image:
            yield from _local(inline.target, inline.span)
        if type(inline) is Link or type(inline) is Emphasis:
            yield from _in(inline.children)


def _local(target: str, span: Span) -> Iterator[Reference]:
    head, _, anchor = target.partition("#")
    first = head.split("/", 1)[0]
    if head and ":" not in first and not head.startswith("//"):
        yield Reference(unquote(head.partition("?")[0]), anchor, span)
