"""At a step that has not been acted on: run, edit, skip, done."""

from __future__ import annotations

from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.model import events as e
from runbook_runner.model.command import Attributes, Command, Effect, Handling, decide_effect
from runbook_runner.model.runbook import Step
from runbook_runner.model.state import Visit
from runbook_runner.ports import WAYS
from runbook_runner.run import menus
from runbook_runner.run.ask import changeable, confirm, correct, fill, missing, raise_if_nobody, take_known
from runbook_runner.run.common import common
from runbook_runner.run.decide import encode
from runbook_runner.run.interrupts import Interruptions, due_options
from runbook_runner.run.parameters import unsafe_here
from runbook_runner.run.reaching import resolved, target_here, where
from runbook_runner.run.redact import MARK
from runbook_runner.run.walk import Walk
from runbook_runner.run.ways import guarded_way


def offer(walk: Walk, visit: Visit, step: Step) -> None:
    """Ask what to do, and do it."""
    if walk.options.read_only and step.command and step.command.effect is not Effect.READ:
        walk.ports.reporter.say(f"--read-only: effect {step.command.effect}, so it is not offered", style="quiet")
    act(walk, visit, step, ask(walk, step))


def ask(walk: Walk, step: Step, question: str = "") -> str:
    """Return what she wants done; a change or an unknown gets its word only in sight of all its values.

    A question of its own is asked on the way from another one, and leads back there: `c`.
    """
    command, read_only = step.command, walk.options.read_only
    while True:
        may_change = command is not None and command.effect is not Effect.READ and not read_only
        if command is not None and may_change and command.handling in (Handling.RUN, Handling.TERMINAL):
            take_known(walk, step)
        lacking = missing(walk, step) if may_change else ()
        known = changeable(walk, step) if command is not None else ()
        ways = [guarded_way(walk, edge) for edge in walk.graph.branches(step.id)] if step.branches else []
        word = _word(walk, command) if command is not None and may_change else "yes"
        menu = menus.offer(step, read_only=read_only, missing=lacking, known=known, ways=ways, word=word)
        if question:
            menu = menus.returning(menu)
        menu = menus.beside(menu, due_options(walk))
        menu = replace(menu, question=question or menu.question, lines=blast_radius(walk, command))
        answer = walk.ports.prompt.choose(menu, Interruptions(walk, offer=True))
        if command is not None and answer == "v":
            correct(walk, step)
        elif command is not None and any(option.asks and option.key == answer for option in menu.options):
            fill(walk, step)
        else:
            return answer


def _word(walk: Walk, command: Command) -> str:
    """Return what she types to let a command change something: the target's name where that is production."""
    try:
        target = target_here(walk, command)
    except InputError:
        return "yes"
    return target.name if target is not None and target.production else "yes"


def act(walk: Walk, visit: Visit, step: Step, answer: str) -> None:
    """Do what she answered at a step."""
    match answer:
        case "r" | "u" if step.command:
            run(walk, visit, step, step.command)
        case "e" if step.command:
            _edit(walk, visit, step, step.command)
        case "enter" | "d":
            walk.decide(_by_hand(visit, step))
        case "s":
            _skip(walk, visit, step)
        case _ if answer in WAYS[: len(step.branches)]:
            edge = next(edge for edge in walk.graph.branches(step.id) if edge.index == WAYS.index(answer))
            taken = e.BranchTaken(visit.number, edge.index, encode(edge.target), edge.text, "answer")
            walk.decide(_by_hand(visit, step), taken)
        case _:
            common(walk, answer)


def _by_hand(visit: Visit, step: Step) -> e.StepEnded:
    return e.StepEnded(visit.number, "passed", "answer", "by hand" if step.command else "")


def run(walk: Walk, visit: Visit, step: Step, command: Command, *, edited: bool = False) -> None:
    """Execute a step's command once its values are known and it may run."""
    as_run = replace(step, command=command)
    lacking = missing(walk, as_run)
    if not fill(walk, as_run) or (lacking and command.effect is not Effect.READ):
        return  # her yes was not in sight of these values
    if lost := _no_target(walk, command):
        walk.settle()
        walk.ports.reporter.say(lost, style="bad")
        return
    why = "" if edited else _not_as_it_stands(walk, command)
    if why:
        walk.settle()
        walk.ports.reporter.say(f"{why}: edit the command", style="bad")
        _edit(walk, visit, step, command)
        return
    if command.effect is not Effect.READ and not confirm(walk, as_run):
        return
    from runbook_runner.run.attempt import execute  # not before the first question: she waits for it

    execute(walk, visit, step, edited=command if edited else None)


def _no_target(walk: Walk, command: Command) -> str:
    """Return why what a command speaks to is not known here; empty where it is, or where it needs none."""
    try:
        target = target_here(walk, command)
        if target is not None:
            resolved(walk, target)
    except InputError as error:
        raise_if_nobody(walk, error)
        return f"{error.message}: {error.hint}" if error.hint else error.message
    return ""


def _not_as_it_stands(walk: Walk, command: Command) -> str:
    """Return why a command may only run once it is edited; empty where it may run as it stands."""
    if name := unsafe_here(command, walk.graph.runbook):
        return f"the value of {name} would be parsed as code here, and nothing says what it may be"
    if any(MARK in part for part in command.parts):
        return "this text comes from the record, where a secret in it was left out"
    return ""


def blast_radius(walk: Walk, command: Command | None) -> tuple[str, ...]:
    """Return what a command would touch, in one line: host, user, values; of a read, its values only."""
    if command is None or command.handling not in (Handling.RUN, Handling.TERMINAL):
        return ()
    started, lease = walk.state.started, walk.journal.lease
    if lease is not None:
        who = f"{lease.holder.who} on {lease.holder.host}"
    else:
        who = f"{started.who} on {started.host}" if started else "here"
    hidden = {*walk.secrets, *(n for n, known in walk.state.parameters.items() if known.secret)}
    used = [
        f"{name}={'(secret)' if name in hidden else value}"
        for name, value in walk.values().items()
        if name in command.analysis.uses
    ]
    shown = walk.redactor.text(" ".join(used))
    if command.effect is Effect.READ:
        return (f"with {shown}",) if used else ()
    why = next((r.why for r in command.analysis.reasons if r.effect is not Effect.READ), "")
    parts = [f"{command.effect.upper()} as {who}", walk.redactor.text(_reach(walk, command)), shown, why]
    alone = ("The journal is away: somebody else may be driving this run.",) if walk.ports.store.away else ()
    return (*alone, "; ".join(part for part in parts if part))


def _reach(walk: Walk, command: Command) -> str:
    kind = walk.ports.executors(command.language)
    try:
        return kind.reach(command, where(walk, target_here(walk, command), command)) if kind else ""
    except InputError as error:
        return error.message


def _edit(walk: Walk, visit: Visit, step: Step, command: Command) -> None:
    before = "\n".join(command.parts)
    text = walk.ports.prompt.edit(before)
    if not text or not text.strip():
        return
    if text.strip("\n") == before.strip("\n"):
        walk.ports.reporter.say("unchanged", style="quiet")
        return
    kind = walk.ports.executors(command.language)
    if kind is None:
        return
    analysis = kind.analyse(text, command.language)
    # Judged anew, without the attribute: the author vouched for another text.
    effect = decide_effect(analysis.effect, None, walk.graph.phase_of(step.id).kind)
    attributes = replace(command.attributes, effect=None) if command.attributes.effect else command.attributes
    edited = replace(command, parts=(text,), analysis=analysis, effect=effect, attributes=attributes or Attributes())
    if walk.options.read_only and effect is not Effect.READ:
        walk.ports.reporter.say(f"--read-only: edited, this is {effect.upper()}, and is not run", style="bad")
        return
    walk.ports.reporter.say(text, style="command")
    answer = ask(walk, replace(step, command=edited), "Edited. Run it?")
    if answer in ("r", "u"):
        run(walk, visit, step, edited, edited=True)
    elif answer == "e":
        _edit(walk, visit, step, edited)
    elif answer != "c":
        act(walk, visit, step, answer)


def _skip(walk: Walk, visit: Visit, step: Step) -> None:
    reason = ""
    if _verifies(walk, step):
        label = "this verifies a change; why skip it?"
        reason = walk.ports.prompt.line(label, Interruptions(walk)) or ""
        if not reason:
            return
    walk.decide(e.StepEnded(visit.number, "skipped", "answer", reason))


def _verifies(walk: Walk, step: Step) -> bool:
    changed = any(x.start.effect != "read" for x in walk.state.attempts.values())
    return changed and walk.graph.phase_of(step.id).role == "verify"
