"""One runbook -> one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from runbook_runner.model import prose as p
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Phase, Runbook
from runbook_runner.site import facts, paths, steps, templating
from runbook_runner.site.document import Document, Section, is_title
from runbook_runner.site.links import Links
from runbook_runner.site.options import Card, Verdict
from runbook_runner.site.prose import Prose
from runbook_runner.site.text import safe

_FIRST = 700
"""Characters of an impact that stands on the first screen."""
_OWN = ("rb-call", "rb-graph", "rb-parameters", "rb-problems", "rb-top")


class Page(Struct, frozen=True):
    """A page as HTML."""

    html: str
    told: tuple[tuple[int, str], ...]
    """Line and words of what could not be followed."""


def page(graph: Graph, card: Card, links: Links, verdict: Verdict | None, title: str) -> Page:
    """Return the page of a runbook; `title` is the site's."""
    runbook = graph.runbook
    known = {anchor for phase in runbook.phases for anchor in phase.anchors} | set(graph.steps)
    known |= {anchor for phase in runbook.phases for anchor in _inner(phase)}
    prose = Prose(links, known)
    prose.used.update(_OWN)
    document = Document(graph, prose)
    impact = _phase(runbook, "impact")
    # A short one stands on the first screen and nowhere else; of a long one its beginning does.
    whole = impact is not None and _short(impact)
    sections = {phase.slug: document.section(phase) for phase in runbook.phases}
    shown = [phase for phase in runbook.phases if not (whole and phase is impact)]
    rest = [sections[phase.slug] for phase in shown if not is_title(runbook, phase)]
    html = templating.render(
        "page.html",
        site=title,
        here="",
        up=paths.up(card.page),
        card=card,
        runbook=runbook,
        facts=facts.first(runbook, card, links),
        impact=_impact(impact, sections, prose, whole=whole),
        intro=[sections[phase.slug] for phase in shown if is_title(runbook, phase)],
        sections=rest,
        contents=_contents(rest),
        parameters=facts.parameters(runbook),
        problems=facts.problems(runbook, verdict),
        graph=steps.section(document, frozenset(verdict.untested) if verdict else frozenset()),
    )
    return Page(html, tuple((span.line, why) for span, why in prose.missing))


def broken(card: Card, title: str) -> str:
    """Return the page of a file that could not be read."""
    return templating.render("broken.html", site=title, here="", up=paths.up(card.page), card=card)


def _phase(runbook: Runbook, word: str) -> Phase | None:
    found = [phase for phase in runbook.phases if phase.level and word in phase.title.casefold().split()]
    return next((phase for phase in found if phase.blocks and not phase.steps), None)


def _short(phase: Phase) -> bool:
    simple = all(isinstance(block, p.Paragraph | p.ListBlock) for block in p.walk(phase.blocks))
    words = sum(len(p.plain(b.inlines)) for b in p.walk(phase.blocks) if isinstance(b, p.Paragraph))
    return simple and words <= _FIRST


def _impact(
    phase: Phase | None, sections: Mapping[str, Section], prose: Prose, *, whole: bool
) -> dict[str, Any] | None:
    if phase is None:
        return None
    section = sections[phase.slug]
    if whole:
        return {"section": section, "body": section.body, "more": ""}
    first = next((block for block in phase.blocks if isinstance(block, p.Paragraph)), None)
    body = safe(prose.block(first)) if first is not None else safe("")
    return {"section": section, "body": body, "more": phase.slug}


def _inner(phase: Phase) -> list[str]:
    return [anchor for block in p.walk(phase.blocks) if isinstance(block, p.Heading) for anchor in block.anchors]


def _contents(sections: list[Section]) -> list[dict[str, Any]]:
    return [{"slug": s.slug, "title": s.title, "level": s.level} for s in sections if s.level <= 4]
