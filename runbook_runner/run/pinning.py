"""The system that a run began with, kept for it in every command that runs on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from runbook_runner.errors import InputError, RunbookError
from runbook_runner.model.command import Attributes, Command
from runbook_runner.model.target import Target
from runbook_runner.ports import Lender, Place
from runbook_runner.run.reaching import resolved, target_here, target_of, where
from runbook_runner.run.walk import Walk

_KINDS = ("kubernetes",)
"""Kinds whose systems shell commands reach by clients of their own, each by what is current somewhere."""


def pin(walk: Walk) -> None:
    """Have the clients of shell commands act on what is current now, or on the run's own target, until its end."""
    commands = [step.command for step in walk.graph.steps.values() if step.command is not None]
    for kind in _KINDS:
        executor: object = walk.ports.executors(kind)
        if not isinstance(executor, Lender) or not executor.concerned(commands):
            continue
        try:
            target = _target(walk, commands, kind)
            at = where(walk, resolved(walk, target) if target is not None else None)
            directory = walk.state.started.directory if walk.state.started else "."
            lent = executor.lend(Place(walk.private(), directory, walk.state.run, at))
        except (RunbookError, OSError):
            continue  # what is wrong with it, its own commands will say
        if lent is not None:
            walk.lent = lent
            environment = {**walk.options.environment, **lent.environment}
            walk.options = replace(walk.options, environment=environment)


def surroundings(walk: Walk, command: Command) -> Mapping[str, str]:
    """Return the variables that a command on this machine gets beside its parameters."""
    if walk.lent is None or target_here(walk, command) is not None:
        return {}
    return walk.lent.environment


def _target(walk: Walk, commands: list[Command], kind: str) -> Target | None:
    """Return the one target that the run's commands of a kind name, or that its front matter does."""
    own = [command for command in commands if command.language == kind]
    found = {target.name if target else "": target for target in (target_here(walk, each) for each in own)}
    if own:
        return next(iter(found.values())) if len(found) == 1 else None
    executor = walk.ports.executors(kind)
    bare = replace(commands[0], language=kind, attributes=Attributes())
    if executor is None:
        return None
    try:
        return target_of(walk.graph.runbook, bare, executor, walk.ports.targets, walk.ports.executors)
    except InputError:
        return None  # a name that nobody knows may be of any kind: what is current now stays current
