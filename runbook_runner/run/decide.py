"""decide: from the graph and the state of a run to the next thing to do. Pure."""

from __future__ import annotations

from runbook_runner.model import events as e
from runbook_runner.model.graph import AskOutcome, Choose, Dead, GoTo, Graph, Leave, Target
from runbook_runner.model.runbook import Escalate, Finish, Guard, Step, StepKind
from runbook_runner.model.state import RunState, Visit
from runbook_runner.run.actions import (
    Action,
    AskEnd,
    AskGuard,
    Call,
    Depart,
    Done,
    Enter,
    GoOnInChild,
    Lost,
    Offer,
    Pick,
    Record,
    Recover,
    Settle,
)

LOOP = 3
"""The visit of one step that warns of a loop."""


def decide(graph: Graph, state: RunState) -> Action:
    """Return what happens next in a run."""
    if state.ended:
        return Done()
    if attempt := state.open_attempt():
        return Recover(attempt)
    if state.child:
        return GoOnInChild(state.child)
    if state.pending:
        return _follow(graph, state)
    visit = state.visit
    if visit is None:
        return Record((e.BranchTaken(0, None, encode(graph.start), "", "start"),))
    step = graph.steps.get(visit.step)
    if step is None:
        return Lost(f"step `{visit.step}` is no longer in the runbook")
    if visit.ended:
        return _depart(graph, visit, step, visit.ended)
    return _guarded(graph, state, visit, step) or _act(visit, step)


def encode(target: Target) -> str:
    """Return a destination as the journal writes it."""
    match target:
        case GoTo(step):
            return f"step:{step}"
        case Choose(key=key):
            return f"choose:{key}"
        case AskOutcome():
            return "outcome"
        case Finish(outcome):
            return f"finish:{outcome}"
        case Escalate(to):
            return f"escalate:{to}"
        case Leave(path, anchor):
            return f"child:{path}#{anchor}"
        case Dead(anchor):
            return f"dead:{anchor}"


def guard_text(guard: Guard) -> str:
    """Return a guard as she reads it."""
    return getattr(guard, "source", "") or getattr(guard, "text", "")


def _follow(graph: Graph, state: RunState) -> Action:
    kind, _, rest = state.pending.partition(":")
    match kind:
        case "step" if rest in graph.steps:
            return Record(_arrive(state, rest))
        case "choose" if rest in graph.choices:
            return Pick(graph.choices[rest])
        case "outcome":
            return AskEnd()
        case "finish":
            return AskEnd(rest)
        case "escalate":
            return Call(rest)
        case "child":
            path, _, anchor = rest.partition("#")
            return Enter(path, anchor)
        case _:
            return Lost(f"`{rest}` is not in this runbook")


def _arrive(state: RunState, step: str) -> tuple[e.Body, ...]:
    taken = state.visit.taken if state.visit else None
    how = {"next": "next", "choice": "choice", None: "start"}.get(taken.how if taken else None, "branch")
    visited = e.Visited(step, len(state.visits) + 1, how)
    times = sum(visit.step == step for visit in state.visits) + 1
    if times == LOOP:
        return visited, e.Warned("loop", f"this is visit {times} to `{step}`: going round in circles?")
    return (visited,)


def _guarded(graph: Graph, state: RunState, visit: Visit, step: Step) -> Action | None:
    own = graph.phase_of(step.id).guard
    if own is None and not step.guards:
        return None
    answered = {text: holds for earlier in state.visits for text, holds in earlier.guards.items()}
    for guard in ((own,) if own else ()) + step.guards:
        text = guard_text(guard)
        if text not in answered:
            if guard is own and visit.how in ("branch", "choice", "jump"):
                return Record((e.GuardAnswered(visit.number, text, True, "choice"),))
            return AskGuard(visit, guard, text)
        if not answered[text] and visit.how != "jump":
            return Record((e.StepEnded(visit.number, "skipped", "answer", f"does not apply: {text}"),))
    return None


def _act(visit: Visit, step: Step) -> Action:
    if step.kind is StepKind.DECISION:
        return Record((e.StepEnded(visit.number, "passed", "machine"),))
    if not visit.attempts:
        return Offer(visit, step)
    judged = visit.judged
    if judged is None:
        return Settle(visit, step, "the outcome of the last attempt is not known")
    if judged.verdict in ("passed", "failed"):
        return Record((e.StepEnded(visit.number, judged.verdict, "machine", judged.why),))
    return Settle(visit, step, judged.why)


def _depart(graph: Graph, visit: Visit, step: Step, ended: e.StepEnded) -> Action:
    # Only where nothing has been seen and nothing can be chosen is there nothing to stop for.
    straight = step.kind in (StepKind.MANUAL, StepKind.READING) and not step.branches
    if ended.outcome == "skipped" or straight:
        return Record((e.BranchTaken(visit.number, None, encode(graph.after(step.id)), "", "next"),))
    return Depart(visit, step)
