"""Before step 1: what would be missing at step 7, in one table."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.errors import InputError, RunbookError
from runbook_runner.model import events as e
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.runbook import Step, StepKind
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Executor, Where
from runbook_runner.run import parameters as p
from runbook_runner.run.certain import is_certain
from runbook_runner.run.reaching import runs_here, target_here, where
from runbook_runner.run.walk import Walk

PATIENCE = 2.0
"""Seconds that a target may take to answer before it is left unanswered."""
_NOT_THERE = "not on PATH"
_ELSEWHERE = frozenset({"kubectl", "oc", "helm"})
"""Programs whose rights another system is asked for."""
_MOST = 6
"""Steps that are named for one thing that is missing."""
_SAME = (
    frozenset({"apt", "apt-get", "apt-cache", "apk", "brew", "dnf", "dpkg", "pacman", "rpm", "yum", "zypper"}),
    frozenset({"crictl", "ctr", "docker", "nerdctl", "podman"}),
    frozenset({"lsof", "netstat", "ss"}),
    frozenset({"rc-service", "service", "systemctl"}),
    frozenset({"ifconfig", "ip", "route"}),
    frozenset({"dig", "drill", "host", "nslookup"}),
    frozenset({"curl", "wget"}),
    frozenset({"kubectl", "oc"}),
    frozenset({"chronyc", "ntpq", "timedatectl"}),
)
"""Programs one of which a machine has: where a runbook names several, she uses what is there."""
_SOME = f"{_NOT_THERE}; only some ways need it"


class Group(Struct):
    """Commands that one executor runs at one target."""

    executor: Executor
    target: Target | None
    commands: list[Command] = field(default_factory=list)

    @property
    def here(self) -> bool:
        """Whether nothing but this machine is asked."""
        tools = {tool for command in self.commands for tool in command.analysis.tools}
        return self.target is None and not tools & _ELSEWHERE


def preflight(walk: Walk) -> None:
    """Find out before step 1 what would be missing at step 7, tell it, and record it."""
    groups, lost = _groups(walk)
    checks = [*lost, *_asked(walk, groups), *_parameters(walk)]
    # The same program may be named by several groups.
    seen = {(check.name, check.ok, check.detail): check for check in checks}
    found = [replace(check, detail=walk.redactor.text(check.detail)) for check in _weighed(walk, list(seen.values()))]
    walk.observe(e.Preflight(tuple({"name": c.name, "ok": c.ok, "detail": c.detail} for c in found)))
    _tell(walk, found)


def _groups(walk: Walk) -> tuple[list[Group], list[Check]]:
    groups: dict[tuple[int, str], Group] = {}
    lost: dict[str, Check] = {}
    for command in _commands(walk):
        executor = walk.ports.executors(command.language)
        if executor is None:
            continue
        try:
            target = target_here(walk, command)
        except InputError as error:
            name = f"target {command.attributes.target}" if command.attributes.target else command.language
            lost.setdefault(_said(error), Check(name, False, _said(error)))
            continue
        key = (id(executor), target.name if target else "")
        groups.setdefault(key, Group(executor, target)).commands.append(command)
    return list(groups.values()), list(lost.values())


def _commands(walk: Walk) -> Iterator[Command]:
    for step in walk.graph.steps.values():
        if step.command is not None and step.command.handling in (Handling.RUN, Handling.TERMINAL):
            yield step.command


def _asked(walk: Walk, groups: Sequence[Group]) -> list[Check]:
    """Ask this machine at once, and all others at the same time, none for longer than the others together."""
    answers: list[list[Check]] = [[] for _ in groups]
    threads = []
    for place, group in enumerate(groups):
        if group.here and runs_here(group.executor):
            answers[place] = list(group.executor.preflight(group.commands, _likely(walk, where(walk, None))))
            continue
        thread = threading.Thread(target=_ask, args=(walk, group, answers[place]), daemon=True)
        thread.start()
        threads.append((thread, place, group.target))
    until = time.monotonic() + PATIENCE
    for thread, place, target in threads:
        thread.join(max(0.02, until - time.monotonic()))
        if thread.is_alive():
            answers[place] = [Check(_named(target), None, _late(target))]
    return [check for answer in answers for check in list(answer)]


def _ask(walk: Walk, group: Group, answer: list[Check]) -> None:
    try:
        # Her secrets may come from a command that takes its time.
        answer += group.executor.preflight(group.commands, _likely(walk, where(walk, group.target)))
    except RunbookError as error:
        answer.append(Check(_named(group.target), False, _said(error)))
    except Exception as error:  # noqa: BLE001 - a check that fails must not hold up the run
        answer.append(Check(_named(group.target), None, f"it could not be checked: {error}"))


def _likely(walk: Walk, known: Where) -> Where:
    """Add the values that parameters will most likely have."""
    likely = {}
    for wanted in walk.graph.runbook.parameters:
        offered = p.candidates(wanted, walk.options.flags, walk.state.started, walk.options.environment)
        fitting = [each.value for each in offered if not p.refusal(wanted, each.value)]
        if fitting and not p.parameter(walk.graph.runbook, wanted.name).secret:
            likely[wanted.name] = fitting[0]
    return replace(known, environment={**known.environment, **likely, **walk.values()})


def _late(target: Target | None) -> str:
    hint = f"; `runbook targets --check {target.name}` waits longer" if target is not None else ""
    return f"no answer within {PATIENCE:g} s{hint}"


def _said(error: RunbookError) -> str:
    return f"{error.message}: {error.hint}" if error.hint else error.message


def _named(target: Target | None) -> str:
    return f"target {target.name}" if target is not None else "preflight"


# --- parameters -------------------------------------------------------------------------------


def _parameters(walk: Walk) -> Iterator[Check]:
    """Yield what is wrong with the values on offer, and the names that she will be asked for."""
    defined = frozenset(name for c in _commands(walk) for name in (*c.analysis.sets, c.attributes.capture) if name)
    missing = []
    needed = [name for c in _commands(walk) for name in p.needed(c, walk.values(), defined)]
    for name in dict.fromkeys((*needed, *_judging(walk))):
        wanted = p.parameter(walk.graph.runbook, name)
        offered = p.candidates(wanted, walk.options.flags, walk.state.started, walk.options.environment)
        refused = [(each.origin, why) for each in offered if (why := p.refusal(wanted, each.value))]
        if refused:
            origin, why = refused[0]
            yield Check(f"parameter {name}", False, f"the value from the {origin} is refused: {why}")
        elif not offered:
            missing.append(name)
    if missing:
        # A secret has no place on a command line, and behind its name and a colon all would be hidden as its value.
        plain = [name for name in missing if not p.parameter(walk.graph.runbook, name).secret]
        example = f"; or give --param {plain[0]}=VALUE" if plain else ""
        yield Check("parameters", None, f"asked for when needed: {', '.join(missing)}{example}")


def _judging(walk: Walk) -> Iterator[str]:
    """Yield the parameters that predicates read and that neither have a value nor are captured by a step."""
    captured = {command.attributes.capture for command in _commands(walk)}
    given = walk.values()
    for step in walk.graph.steps.values():
        if step.kind in (StepKind.COMMAND, StepKind.DECISION):
            yield from (n for n in p.judging(walk.graph.runbook, step) if n not in given and n not in captured)


# --- what is missing, and whether it matters -----------------------------------------------------


def _weighed(walk: Walk, checks: Sequence[Check]) -> list[Check]:
    """Return the checks, where a program that is not there is wrong only if the way leads past a step that needs it."""
    there = {check.name for check in checks if check.ok}
    used = {tool for command in _commands(walk) for tool in command.analysis.tools}
    weighed = []
    for check in checks:
        if check.ok is False and check.detail.startswith(_NOT_THERE):
            tool = check.name.partition(" on ")[0]
            instead = any(tool in same and same & used & there for same in _SAME)
            needing = _needing(walk, check)
            if instead or (needing and not any(_stops(walk, step, tool) for step in needing)):
                check = replace(check, ok=None, detail=_SOME)
        weighed.append(check)
    return weighed


def _stops(walk: Walk, step: Step, tool: str) -> bool:
    return step.command is not None and tool not in step.command.analysis.spare and is_certain(walk.graph, step.id)


def _needing(walk: Walk, check: Check) -> list[Step]:
    """Return the steps that need a program, here or at the target that the check names."""
    tool, _, target = check.name.partition(" on ")
    return [
        step
        for step in walk.graph.steps.values()
        if step.command is not None and tool in step.command.analysis.tools and step.command.attributes.target == target
    ]


# --- the table --------------------------------------------------------------------------------


def _tell(walk: Walk, checks: Sequence[Check]) -> None:
    say = walk.ports.reporter.say
    spare = [f"{check.name} ({_places(walk, check)})" for check in checks if check.detail == _SOME]
    bad = [check for check in checks if check.ok is not True and check.detail != _SOME]
    bad.sort(key=lambda check: check.ok is None)
    well = _counted([check for check in checks if check.ok])
    if bad:
        there = f"{well} {'is' if well.startswith('1 ') and ',' not in well else 'are'} there; " if well else ""
        state = "not in order" if any(check.ok is False for check in bad) else "not known yet"
        say(f"preflight: {there}{state}:")
    elif well:
        say(f"preflight: {well}{' there' if spare else ', all there'}", style="quiet")
    for check in bad:
        mark, style = ("!", "bad") if check.ok is False else ("?", "warning")
        say(f"  {mark} {check.name}: {check.detail}{_for(walk, check)}", style=style)
    if spare:
        say(f"  not here, and only some ways need it: {', '.join(spare)}", style="quiet")


def _for(walk: Walk, check: Check) -> str:
    """Return what to do about a program that is not there."""
    if not check.detail.startswith(_NOT_THERE):
        return ""
    places = _places(walk, check)
    return f": install it, or do {places} by hand" if places else ""


def _places(walk: Walk, check: Check) -> str:
    order = list(walk.graph.steps)
    steps = [str(order.index(step.id) + 1) for step in _needing(walk, check)]
    more = ", …" if len(steps) > _MOST else ""
    return f"{'step' if len(steps) == 1 else 'steps'} {', '.join(steps[:_MOST])}{more}" if steps else ""


def _counted(checks: Sequence[Check]) -> str:
    """Count what is there: programs, targets, and what else was checked."""
    tools = sum(check.detail.startswith("/") for check in checks)
    targets = sum(check.name.startswith("target ") for check in checks)
    counts = ((tools, "tool"), (targets, "target"), (len(checks) - tools - targets, "other check"))
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
