"""Before step 1: what would be missing at step 7."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.errors import InputError, RunbookError
from runbook_runner.model import events as e
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Executor, Where
from runbook_runner.run.parameters import candidates, parameter, refusal
from runbook_runner.run.reaching import target_here, where
from runbook_runner.run.walk import Walk

PATIENCE = 2.0
"""Seconds that a target may take to answer before it is left unanswered."""


class Group(Struct):
    """Commands that one executor runs at one target."""

    executor: Executor
    where: Where
    commands: list[Command] = field(default_factory=list)


def preflight(walk: Walk) -> None:
    """Find out before step 1 what would be missing at step 7, tell it, and record it."""
    groups, lost = _groups(walk)
    checks = [*lost, *_asked(groups)]
    # The same program may be named by several groups.
    seen = {(check.name, check.ok, check.detail): check for check in checks}
    findings = tuple({"name": c.name, "ok": c.ok, "detail": walk.redactor.text(c.detail)} for c in seen.values())
    walk.observe(e.Preflight(findings))
    _tell(walk, list(seen.values()))


def _groups(walk: Walk) -> tuple[list[Group], list[Check]]:
    groups: dict[tuple[int, str], Group] = {}
    lost: dict[str, Check] = {}
    for step in walk.graph.steps.values():
        command = step.command
        if command is None or command.handling not in (Handling.RUN, Handling.TERMINAL):
            continue
        executor = walk.ports.executors(command.language)
        if executor is None:
            continue
        try:
            target = target_here(walk, command)
            key = (id(executor), target.name if target else "")
            if key not in groups:
                groups[key] = Group(executor, _likely(walk, where(walk, target)))
            groups[key].commands.append(command)
        except InputError as error:
            name = command.attributes.target or command.language
            lost[name] = Check(f"target {name}", False, error.message)
    return list(groups.values()), list(lost.values())


def _likely(walk: Walk, known: Where) -> Where:
    """Add the values that parameters will most likely have."""
    likely = {}
    for wanted in walk.graph.runbook.parameters:
        offered = candidates(wanted, walk.options.flags, walk.state.started, walk.options.environment)
        fitting = [each.value for each in offered if not refusal(wanted, each.value)]
        if fitting and not parameter(walk.graph.runbook, wanted.name).secret:
            likely[wanted.name] = fitting[0]
    return replace(known, environment={**known.environment, **likely, **walk.values()})


def _asked(groups: Sequence[Group]) -> list[Check]:
    """Ask what needs no other system at once, and all targets at the same time."""
    answers: list[list[Check]] = [[] for _ in groups]
    threads = []
    for place, group in enumerate(groups):
        if not group.executor.kinds or (group.where.target is None and len(groups) == 1):
            answers[place] = list(group.executor.preflight(group.commands, group.where))
            continue
        thread = threading.Thread(target=_ask, args=(group, answers[place]), daemon=True)
        thread.start()
        threads.append((thread, place, group.where.target))
    patience = threading.Event()
    for thread, place, target in threads:
        thread.join(PATIENCE if not patience.is_set() else 0.05)
        if thread.is_alive():
            patience.set()  # all began together: whoever has not answered by now is late as well
            answers[place] = [Check(_named(target), None, f"no answer within {PATIENCE:g} s")]
    return [check for answer in answers for check in answer]


def _ask(group: Group, answer: list[Check]) -> None:
    try:
        answer += group.executor.preflight(group.commands, group.where)
    except RunbookError as error:
        answer.append(Check(_named(group.where.target), False, error.message))


def _named(target: Target | None) -> str:
    return f"target {target.name}" if target is not None else "preflight"


def _tell(walk: Walk, checks: Sequence[Check]) -> None:
    say = walk.ports.reporter.say
    programs = [check.name for check in checks if check.ok is False and check.detail == "not on PATH"]
    if programs:
        say(f"not on PATH here: {', '.join(programs)}", style="quiet")
    others = [check for check in checks if check.detail != "not on PATH" and check.ok is not True]
    for check in others:
        mark, style = ("!", "bad") if check.ok is False else ("?", "warning")
        say(f"{mark} {check.name}: {walk.redactor.text(check.detail)}", style=style)
