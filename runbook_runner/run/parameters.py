"""Values for commands: which are needed, where they come from, and whether they may be used. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.model.command import Command
from runbook_runner.model.events import ParameterSet, RunStarted
from runbook_runner.model.runbook import Parameter, ParameterType, Predicate, Runbook, Step
from runbook_runner.regex import regex
from runbook_runner.syntax.builtins import ambient_name, refused_name
from runbook_runner.syntax.secrets import is_secret_name

SAFE = regex(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*")


class Candidate(Struct, frozen=True):
    """A value on offer, and where it comes from."""

    value: str
    origin: str
    """flag, alert, environment or default."""


def needed(command: Command, known: Mapping[str, object], defined: frozenset[str]) -> tuple[str, ...]:
    """Return the names that must have a value before the command may run, in order.

    `known` are the parameters that have one, `defined` what earlier steps set in their shell.
    """
    return tuple(
        name for name in command.analysis.uses if name not in known and name not in defined and not ambient_name(name)
    )


def judging(runbook: Runbook, step: Step) -> tuple[str, ...]:
    """Return the parameters that the predicates of a step read, in order: it is judged by values, not run with them."""
    names = [each.name for each in runbook.parameters]
    guards = (*(each.predicate for each in step.expected), *(each.guard for each in step.branches))
    sources = [guard.source for guard in guards if isinstance(guard, Predicate) and not guard.error]
    if not any(name in source for source in sources for name in names):
        return ()
    from runbook_runner.predicates import PredicateError, free_names, known_names, parse  # 10 ms, and few steps need it

    read: set[str] = set()
    for source in sources:
        with suppress(PredicateError):
            read |= free_names(parse(source))
    return tuple(name for name in names if name in read and name not in known_names)


def parameter(runbook: Runbook, name: str) -> Parameter:
    """Return what the runbook says of a name; a plain string where it says nothing. Its name may say it is secret."""
    found = next((candidate for candidate in runbook.parameters if candidate.name == name), None) or Parameter(name)
    return found if found.secret or not is_secret_name(name) else replace(found, secret=True)


def candidates(
    wanted: Parameter, flags: Mapping[str, str], started: RunStarted | None, environment: Mapping[str, str]
) -> list[Candidate]:
    """Return the values on offer, best first."""
    found = []
    if wanted.name in flags:
        found.append(Candidate(flags[wanted.name], "flag"))
    if wanted.source and started and (value := _from_alert(wanted.source, started)):
        found.append(Candidate(value, "alert"))
    if environment.get(wanted.name):
        found.append(Candidate(environment[wanted.name], "environment"))
    if wanted.default is not None:
        found.append(Candidate(wanted.default, "default"))
    return found


def refusal(wanted: Parameter, value: str) -> str:
    """Return why a value cannot be taken; empty when it can."""
    if refused_name(wanted.name):
        return f"{wanted.name} changes how the shell itself works and cannot be a parameter"
    if "\0" in value:
        return "a value cannot hold a NUL character"
    if wanted.choices:
        return "" if value in wanted.choices else "one of: " + ", ".join(wanted.choices)
    if wanted.pattern:
        return _unmatched(wanted.pattern, value)
    match wanted.type:
        case ParameterType.INTEGER:
            return "" if re.fullmatch(r"[0-9]{1,18}", value) else _no_number(value, "a whole number, such as 42")
        case ParameterType.NUMBER:
            return "" if re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) else _no_number(value, "a number, such as 0.5")
        case ParameterType.BOOLEAN:
            return "" if value in ("true", "false") else "true or false"
        case ParameterType.STRING:
            return "" if SAFE.fullmatch(value) else _unsafe(value)


def wrong_flags(runbook: Runbook, flags: Mapping[str, str]) -> str:
    """Return what is wrong with values given on the command line; empty when nothing is."""
    used = {name for step in runbook.steps if step.command for name in step.command.analysis.uses}
    names = sorted({candidate.name for candidate in runbook.parameters} | used)
    for name, value in flags.items():
        if name not in names:
            return f"this runbook has no parameter {name}; it has " + (", ".join(names) or "none")
        if why := refusal(parameter(runbook, name), value):
            return f"{name}: {why}"
    return ""


def unsafe_here(command: Command, runbook: Runbook) -> str:
    """Return the name of an untyped parameter whose value the command would parse as code; empty when there is none."""
    known = {candidate.name: candidate for candidate in runbook.parameters}
    for name in sorted(command.analysis.reevaluated):
        if name in known and not known[name].typed:
            return name
    return ""


def typed(wanted: Parameter, value: str) -> object:
    """Return a value as predicates see it."""
    match wanted.type:
        case ParameterType.INTEGER:
            return int(value)
        case ParameterType.NUMBER:
            return float(value)
        case ParameterType.BOOLEAN:
            return value == "true"
        case ParameterType.STRING:
            return value


def unconfirmed(values: Mapping[str, ParameterSet], confirmed: frozenset[str], uses: Collection[str]) -> list[str]:
    """Return the names, of those that a step uses, whose values only the environment gave."""
    return [n for n, v in values.items() if n in uses and v.origin == "environment" and n not in confirmed]


def _unmatched(pattern: str, value: str) -> str:
    """Return why a value does not match; empty when it does. In time that no pattern and no value can stretch."""
    from runbook_runner.predicates.pattern import PatternError, compiled

    try:
        compiled(pattern)  # alone first: `a)|(b` would step out of the group
        found = compiled(rf"\A(?:{pattern})\z").search(value)
    except PatternError as error:
        return f"the runbook's pattern for it cannot be used: {error}"
    return "" if found is not None else f"it must match {pattern}"


def _no_number(value: str, wanted: str) -> str:
    # `kill -TERM "$PID"` with -1 would end every process.
    if value.startswith("-"):
        return f"{wanted}; it begins with a dash: give the parameter a pattern, such as '-?[0-9]+', to allow it"
    return wanted


def _unsafe(value: str) -> str:
    if not value:
        return "it cannot be empty"
    if value.startswith("-"):
        return "it begins with a dash and would be taken for an option; give the parameter a pattern to allow it"
    if not SAFE.fullmatch(value[0]) and SAFE.fullmatch("a" + value):
        return f"it begins with {value[0]!r}; give the parameter a pattern to allow it"
    bad = next(char for char in value if not SAFE.fullmatch("a" + char))
    return f"it holds {bad!r}, which could be taken for code; give the parameter a pattern to allow it"


def _from_alert(source: str, started: RunStarted) -> str:
    match source.split(".", 2):
        case ["alert", "labels", name]:
            return str(started.labels.get(name, ""))
        case ["alert", "annotations", name]:
            return str(started.annotations.get(name, ""))
        case ["alert", "name"]:
            return started.alert
        case _:
            return ""
