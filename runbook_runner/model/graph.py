"""The step graph: which step follows which, by the author's branches and by falling through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import (
    Branch,
    Continue,
    Escalate,
    Finish,
    Guard,
    Phase,
    Runbook,
    Step,
    ToAnchor,
)
from runbook_runner.regex import regex

_NUMBERED = regex(r"(?:step|part|phase)?\s*\d+\s*[.):–-]|(?:step|part|phase)\s+\d+\b", re.IGNORECASE)
_AHEAD = 300
"""So many steps are looked at for the alternatives of a choice; more of them is no section that anybody chooses in."""
_NESTED = 40
"""Choices that follow from each other's "none of these"; a document with more is a list, and its next item follows."""
_ONE_OF_SEVERAL = regex(
    r"\W*(?:(?:scenario|option|case|method|alternative|variant|approach|possibility|cause|issue|problem|error)"
    r"\s+#?(?:[A-H]|\d{1,2}|[ivx]+)(?![\w.-]*\w)|(?:scenario|option|case|issue|problem|symptom|cause)\s*[:–—]\s*\w)",
    re.IGNORECASE,
)
"""Titles of sections of which one applies: `Scenario A`, `Option 2: scale up`, `Issue: pods crash`."""
_APART = frozenset({"rollback", "escalation", "references"})


class GoTo(Struct, frozen=True):
    """A step of this runbook."""

    step: str


class Choose(Struct, frozen=True):
    """Which of several alternatives applies? None leads on."""

    key: str
    """The first option's step: names the choice."""
    options: tuple[tuple[str, str], ...]
    """Label and step of each."""
    none: Next


class AskOutcome(Struct, frozen=True):
    """The end of the document: she says how it ended."""


class Leave(Struct, frozen=True):
    """Another runbook, entered as a child run."""

    path: str
    anchor: str


class Dead(Struct, frozen=True):
    """A destination that does not exist: she chooses by hand."""

    anchor: str


Next = GoTo | Choose | AskOutcome
Target = Next | Finish | Escalate | Leave | Dead


class Edge(Struct, frozen=True):
    """One way out of a step."""

    source: str
    target: Target
    guard: Guard | None
    """None: falling through."""
    index: int | None
    """Which of the step's branches; None: falling through."""
    text: str


class Graph(Struct, frozen=True):
    """The steps of one runbook and all edges between them."""

    runbook: Runbook
    steps: Mapping[str, Step]
    start: Next
    edges: tuple[Edge, ...]
    """By source in document order; the fall-through edge of a step comes last."""
    choices: Mapping[str, Choose]
    """Every choice, by key."""

    def phase_of(self, step: str) -> Phase:
        """Return the phase that a step stands in."""
        return self.runbook.phase(self.steps[step].phase)

    def after(self, step: str) -> Next:
        """Return what follows a step when no branch is taken."""
        for edge in self.edges:
            if edge.source == step and edge.index is None and isinstance(edge.target, GoTo | Choose | AskOutcome):
                return edge.target
        return AskOutcome()

    def branches(self, step: str) -> tuple[Edge, ...]:
        """Return the author's edges out of a step, in order."""
        return tuple(edge for edge in self.edges if edge.source == step and edge.index is not None)

    def entry(self, anchor: str) -> Next | None:
        """Return where an anchor leads: a section's, else a step's; None when there is none."""
        section = _Flow(self.runbook).entry(anchor)  # what a link on the page means, also where a step has that id
        return GoTo(anchor) if section is None and anchor in self.steps else section


def steps_of(target: Target) -> Iterator[str]:
    """Yield the steps that a target may lead to."""
    match target:
        case GoTo(step):
            yield step
        case Choose(options=options, none=none):
            yield from (step for _, step in options)
            yield from steps_of(none)
        case _:
            pass


def build(runbook: Runbook) -> Graph:
    """Return the step graph of a runbook; a runbook without steps leads straight to the outcome."""
    flow = _Flow(runbook)
    edges: list[Edge] = []
    for step in flow.steps:
        if step.branches:
            edges += [_edge(flow, step, index, branch) for index, branch in enumerate(step.branches)]
        edges.append(Edge(step.id, flow.after(step), None, None, ""))
    start = flow.start()
    return Graph(runbook, flow.by_id, start, tuple(edges), _choices([start, *(edge.target for edge in edges)]))


def _edge(flow: _Flow, step: Step, index: int, branch: Branch) -> Edge:
    target: Target
    match branch.destination:
        case ToAnchor(anchor, "") if anchor in flow.by_id and anchor not in flow.anchors:
            target = GoTo(anchor)
        case ToAnchor(anchor, ""):
            target = flow.entry(anchor) or Dead(anchor)
        case ToAnchor(anchor, path):
            target = Leave(path, anchor)
        case Continue():
            target = flow.after(step)
        case Finish() | Escalate() as end:
            target = end
    return Edge(step.id, target, branch.guard, index, branch.text)


def _choices(targets: Iterable[Target]) -> dict[str, Choose]:
    found: dict[str, Choose] = {}
    for target in targets:
        while isinstance(target, Choose):
            found.setdefault(target.key, target)
            target = target.none
    return found


class _Flow:
    """Works out falling through: the rules of the format's section "Flow"."""

    def __init__(self, runbook: Runbook) -> None:
        self.phases = {phase.slug: phase for phase in runbook.phases}
        self.order = {slug: place for place, slug in enumerate(self.phases)}
        self.steps = runbook.steps
        self.by_id = {step.id: step for step in self.steps}
        self.place = {step.id: place for place, step in enumerate(self.steps)}
        self.anchors = {anchor: phase.slug for phase in reversed(runbook.phases) for anchor in phase.anchors}
        self.anchors |= {slug: slug for slug in self.phases}
        self.above = {slug: tuple(self._climb(slug)) for slug in self.phases}
        self.regions: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.pasts: dict[tuple[str, str], Next] = {}
        self.targeted = self._targeted()
        self.nested = 0

    def start(self) -> Next:
        """Return the first thing to do."""
        for step in self.steps:
            if not self.region(step):
                return self._arrive(step, None)
        return self._arrive(self.steps[0], None) if self.steps else AskOutcome()

    def entry(self, anchor: str) -> Next | None:
        """Return what a jump to an anchor leads to: a section without steps leads past its end."""
        slug = self.anchors.get(anchor)
        if slug is None:
            return None
        inside = [step for step in self.steps if self._within(step.phase, slug)]
        if inside:
            return self._split(inside[0], slug, self._end_of_region(slug))
        return self._first_after(slug)

    def after(self, step: Step) -> Next:
        """Return where falling through leads from a step."""
        region = self.region(step)
        for other in self.steps[self.place[step.id] + 1 :]:
            if region and not self._within(other.phase, region):
                break
            if self.region(other) != region:
                continue
            return self._arrive(other, step)
        return self._end_of_region(region) if region else AskOutcome()

    def region(self, step: Step) -> str:
        """Return the outermost section around a step that only a jump can enter; empty when there is none."""
        if step.phase not in self.regions:
            self.regions[step.phase] = self._region(step.phase)
        return self.regions[step.phase]

    def _region(self, slug: str) -> str:
        found = ""
        for above in self._upward(slug):
            phase = self.phases[above]
            if above in self.targeted or phase.role in _APART or phase.kind is PhaseKind.REFERENCE:
                found = above
        return found

    def _targeted(self) -> frozenset[str]:
        # A branch backward makes a loop; the section that it leads to still begins as it did.
        found = set()
        for step in self.steps:
            for branch in step.branches:
                match branch.destination:
                    case ToAnchor(anchor, "") if anchor in self.anchors:
                        slug = self.anchors[anchor]
                        if self.order[slug] > self.order[step.phase] and self.phases[slug].level > 1:
                            found.add(slug)
                    case _:
                        pass
        return frozenset(found)

    def _end_of_region(self, region: str) -> Next:
        # A section that was jumped to ends at the next Verify phase.
        for phase in list(self.phases.values())[self.order[region] + 1 :]:
            if phase.role == "verify" and not self._within(phase.slug, region):
                inside = [step for step in self.steps if self._within(step.phase, phase.slug)]
                if inside:
                    return GoTo(inside[0].id)
        return AskOutcome()

    def _first_after(self, slug: str) -> Next:
        for step in self.steps:
            if self.order[step.phase] > self.order[slug] and not self.region(step):
                return GoTo(step.id)
        return AskOutcome()

    def _arrive(self, step: Step, source: Step | None) -> Next:
        """Return the step itself, or the choice that stands before it."""
        several = self._one_of(step, source)
        if several is not None:
            return several
        top = self._change_top(step.phase)
        if not top:
            return GoTo(step.id)
        past = self._past(top, self.region(step))
        if source is None or not self._within(source.phase, top):
            reading = source is not None and self.phases[source.phase].kind is PhaseKind.READ
            return self._split(step, top, past, even_one=reading)
        return self._split(step, self._common(source.phase, step.phase), past, source=source)

    def _option(self, slug: str) -> str:
        """Return the nearest section around that its title calls one of several."""
        if slug not in self.options:
            named = (around for around in self._upward(slug) if _ONE_OF_SEVERAL.match(self.phases[around].title))
            self.options[slug] = next((around for around in named if self.phases[around].parent), "")
        return self.options[slug]

    def _one_of(self, step: Step, source: Step | None) -> Next | None:
        """Return the choice among sections whose titles say so; what follows the last is for none of them."""
        option = self._option(step.phase)
        if not option or (source is not None and self._within(source.phase, option)):
            return None
        above = self.phases[option].parent
        if self.phases[above].kind is PhaseKind.CHANGE and above != self._change_top(above):
            return None
        options: dict[str, tuple[str, str]] = {}
        rest: Step | None = None
        for other in self.steps[self.place[step.id] :]:
            if self.region(other) == self.region(step) and self._within(other.phase, above):
                unit = self._child_below(other.phase, above)
                if unit and self._option(unit) == unit:
                    options.setdefault(unit, (self.phases[unit].title, other.id))
                    rest = None
                else:
                    rest = rest or other
        before = self._option(source.phase) if source is not None else ""
        if len(options) < 2 and not (before and self.phases[before].parent == above):
            return None
        none = self._arrive(rest, None) if rest is not None else self._past(above, self.region(step))
        return Choose(step.id, tuple(options.values()), none)

    def _split(self, step: Step, above: str, none: Next, *, source: Step | None = None, even_one: bool = False) -> Next:
        """Return a choice among the alternatives from `step` on, directly below the section `above`."""
        if self.phases[step.phase].kind is not PhaseKind.CHANGE:
            return GoTo(step.id)
        child = self._child_below(step.phase, above)
        if child and _NUMBERED.match(self.phases[child].title) and not even_one:
            # "1. Stop it", "2. Copy it": numbered sections follow each other.
            return GoTo(step.id)
        at, region = self.place[step.id], self.region(step)
        later = (o for o in self.steps[at : at + _AHEAD] if self._within(o.phase, above) and self.region(o) == region)
        leaving = source is not None and (
            source.phase != above if step.phase != above else source.alternative != step.alternative
        )
        options: list[tuple[str, str]] = []
        seen: set[str] = set()
        for other in later:
            unit = self._child_below(other.phase, above) or other.alternative
            if unit in seen or (seen and unit in self.phases and _NUMBERED.match(self.phases[unit].title)):
                continue
            seen.add(unit)
            phase = self.phases.get(unit)
            options.append((phase.title if phase else other.title, other.id))
            if not unit:
                # Steps one after the other are one way to act, named by their section.
                options[-1] = (self.phases[above].title, other.id)
        alone = bool(step.phase == above and not step.alternative)
        if (alone and not leaving) or len(options) < 2:
            options = [options[0]]
            if not (even_one or leaving):
                return GoTo(step.id)
        return Choose(options[0][1], tuple(options), none)

    def _past(self, top: str, region: str) -> Next:
        """Return where "none of these" leads: past a change section, often to the choice before the next one."""
        found = self.pasts.get((top, region))
        if found is None:
            if self.nested >= _NESTED:
                return self._first_after(top)
            self.nested += 1
            found = self.pasts[top, region] = self._find_past(top, region)
            self.nested -= 1
        return found

    def _find_past(self, top: str, region: str) -> Next:
        for step in self.steps:
            after = self.order[step.phase] > self.order[top] and not self._within(step.phase, top)
            if after and self.region(step) == region:
                return self._arrive(step, None) if not self._change_top(step.phase) else self._choice_at(step)
        return self._end_of_region(region) if region else AskOutcome()

    def _choice_at(self, step: Step) -> Next:
        top = self._change_top(step.phase)
        return self._split(step, top, self._past(top, self.region(step)), even_one=True)

    def _change_top(self, slug: str) -> str:
        found = ""
        for above in self._upward(slug):
            if self.phases[above].kind is not PhaseKind.CHANGE:
                break
            found = above
        return found

    def _common(self, one: str, other: str) -> str:
        above = list(self._upward(one))
        return next((slug for slug in self._upward(other) if slug in above), other)

    def _child_below(self, slug: str, above: str) -> str:
        below = ""
        for candidate in self._upward(slug):
            if candidate == above:
                return below
            below = candidate
        return below

    def _upward(self, slug: str) -> tuple[str, ...]:
        return self.above[slug] if slug else ()

    def _climb(self, slug: str) -> Iterable[str]:
        while slug:
            yield slug
            slug = self.phases[slug].parent

    def _within(self, slug: str, region: str) -> bool:
        return region in self.above[slug] if slug else False
