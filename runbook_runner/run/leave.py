"""After a command: is it as expected, and which way on; polling while she watches."""

from __future__ import annotations

import math

from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.runbook import Otherwise, Predicate, Recurrence, Step, StepKind, Timer
from runbook_runner.model.state import Visit
from runbook_runner.ports import WAYS, Menu, Option
from runbook_runner.run import menus
from runbook_runner.run.ask import changeable, correct, fill
from runbook_runner.run.common import common
from runbook_runner.run.decide import encode
from runbook_runner.run.history import recurs
from runbook_runner.run.interrupts import Interruptions, clock_text, due_options, elapsed
from runbook_runner.run.judge import COMPARE, Observed, deciding, judge
from runbook_runner.run.offer import act, ask, run
from runbook_runner.run.reaching import runs_here
from runbook_runner.run.walk import Walk
from runbook_runner.run.ways import guarded_way, way

_PATIENCE = 300.0
"""Seconds for which `--auto` watches a step that gives neither a timer nor a timeout."""


def settle(walk: Walk, visit: Visit, step: Step, why: str) -> None:
    """Ask how a step ended where the machine cannot say."""
    menu = menus.settle(step, why, _last(walk, visit), can_run=_repeats(walk, step))
    menu = menus.beside(menu, (*_values(walk, step, quiet=False), *due_options(walk)))
    menu = _polling(walk, menu, step, visit)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    match answer:
        case "poll":
            _again(walk, visit, step)
        case "y" | "f":
            outcome = "passed" if answer == "y" else "failed"
            # That she had to compare is no reason for what she found.
            walk.decide(e.StepEnded(visit.number, outcome, "answer", "" if why == COMPARE else why))
        case "r":
            _again(walk, visit, step)
        case "v" if step.command:
            correct(walk, step)
        case _:
            act(walk, visit, step, answer)


def depart(walk: Walk, visit: Visit, step: Step) -> None:
    """Ask which way on, the branch that holds first."""
    if step.kind is StepKind.DECISION and step.branches and visit.judged is None:
        fill(walk, step)  # without a value that its guards need, they are put to her
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
        code=_code(walk, visit, step),
    )
    passed = visit.ended is not None and visit.ended.outcome == "passed"
    menu = menus.beside(menu, _values(walk, step, quiet=passed))
    menu = _polling(walk, menu, step, visit)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    chosen = deciding(step, visit.judged)
    match answer:
        case "poll" | "r":
            _again(walk, visit, step)
        case "enter" if chosen is not None:
            _take(walk, visit, step, chosen, by_evidence=True)
        case "enter" | "c":
            walk.hold(e.BranchTaken(visit.number, None, encode(walk.graph.after(step.id)), "", "next"))
        case "v" if step.command:
            correct(walk, step)
        case "o":
            _overrule(walk, visit)
        case _ if answer in WAYS[: len(step.branches)]:
            index = WAYS.index(answer)
            _take(walk, visit, step, index, by_evidence=index == chosen)
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
    walk.hold(e.BranchTaken(visit.number, index, encode(edge.target), edge.text, how, seen))


def _again(walk: Walk, visit: Visit, step: Step) -> None:
    if step.command is None:
        return
    if step.command.effect is Effect.READ:
        run(walk, visit, step, step.command)
        return
    # A change is run again only by the same deliberate yes as the first time.
    act(walk, visit, step, ask(walk, step, "Run it again?"))


def _overrule(walk: Walk, visit: Visit) -> None:
    was = visit.ended.outcome if visit.ended else ""
    other = "failed" if was == "passed" else "passed"
    reason = walk.ports.prompt.line(f"the verdict was {was}; why is it {other}?", Interruptions(walk))
    if reason:
        walk.decide(e.StepEnded(visit.number, other, "overruled", reason))


def _polling(walk: Walk, menu: Menu, step: Step, visit: Visit) -> Menu:
    """Let a question look again by itself, while what the step waits for has not come.

    Then Enter still takes what the evidence says, but nothing is suggested: the evidence may change.
    """
    command = step.command
    every = command.attributes.every if command else None
    if command is None or every is None or command.effect is not Effect.READ or not _waits(step, visit):
        return menu
    if walk.ports.prompt.unattended and elapsed(walk, visit) >= _patience(step, command):
        return menu
    options = tuple(replace(option, hint=False) for option in menu.options)
    return replace(menu, options=options, question=f"{menu.question} (looks again every {every:g}s)", poll=every)


def _waits(step: Step, visit: Visit) -> bool:
    """Say whether what is expected, or else any branch's predicate, does not hold yet."""
    judged, ended = visit.judged, visit.ended
    if ended is not None and ended.how != "machine":
        return False  # she has said how it ended
    if judged is None or step.expected:
        return judged is None or judged.verdict != "passed"
    chosen = deciding(step, judged)
    return chosen is None or isinstance(step.branches[chosen].guard, Otherwise)


def _patience(step: Step, command: Command) -> float:
    """Return the seconds for which a step is watched when nobody is there."""
    if any(isinstance(branch.guard, Timer) for branch in step.branches):
        return math.inf  # it ends the watch
    if not step.expected and not any(isinstance(branch.guard, Predicate) for branch in step.branches):
        return 0.0
    return command.attributes.timeout or _PATIENCE


def _values(walk: Walk, step: Step, *, quiet: bool) -> list[Option]:
    known = changeable(walk, step) if _repeats(walk, step) else ()
    return menus.values(known, quiet=quiet)


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


def _code(walk: Walk, visit: Visit, step: Step) -> int:
    """Return the exit code by which a shell said that something failed; of other commands it tells nothing more."""
    end = walk.state.attempts[visit.attempts[-1]].end if visit.attempts else None
    kind = walk.ports.executors(step.command.language) if step.command else None
    if end is None or end.reason != "exit" or kind is None or not runs_here(kind):
        return 0
    return end.exit_code or 0


def decided(walk: Walk, visit: Visit, step: Step) -> e.Judged:
    """Return which branches of a decision hold: by the journal, the parameters, or because no other does."""

    def again(seconds: float) -> str | None:
        return recurs(walk.ports.store, walk.ports.clock, walk.state, seconds)

    judged = judge(step, visit.number, 0, Observed(None, walk.names(), redact=walk.redactor.text), again)
    return replace(judged, verdict="passed", why="")
