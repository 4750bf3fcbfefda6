"""Branches on a page: what kind of condition, the author's words, and where it leads as a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runbook_runner.model import prose as p
from runbook_runner.model import runbook as r
from runbook_runner.model.graph import GoTo, Graph
from runbook_runner.site import templating
from runbook_runner.site.links import Kind
from runbook_runner.site.marks import Marks
from runbook_runner.site.paths import fragment
from runbook_runner.site.prose import Prose


class Branches:
    """Renders the branches of one runbook."""

    def __init__(self, graph: Graph, prose: Prose, marks: Marks) -> None:
        self.graph = graph
        self.prose = prose
        self.marks = marks
        self.macros = templating.macros("step.html")

    def sentence(self, block: p.Paragraph) -> str:
        """Return a paragraph that branches."""
        found = self.marks.branches[block.span]
        kinds = dict.fromkeys(type(branch.guard).__name__.lower() for _, branch in found)
        guards = "".join(self.macros.guard(kind) for kind in kinds)
        linked = [link.target for link in _links(block.inlines)]
        ends = "".join(
            self.macros.to(**self._leads(step, branch))
            for step, branch in found
            if not _linked(branch.destination, linked)
        )
        return f'{guards} <span class="words">{self.prose.inlines(block.inlines)}</span> {ends}'

    def destination(self, to: r.Destination) -> dict[str, Any]:
        """Return a destination's words, its link, empty when there is none, and its kind."""
        match to:
            case r.ToAnchor(anchor, ""):
                found = self.prose.known.get(anchor.casefold())
                if found is None:
                    return {"text": f"nowhere: nothing is called #{anchor}", "href": "", "kind": "dead"}
                return {"text": self.title(found), "href": fragment(found), "kind": "step"}
            case r.ToAnchor(anchor, path):
                where = self.prose.links.resolve(f"{path}#{anchor}" if anchor else path)
                return {"text": path, "href": where.href, "kind": "page" if where.kind is Kind.PAGE else "dead"}
            case r.Continue():
                return {"text": "the next step", "href": "", "kind": "on"}
            case r.Finish(outcome):
                return {"text": str(outcome).replace("_", " "), "href": "", "kind": "end"}
            case r.Escalate(to=whom):
                return {"text": f"escalate to {whom}" if whom else "escalate", "href": self._call(), "kind": "call"}

    def title(self, anchor: str) -> str:
        """Return what stands at an anchor."""
        if anchor in self.graph.steps:
            return self.graph.steps[anchor].title
        titles = (phase.title for phase in self.graph.runbook.phases if anchor in phase.anchors)
        return next(titles, anchor)

    def _leads(self, step: r.Step, branch: r.Branch) -> dict[str, Any]:
        """Return where a branch leads; what merely goes on is named by the step that it goes on to."""
        if isinstance(branch.destination, r.Continue):
            after = self.graph.after(step.id)
            if isinstance(after, GoTo):
                return {"text": self.title(after.step), "href": fragment(after.step), "kind": "on"}
        found = self.destination(branch.destination)
        if isinstance(branch.destination, r.Escalate):  # the author's own words have said "escalate"
            found["text"] = branch.destination.to or "whom to call"
        return found

    def _call(self) -> str:
        """Return where it stands whom to call; empty when it stands nowhere."""
        runbook = self.graph.runbook
        known = runbook.facts.escalation or any(phase.role == "escalation" for phase in runbook.phases)
        return "#rb-call" if known else ""


def _links(inlines: Sequence[p.Inline]) -> list[p.Link]:
    found: list[p.Link] = []
    for inline in inlines:
        match inline:
            case p.Link():
                found.append(inline)
            case p.Emphasis(children=children):
                found += _links(children)
            case _:
                pass
    return found


def _linked(to: r.Destination, targets: Sequence[str]) -> bool:
    """Tell whether the author's own words link there already."""
    if not isinstance(to, r.ToAnchor):
        return False
    return any(to.anchor in target and to.path.rsplit("/", 1)[-1] in target for target in targets)
