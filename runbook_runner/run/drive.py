"""drive: does what `decide` says, records what happened, and asks again. Nothing else moves a run."""

from __future__ import annotations

from collections.abc import Callable

from runbook_runner.errors import HeadMoved, InputError
from runbook_runner.model import events as e
from runbook_runner.model.command import Effect
from runbook_runner.model.runbook import Question
from runbook_runner.model.state import RunState
from runbook_runner.ports import WAYS, About, Menu, Option
from runbook_runner.run import actions as a
from runbook_runner.run import menus
from runbook_runner.run.ask import call
from runbook_runner.run.common import common
from runbook_runner.run.decide import decide, encode
from runbook_runner.run.interrupts import Interruptions
from runbook_runner.run.leave import depart, settle
from runbook_runner.run.offer import offer
from runbook_runner.run.walk import Walk

EnterChild = Callable[[Walk, str, str], RunState]
"""Walks another runbook from this run: path and anchor, or `run:ID` to go on in one that has not returned."""


_MOST = 12
"""So many events are written in one piece, about."""


def drive(walk: Walk, enter: EnterChild) -> RunState:
    """Walk the run to its end; the exceptions of the prompt leave it where it stands."""
    while walk.state.ended is None:
        try:
            action = decide(walk.graph, walk.state)
            if not _straight_on(walk, action):
                walk.settle()
            _do(walk, enter, action)
        except HeadMoved:
            # An observation of a former driver came in between: decide again, knowing it.
            walk.catch_up()
    return walk.state


def _straight_on(walk: Walk, action: a.Action) -> bool:
    """Whether what is held can wait for the next thing that must be durable: the start of a command, or a question."""
    if len(walk.held) >= _MOST:
        return False
    match action:
        case a.Record():
            return True
        case a.Offer(step=step) | a.Depart(step=step) if walk.ports.prompt.unattended:
            return step.command is not None and step.command.effect is Effect.READ and not step.command.attributes.every
        case _:
            return False


def _do(walk: Walk, enter: EnterChild, action: a.Action) -> None:  # noqa: C901 - one flat dispatch, a line an action
    match action:
        case a.Done():
            return
        case a.Record(bodies):
            walk.hold(*bodies)
        case a.Recover(attempt):
            from runbook_runner.run.recover import recover

            recover(walk, attempt)
        case a.AskGuard():
            _guard(walk, action)
        case a.Offer(visit, step):
            offer(walk, visit, step)
        case a.Settle(visit, step, why):
            settle(walk, visit, step, why)
        case a.Depart(visit, step):
            depart(walk, visit, step)
        case a.Pick():
            _pick(walk, action)
        case a.AskEnd(hint):
            _end(walk, hint)
        case a.Call(to):
            _call(walk, to)
        case a.Enter(path, anchor):
            _enter(walk, enter, path, anchor)
        case a.GoOnInChild(run):
            _returned(walk, run, enter(walk, f"run:{run}", ""))
        case a.Lost(why):
            _lost(walk, why)


def _guard(walk: Walk, action: a.AskGuard) -> None:
    optional = isinstance(action.guard, Question) and action.text.lower().startswith("(optional)")
    question = "This is optional. Do it?" if optional else "Does this hold?"
    options = (Option("y", "yes"), Option("s", "no, skip"), *menus.COMMON)
    menu = Menu(question, options, (f"  {action.text}",), about=About.GUARD)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    if answer in ("y", "s"):
        walk.decide(e.GuardAnswered(action.visit.number, action.text, answer == "y"))
    else:
        common(walk, answer)


def _pick(walk: Walk, action: a.Pick) -> None:
    menu = menus.pick(action.choose)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
    number = walk.state.visit.number if walk.state.visit else 0
    chosen = dict(zip(WAYS, (step for _, step in action.choose.options), strict=False))
    if answer in chosen:
        text = next(o.label for o in menu.options if o.key == answer)
        walk.decide(e.BranchTaken(number, None, f"step:{chosen[answer]}", text, "choice"))
    elif answer == "0":
        walk.decide(e.BranchTaken(number, None, encode(action.choose.none), "none of these", "choice"))
    else:
        common(walk, answer)


def _end(walk: Walk, hint: str) -> None:
    menu = menus.end(hint)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk))
    if answer == "enter":
        walk.decide(e.RunEnded(hint, "branch"))
    elif answer in menus.OUTCOMES:
        text = walk.ports.prompt.line("anything the review should know? (enter for nothing)", Interruptions(walk))
        walk.decide(e.RunEnded(menus.OUTCOMES[answer], "answer", text or ""))
    else:
        common(walk, answer)


def _call(walk: Walk, to: str) -> None:
    call(walk, to)
    options = (
        Option("e", "hand over: the run ends as escalated"),
        Option("c", "stay and go on with the next step"),
        *menus.COMMON,
    )
    answer = walk.ports.prompt.choose(Menu("What now?", options, about=About.CALLED), Interruptions(walk))
    if answer == "e":
        walk.decide(e.RunEnded("escalated", "branch"))
    elif answer == "c":
        onward = encode(walk.graph.after(walk.state.visit.step)) if walk.state.visit else "outcome"
        number = walk.state.visit.number if walk.state.visit else 0
        walk.decide(e.BranchTaken(number, None, onward, "", "next"))
    else:
        common(walk, answer)


def _enter(walk: Walk, enter: EnterChild, path: str, anchor: str) -> None:
    try:
        child = enter(walk, path, anchor)
    except InputError as error:
        walk.ports.reporter.say(f"{error.message}", style="bad")
        _lost(walk, f"{path} cannot be walked")
        return
    _returned(walk, child.run, child)


def _returned(walk: Walk, run: str, child: RunState) -> None:
    outcome = child.ended.outcome if child.ended else "abandoned"
    walk.decide(e.ChildReturned(run, outcome))
    if outcome in ("escalated", "abandoned"):
        walk.decide(e.RunEnded(outcome, "branch", f"by the runbook walked from here (run {run})"))
        return
    visit = walk.state.visit
    onward = encode(walk.graph.after(visit.step)) if visit else "outcome"
    walk.decide(e.BranchTaken(visit.number if visit else 0, None, onward, f"back from {run}: {outcome}", "next"))


def _lost(walk: Walk, why: str) -> None:
    options = (Option("c", "go on with the next step"), *menus.COMMON)
    answer = walk.ports.prompt.choose(Menu(f"{why}. Where to?", options, about=About.LOST), Interruptions(walk))
    if answer == "c":
        visit = walk.state.visit
        known = visit is not None and visit.step in walk.graph.steps
        onward = encode(walk.graph.after(visit.step)) if visit and known else "outcome"
        walk.decide(e.BranchTaken(visit.number if visit else 0, None, onward, "", "next"))
    else:
        common(walk, answer)
