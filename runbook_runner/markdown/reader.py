"""Puts the reading together: bytes, front matter, blocks, phases, steps, parameters, links."""

from __future__ import annotations

import re
from bisect import bisect_right
from hashlib import sha256
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.markdown import anchors, phases
from runbook_runner.markdown.blocks import Converter
from runbook_runner.markdown.comments import blank_comments
from runbook_runner.markdown.facts import read_facts
from runbook_runner.markdown.fences import Fences
from runbook_runner.markdown.flat import Flat
from runbook_runner.markdown.front_matter import split
from runbook_runner.markdown.guards import Predicates, step_guard
from runbook_runner.markdown.numbers import headings
from runbook_runner.markdown.parameters import collect
from runbook_runner.markdown.source import decode
from runbook_runner.markdown.steps import Steps
from runbook_runner.markdown.unclosed import closed
from runbook_runner.model.prose import Block, Fence, Heading, Image, Link, PhaseKind, Text, plain, walk
from runbook_runner.model.runbook import Facts, Phase, Runbook, Step, StepKind
from runbook_runner.model.slug import slug
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports import Judge
from runbook_runner.regex import has_one, regex

_LEADS = frozenset({Link, Image})
_STEP = regex(r"\W*step\s*\d", re.I)
_TEMPLATE = regex(r"<%=?.*?%>|\{\{[<%]?.*?[%>]?\}\}", re.S)


def read_runbook(data: bytes, path: str, kinds: Judge) -> Runbook:
    """Return the runbook that a file's bytes hold."""
    source = decode(data)
    front = split(source.lines)
    facts, declared = read_facts(front)
    defects: list[Defect] = [*source.defects, *front.defects]
    lines = ("",) * front.end + source.lines[front.end :]
    lines = blank_comments(lines) if "<!--" in source.text else lines
    lines, unclosed = closed(lines)
    defects += unclosed
    converter = Converter(lines, source.lines if "<!--" in source.text else ())
    blocks = converter.blocks()
    found, title = _phases(blocks, converter, len(lines), facts.title)
    names = frozenset(parameter.name for parameter in declared)
    if "capture" in source.text:
        names |= _captures(blocks)
    predicates = Predicates(names, defects.append)
    fences = Fences(kinds, source.cut, defects.append, targets=bool(facts.extra.get("targets")))
    steps = Steps(fences, predicates)
    numbered = headings((phase.slug, phase.title) for phase in found)
    whole = [_filled(phase, steps, predicates, numbered) for phase in found]
    whole = _named(_reading(whole), defects)
    places = anchors.Names(whole)
    whole = [
        replace(phase, steps=tuple(places.step(step) for step in phase.steps))
        if any(step.branches for step in phase.steps)
        else phase
        for phase in whole
    ]
    parameters = collect(declared, (step for phase in whole for step in phase.steps), defects.append)
    anchors.check(whole, places, source.text, defects.append)
    return Runbook(
        path=path,
        title=_title(facts, title, path),
        facts=facts,
        phases=tuple(whole),
        parameters=parameters,
        defects=tuple(sorted(dict.fromkeys(defects), key=lambda defect: (defect.span, defect.code))),
        source=source.text,
        digest=sha256(data).hexdigest(),
    )


def _title(facts: Facts, heading: str, path: str) -> str:
    for title in (facts.title, heading):
        clean = " ".join(_filled_in(title).split())
        if clean:
            return clean
    return PurePath(path).stem or path


def _filled_in(title: str) -> str:
    """Return a title without what a template is filled in with."""
    return _TEMPLATE.sub("", title) if has_one(title, ("<%", "{{")) else title


def _captures(blocks: tuple[Block, ...]) -> frozenset[str]:
    from runbook_runner.markdown.attributes import read_info

    fences = [block for block in walk(blocks) if isinstance(block, Fence) and "capture" in block.info]
    return frozenset(name for fence in fences if (name := read_info(fence).attributes.capture))


# --- phases -----------------------------------------------------------------------------------


class _Open(Struct):
    heading: Heading | None
    blocks: list[Block]


def _parts(blocks: tuple[Block, ...]) -> list[_Open]:
    parts = [_Open(None, [])]
    for block in blocks:
        if type(block) is Heading:
            parts.append(_Open(block, []))
        else:
            parts[-1].blocks.append(block)
    if not parts[0].blocks:
        parts = parts[1:]
    return parts


def _phases(blocks: tuple[Block, ...], converter: Converter, lines: int, named_title: str) -> tuple[list[Phase], str]:
    """Split a document at its headings; return the phases and the first top heading's text."""
    parts, marks = _parts(blocks), converter.marks
    slugs = phases.Slugs()
    top = next((part.heading for part in parts if part.heading is not None), None)
    only = sum(part.heading is not None and part.heading.level == 1 for part in parts) == 1
    found: list[Phase] = []
    open_above: list[Phase] = []
    title = ""
    for at, part in enumerate(parts):
        below = parts[at + 1].heading if at + 1 < len(parts) else None
        end = below.span.line - 1 if below is not None else lines
        heading = part.heading
        if heading is None:
            span = Span(part.blocks[0].span.line, 1, end, 1)
            found.append(Phase("", "", 0, PhaseKind.PLAIN, span, blocks=tuple(part.blocks)))
            continue
        written = plain(heading.inlines).replace("\n", " ")
        text = " ".join(written.split())
        if not _filled_in(text).strip():
            text = named_title or text
        if heading.level == 1 and not title:
            title = text
        while open_above and open_above[-1].level >= heading.level:
            open_above.pop()
        above = open_above[-1] if open_above else None
        # A document's own title says what the runbook is for, not what this part of it is for.
        named = heading is top and heading.level == 1 and only
        kind, role = (None, "") if named else phases.judge(text)
        if role == "rollback" and not phases.takes_back(text, _acts(above)):
            role = ""
        if above is not None:
            kind, role = kind or above.kind, role or (above.role if kind is None else "")
        # GitHub makes a hyphen of each space, and nothing of one that does not break.
        anchor = slugs.take(written if "  " in written or "\xa0" in written else text)
        inside = [name for line, name in marks if heading.span.line <= line <= end]
        names = tuple(dict.fromkeys((anchor, *heading.anchors, *inside)))
        place = Span(heading.span.line, heading.span.column, end, 1)
        parent = above.slug if above else ""
        inner = tuple(part.blocks)
        made = () if _LEADS.isdisjoint(map(type, heading.inlines)) else heading.inlines
        phase = Phase(
            anchor, text, heading.level, kind or PhaseKind.PLAIN, place, names, parent, inner, role=role, heading=made
        )  # fmt: skip
        found.append(phase)
        open_above.append(phase)
    return _holding(_opening(found, slugs, marks), slugs, converter.nested), title


def _acts(above: Phase | None) -> bool:
    return above is not None and above.kind is PhaseKind.CHANGE and above.role != "rollback"


def _opening(found: list[Phase], slugs: phases.Slugs, marks: list[tuple[int, str]]) -> list[Phase]:
    """Name what stands before the first heading, after all headings had their pick."""
    if found and not found[0].slug:
        first = found[0]
        slug = slugs.take("start")
        names = (slug, *(name for line, name in marks if line <= first.span.end_line))
        found[0] = replace(first, slug=slug, anchors=names)
    return found


def _holding(found: list[Phase], slugs: phases.Slugs, nested: list[tuple[int, str]]) -> list[Phase]:
    """Give each phase the anchors of the headings that stand in its items and quotes, after all phases have theirs."""
    starts = [phase.span.line for phase in found]
    more: dict[int, list[str]] = {}
    for line, title in nested:
        at = bisect_right(starts, line) - 1
        if at >= 0 and slug(title):
            more.setdefault(at, []).append(slugs.take(title))
    for at, names in more.items():
        found[at] = replace(found[at], anchors=(*found[at].anchors, *names))
    return found


def _filled(phase: Phase, steps: Steps, predicates: Predicates, numbered: dict[int, str]) -> Phase:
    if phase.kind is PhaseKind.CONTEXT:
        return phase
    guard = step_guard(Flat((Text(phase.title),)), phase.span, predicates) if phase.level else None
    made = steps.find(phase.slug, phase.title, phase.kind, phase.blocks, numbered)
    return replace(phase, steps=made, guard=guard)


def _reading(found: list[Phase]) -> list[Phase]:
    """Give an action phase that has nothing else one step: to read it."""
    parents = {phase.slug: phase.parent for phase in found}
    busy = {phase.slug for phase in found if phase.steps}
    nested = set()
    for phase in found:
        above = parents.get(phase.slug, "")
        while above:
            nested.add(above)
            above = parents.get(above, "")
    whole = []
    for phase in found:
        action = phase.kind in {PhaseKind.READ, PhaseKind.CHANGE} or (
            phase.kind is PhaseKind.PLAIN and _STEP.match(phase.title) is not None
        )
        if action and phase.blocks and phase.slug not in busy | nested:
            step = Step("", StepKind.READING, phase.title, phase.slug, phase.span, prose=phase.blocks)
            phase = replace(phase, steps=(step,))
        whole.append(phase)
    return whole


def _named(found: list[Phase], defects: list[Defect]) -> list[Phase]:
    """Give every step its id; the first of two equal `id`s keeps it."""
    taken = {step.command.attributes.id for phase in found for step in phase.steps if step.command} - {""}
    used: set[str] = set()
    whole = []
    for phase in found:
        named: list[Step] = []
        for place, step in enumerate(phase.steps, 1):
            name = step.command.attributes.id if step.command else ""
            if name and name in used:
                message = f"the id `{name}` stands at two steps"
                defects.append(Defect("duplicate-id", message, step.span, "each id once"))
                name = ""
            if not name:
                name = f"{phase.slug}-{place}"
                while name in used or name in taken:
                    name += "-x"
            used.add(name)
            named.append(replace(step, id=name))
        whole.append(replace(phase, steps=tuple(named)))
    return whole
