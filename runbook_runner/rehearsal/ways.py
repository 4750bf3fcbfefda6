"""Which key takes the way that a scenario names, and which of its answers is one to a question."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Branch, Continue, Escalate, Finish, Step, Timer, ToAnchor
from runbook_runner.model.scenario import Answer
from runbook_runner.ports import WAYS, About, Option
from runbook_runner.run.interrupts import TIMER_KEYS, timer_option
from runbook_runner.run.menus import way_key

ONWARD = frozenset({"next", "none", "continue", "go on"})


def branch_key(step: Step, wanted: str, options: Sequence[Option]) -> str:
    """Return the key of the branch of a step that `wanted` names; empty when none of those offered is."""
    keys = {option.key for option in options}
    if wanted in ONWARD and not any(leads(branch, wanted) for branch in step.branches):
        return "c" if "c" in keys else "enter" if "enter" in keys else ""
    for exact in (True, False):
        for index, branch in enumerate(step.branches):
            key = timer_option(step, index) if isinstance(branch.guard, Timer) else way_key(index)
            meant = leads(branch, wanted) if exact else wanted.lower() in branch.text.lower()
            if meant and key in keys:
                return key
    return ""


def leads(branch: Branch, wanted: str) -> bool:
    """Say whether a branch leads where a scenario says."""
    wanted = wanted.removeprefix("#")
    match branch.destination:
        case ToAnchor(anchor, path):
            whole = f"{path}#{anchor}" if path and anchor else path or anchor
            return wanted in (whole, anchor, path)
        case Finish(outcome):
            return wanted.replace(" ", "_") == outcome.value
        case Escalate(to):
            return wanted in ("escalate", f"escalate to {to}", to) if to else wanted == "escalate"
        case Continue():
            return wanted in ONWARD


def pick_key(graph: Graph, pending: str, wanted: str, options: Sequence[Option]) -> str:
    """Return the key of one of several alternatives; empty when none is what `wanted` names."""
    choose = graph.choices.get(pending.removeprefix("choose:"))
    if wanted in ONWARD or choose is None:
        return "0"
    wanted = wanted.removeprefix("#")
    for option, (label, step) in zip(options, choose.options, strict=False):
        phase = graph.phase_of(step)
        if wanted in (step, label, *phase.anchors) or wanted.lower() in label.lower():
            return option.key
    return ""


def offered(options: Sequence[Option]) -> str:
    """Return in words what could be taken, a line each, for the message that nothing says which."""
    ways = [o.label for o in options if o.key in ("enter", "c", "0", *TIMER_KEYS, *WAYS) or o.hint]
    return "".join(f"\n  {way}" for way in dict.fromkeys(ways))


def due_timer(options: Sequence[Option]) -> str:
    """Return the key of a timer whose time has come; empty when there is none."""
    return next((option.key for option in options if option.key in TIMER_KEYS), "")


def fits(answer: Answer, about: About) -> bool:
    """Say whether an answer is one to this kind of question."""
    match about:
        case About.OFFER:
            return answer.do in ("run", "skip", "done")
        case About.SETTLE:
            return answer.expected is not None or answer.do == "again"
        case About.DEPART:
            return bool(answer.take or answer.overrule or answer.do == "again" or answer.wait)
        case About.PICK:
            return bool(answer.take)
        case About.GUARD:
            return answer.applies is not None
        case About.CALLED:
            return bool(answer.called)
        case About.END:
            return bool(answer.end)
        case _:
            return False
