"""The keys that work at every question: note, escalate, pause, back, jump, end, help."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.model import events as e
from runbook_runner.model.graph import Choose, GoTo
from runbook_runner.model.runbook import Step
from runbook_runner.model.state import Visit
from runbook_runner.ports import Interrupted, Menu, Option
from runbook_runner.run import menus
from runbook_runner.run.ask import call, note
from runbook_runner.run.decide import encode
from runbook_runner.run.interrupts import TIMER_KEYS, Interruptions, timer_option, timers
from runbook_runner.run.walk import Walk


class Paused(Interrupted):
    """She pressed p: the run waits for `runbook resume`."""


def common(walk: Walk, key: str) -> None:
    """Do what a key that is not about the question itself asks for; unknown keys do nothing."""
    match key:
        case "n":
            note(walk)
        case "x":
            call(walk, "")
        case "p":
            raise Paused
        case "b":
            _back(walk)
        case "j":
            _jump(walk)
        case "q":
            _quit(walk)
        case "?":
            walk.ports.reporter.say(menus.HELP)
        case _ if key and key in TIMER_KEYS:
            _timer(walk, key)
        case _:
            pass


def visit_again(walk: Walk, step: str, how: str) -> None:
    """Arrive at a step by her own decision."""
    walk.decide(e.Visited(step, len(walk.state.visits) + 1, how))
    walk.show(step)


def _back(walk: Walk) -> None:
    here = walk.state.visit
    before = [step for step in _trail(walk.state.visits) if step in walk.graph.steps and here and step != here.step]
    if before:
        visit_again(walk, before[-1], "back")
    else:
        walk.ports.reporter.say("this is the first step", style="quiet")


def _trail(visits: Sequence[Visit]) -> list[str]:
    """Return the steps that led here; going back takes the last one off, so that the next `b` goes further back."""
    trail: list[str] = []
    for visit in visits:
        if visit.how == "back" and visit.step in trail:
            del trail[len(trail) - 1 - trail[::-1].index(visit.step) :]
        trail.append(visit.step)
    return trail


def _jump(walk: Walk) -> None:
    steps = list(walk.graph.steps.values())
    _listed(walk, steps)
    text = walk.ports.prompt.line("jump to (number, id or section, enter to stay)", Interruptions(walk))
    if not text:
        return
    place = int(text) if text.isdecimal() and len(text) < 6 else 0
    target = GoTo(steps[place - 1].id) if 0 < place <= len(steps) else walk.graph.entry(text.removeprefix("#"))
    match target:
        case GoTo(there) | Choose(key=there):
            visit_again(walk, there, "jump")
        case _:
            walk.ports.reporter.say(f"there is no step or section {text!r}", style="bad")


def _listed(walk: Walk, steps: Sequence[Step]) -> None:
    """Show all steps below their sections, with what became of them: `Delete them` alone says little."""
    became = {visit.step: visit.ended.outcome for visit in walk.state.visits if visit.ended and visit.attempts}
    here = walk.state.visit.step if walk.state.visit else ""
    section = ""
    for number, step in enumerate(steps, 1):
        if step.phase != section:
            section = step.phase
            walk.ports.reporter.say(f"{walk.graph.phase_of(step.id).title}  #{section}", style="quiet")
        done = f"  {became[step.id]}" if step.id in became else ""
        walk.ports.reporter.say(f"{'>' if step.id == here else ' '}{number:>3}  {step.title}  ({step.id}){done}")


def _quit(walk: Walk) -> None:
    menu = menus.end("")
    options = (*(o for o in menu.options if o not in menus.COMMON), Option("c", "do not end it"))
    answer = walk.ports.prompt.choose(Menu("End the run as what?", options), Interruptions(walk))
    if answer in menus.OUTCOMES:
        walk.decide(e.RunEnded(menus.OUTCOMES[answer], "answer"))


def _timer(walk: Walk, key: str) -> None:
    visit = walk.state.visit
    step = walk.graph.steps.get(visit.step) if visit else None
    if visit is None or step is None:
        return
    for name, index, text, _ in timers(step, visit):
        if timer_option(step, index) == key and name in walk.state.timers:
            bodies: list[e.Body] = []
            if not visit.ended:
                bodies.append(e.StepEnded(visit.number, "undetermined", "answer", "left by a timer"))
            walk.decide(*bodies, e.BranchTaken(visit.number, index, _destination(walk, step.id, index), text, "timer"))
            return


def _destination(walk: Walk, step: str, index: int) -> str:
    return next(encode(edge.target) for edge in walk.graph.branches(step) if edge.index == index)
