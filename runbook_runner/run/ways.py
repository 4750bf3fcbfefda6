"""Where branches lead, in her words."""

from __future__ import annotations

from runbook_runner.model.graph import AskOutcome, Choose, Dead, Edge, GoTo, Leave, Target
from runbook_runner.model.runbook import Escalate, Finish, Otherwise, Question, Recurrence, Timer
from runbook_runner.run.walk import Walk

_OPENINGS = ("if ", "when ", "after ", "once ", "unless ", "until ", "while ", "in case ")


def guarded_way(walk: Walk, edge: Edge) -> str:
    """Return a branch as a key's label: where it leads, which also a cut label says, and her question in words."""
    where = way(walk, edge.target)
    match edge.guard:
        case Question(text) | Recurrence(text=text) | Timer(text=text):
            return f"{where}, {_clause(text)}"
        case Otherwise():
            return f"{where}, otherwise"
        case _:
            return where


def _clause(text: str) -> str:
    text = text.strip().rstrip(",.?")
    if text.lower().startswith(_OPENINGS):
        return text[:1].lower() + text[1:]
    return f"if {text}"


def way(walk: Walk, target: Target) -> str:
    """Return where an edge leads, in her words."""
    match target:
        case GoTo(step):
            here = walk.state.visit
            phase = walk.graph.phase_of(step)
            elsewhere = here is None or here.step not in walk.graph.steps or walk.graph.steps[here.step].phase
            first = phase.steps and phase.steps[0].id == step
            return phase.title if first and elsewhere != phase.slug else f"next: {walk.graph.steps[step].title}"
        case Choose(options=options):
            return "go on, does this apply? " + " / ".join(label for label, _ in options)
        case AskOutcome():
            return "the end of the runbook"
        case Finish(outcome):
            return outcome.value.replace("_", " ")
        case Escalate(to):
            return f"escalate to {to}" if to else "escalate"
        case Leave(path, anchor):
            return f"runbook {path}{'#' + anchor if anchor else ''}"
        case Dead(anchor):
            return f"{anchor} (not in this runbook)"
