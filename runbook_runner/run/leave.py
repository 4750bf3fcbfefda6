"""After a command: is it as expected, and which way on; polling while she watches."""

from __future__ import annotations

from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.command import Effect, Handling
from runbook_runner.model.graph import AskOutcome, Choose, Dead, Edge, GoTo, Leave, Target
from runbook_runner.model.runbook import (
    Escalate,
    Finish,
    Otherwise,
    Predicate,
    Question,
    Recurrence,
    Step,
    StepKind,
    Timer,
)
from runbook_runner.model.state import Visit
from runbook_runner.ports import Menu
from runbook_runner.run import menus
from runbook_runner.run.common import common
from runbook_runner.run.decide import encode
from runbook_runner.run.history import recurs
from runbook_runner.run.interrupts import Interruptions, clock_text
from runbook_runner.run.judge import Observed, deciding, judge
from runbook_runner.run.offer import act, menu_for, run
from runbook_runner.run.onward import record
from runbook_runner.run.walk import Walk


def settle(walk: Walk, visit: Visit, step: Step, why: str) -> None:
    """Ask how a step ended where the machine cannot say."""
    menu = menus.settle(step, why, _last(walk, visit), can_run=_repeats(walk, step))
    menu = _polling(menu, step, visit)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    match answer:
        case "poll":
            _again(walk, visit, step)
        case "y" | "f":
            outcome = "passed" if answer == "y" else "failed"
            walk.decide(e.StepEnded(visit.number, outcome, "answer", why))
        case "r":
            _again(walk, visit, step)
        case _:
            act(walk, visit, step, answer)


def depart(walk: Walk, visit: Visit, step: Step) -> None:
    """Ask which way on, the branch that holds first."""
    if step.kind is StepKind.DECISION and step.branches and visit.judged is None:
        walk.observe(decided(walk, visit, step))
        return
    onward = way(walk, walk.graph.after(step.id))
    ways = [guarded_way(walk, edge) for edge in walk.graph.branches(step.id)]
    menu = menus.depart(
        step,
        visit,
        _last(walk, visit),
        ways,
        onward,
        walk.state.timers,
        can_run=_repeats(walk, step),
        took=_took(walk, visit),
    )
    menu = _polling(menu, step, visit)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    chosen = deciding(step, visit.judged)
    match answer:
        case "poll" | "r":
            _again(walk, visit, step)
        case "enter" if chosen is not None:
            _take(walk, visit, step, chosen, by_evidence=True)
        case "enter" | "c":
            record(walk, e.BranchTaken(visit.number, None, encode(walk.graph.after(step.id)), "", "next"))
        case "o":
            _overrule(walk, visit)
        case _ if answer.isdigit() and 0 < int(answer) <= len(step.branches):
            _take(walk, visit, step, int(answer) - 1, by_evidence=int(answer) - 1 == chosen)
        case _:
            common(walk, answer)


def _take(walk: Walk, visit: Visit, step: Step, index: int, *, by_evidence: bool) -> None:
    edge = next(edge for edge in walk.graph.branches(step.id) if edge.index == index)
    judged = visit.judged
    entry = next((b for b in (judged.branches if judged else ()) if b["index"] == index), None)
    how = "answer"
    if by_evidence:
        guard = step.branches[index].guard
        names = {Predicate: "predicate", Recurrence: "recurrence"}
        how = names.get(type(guard), "otherwise")
    seen = entry["evidence"] if entry else ""
    record(walk, e.BranchTaken(visit.number, index, encode(edge.target), edge.text, how, seen))


def _again(walk: Walk, visit: Visit, step: Step) -> None:
    if step.command is None:
        return
    if step.command.effect is Effect.READ:
        run(walk, visit, step, step.command)
        return
    # A change is run again only by the same deliberate yes as the first time.
    menu = replace(menu_for(walk, step, step.command), question="Run it again?")
    act(walk, visit, step, walk.ports.prompt.choose(menu, Interruptions(walk)))


def _overrule(walk: Walk, visit: Visit) -> None:
    was = visit.ended.outcome if visit.ended else ""
    other = "failed" if was == "passed" else "passed"
    reason = walk.ports.prompt.line(f"the verdict was {was}; why is it {other}?", Interruptions(walk))
    if reason:
        walk.decide(e.StepEnded(visit.number, other, "overruled", reason))


def _polling(menu: Menu, step: Step, visit: Visit) -> Menu:
    command = step.command
    every = command.attributes.every if command else None
    met = bool(visit.judged and visit.judged.verdict == "passed")
    if command is None or every is None or met or command.effect is not Effect.READ:
        return menu
    return replace(menu, question=f"{menu.question} (looks again every {every:g}s)", poll=every)


def _repeats(walk: Walk, step: Step) -> bool:
    command = step.command
    if command is None or command.handling not in (Handling.RUN, Handling.TERMINAL):
        return False
    return not (walk.options.read_only and command.effect is not Effect.READ)


def _last(walk: Walk, visit: Visit) -> str:
    return walk.state.attempts[visit.attempts[-1]].start.text if visit.attempts else ""


def _took(walk: Walk, visit: Visit) -> str:
    end = walk.state.attempts[visit.attempts[-1]].end if visit.attempts else None
    return clock_text(end.duration) if end and end.duration and end.duration >= 1 else ""


def decided(walk: Walk, visit: Visit, step: Step) -> e.Judged:
    """Return which branches of a decision hold: by the journal, the parameters, or because no other does."""

    def again(seconds: float) -> str | None:
        return recurs(walk.ports.store, walk.ports.clock, walk.state, seconds)

    judged = judge(step, visit.number, 0, Observed(None, walk.names(), redact=walk.redactor.text), again)
    return replace(judged, verdict="passed", why="")


def guarded_way(walk: Walk, edge: Edge) -> str:
    """Return a branch as a key's label: her question in words, and where it leads."""
    where = way(walk, edge.target)
    match edge.guard:
        case Question(text):
            return f"{text.strip().rstrip(',.?')}: {where}"
        case Otherwise():
            return f"otherwise, {where}"
        case Recurrence(text=text) | Timer(text=text):
            return f"{text.strip().rstrip(',.')}: {where}"
        case _:
            return where


def way(walk: Walk, target: Target) -> str:
    """Return where an edge leads, in her words."""
    match target:
        case GoTo(step):
            here = walk.state.visit
            phase = walk.graph.phase_of(step)
            elsewhere = here is None or here.step not in walk.graph.steps or walk.graph.steps[here.step].phase
            if phase.steps and phase.steps[0].id == step and elsewhere != phase.slug:
                return f"go to {phase.title}"
            return f"next: {walk.graph.steps[step].title}"
        case Choose(options=options):
            labels = " / ".join(label for label, _ in options)
            return f"go on, which applies? {labels}" if len(options) > 1 else f"go on, does {labels} apply?"
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
