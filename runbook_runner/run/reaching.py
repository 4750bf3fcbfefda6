"""Which target a command speaks to, and what is known of it here."""

from __future__ import annotations

from collections.abc import Callable

from runbook_runner.errors import InputError
from runbook_runner.model.command import Command
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.target import Target, declared, references
from runbook_runner.ports import Executor, Lender, Targets, Where
from runbook_runner.run.learned import declared as set_in_shell
from runbook_runner.run.walk import Walk


def executor_for(walk: Walk, command: Command) -> Executor:
    """Return what runs a command; InputError when nothing here does."""
    executor = walk.ports.executors(command.language)
    if executor is None:
        raise InputError(f"nothing here runs `{command.language}`", "do it by hand and press d")
    return executor


def target_of(
    runbook: Runbook,
    command: Command,
    executor: Executor,
    targets: Targets,
    others: Callable[[str], Executor | None] = lambda _language: None,
) -> Target | None:
    """Return the target of a command: the one that it names, else the runbook's only one of that kind.

    What the configuration says of a name goes before what the front matter says. InputError for a target of another
    kind, and for a name that nobody knows: where the command names it, or where nothing else can be meant. `others`
    finds what runs the fences that name a target, which says of what kind it may be.
    """
    own = {each.name: each for each in declared(runbook.facts.extra.get("targets"))}
    name = command.attributes.target
    if name:
        return _fit(_known(name, own, targets), executor, command.language)
    if runs_here(executor) or not executor.kinds:
        return None
    kinds = {each: found.kind if (found := targets.named(each)) else own[each].kind or None for each in own}
    meant = [each for each, kind in kinds.items() if kind in (executor.kinds[0].name, "")]
    if meant:
        return _known(meant[0], own, targets) if len(meant) == 1 else None
    lost = [each for each, kind in kinds.items() if kind is None and _may_be(runbook, each, executor, others)]
    # Without a target a request goes to the host that it gives; what is current somewhere would be another cluster.
    if lost and (command.analysis.needs_target or isinstance(executor, Lender)):
        raise _unknown(*lost)
    return None


def runs_here(executor: Executor) -> bool:
    """Tell whether commands run on this machine where they name no target."""
    return "sh" in executor.languages


def _may_be(runbook: Runbook, name: str, executor: Executor, others: Callable[[str], Executor | None]) -> bool:
    """Tell whether a target may be of a kind, as far as the fences say that name it."""
    kind = executor.kinds[0].name
    naming = {
        step.command.language for step in runbook.steps if step.command and step.command.attributes.target == name
    }
    users = [executor if language in executor.languages else others(language) for language in naming]
    return not users or any(user is None or kind in (each.name for each in user.kinds) for user in users)


def _unknown(*names: str) -> InputError:
    if len(names) == 1:
        return InputError(f"there is no target `{names[0]}`", f"write [targets.{names[0]}] in runbook.toml")
    shown = ", ".join(f"`{name}`" for name in names)
    return InputError(f"there are no targets {shown}, one of which is meant", "write them in runbook.toml: [targets.…]")


def _known(name: str, own: dict[str, Target], targets: Targets) -> Target:
    found = targets.named(name)
    if found is None and name in own and own[name].kind:
        found = own[name]
        # Whoever writes a document would have her secrets fetched, by a command even, and sent where he likes.
        if given := sorted(references(found.settings)):
            raise InputError(
                f"target `{name}`: `{given[0]}` is a secret, and a document may not say where one is",
                f"write [targets.{name}] in runbook.toml",
            )
    if found is None:
        raise _unknown(name)
    return found


def _fit(target: Target, executor: Executor, language: str) -> Target:
    kinds = [kind.name for kind in executor.kinds]
    if target.kind and target.kind not in kinds:
        raise InputError(
            f"target `{target.name}` is of kind {target.kind}, and `{language}` runs on {' or '.join(kinds) or 'none'}",
            "name another target, or do it by hand and press d",
        )
    return target


def target_here(walk: Walk, command: Command) -> Target | None:
    """Return a command's target in this run; InputError as `target_of` says."""
    return target_of(walk.graph.runbook, command, executor_for(walk, command), walk.ports.targets, walk.ports.executors)


def where(walk: Walk, target: Target | None, command: Command | None = None) -> Where:
    """Return what is known of a target, its secrets resolved and from now on hidden, and the values for a command."""
    hidden = {*walk.secrets, *(n for n, known in walk.state.parameters.items() if known.secret)}
    known = {name: value for name, value in walk.values().items() if name not in hidden}
    carried = walk.state.carried_at(target.name if target else "")
    shell = set_in_shell(carried.variables) if carried else {}
    environment = {**walk.options.environment, **shell, **known} if command else dict(walk.options.environment)
    return Where(environment, resolved(walk, target) if target is not None else None)


def resolved(walk: Walk, target: Target) -> Target:
    """Return a target with its secrets, which the record will never show."""
    if target.name not in walk.targets:
        found, secrets = walk.ports.targets.resolve(target)
        for value in secrets:
            walk.redactor.add(value)
        walk.targets[target.name] = found
    return walk.targets[target.name]
