"""Where a command uses a variable that some way comes to before anything has set it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from runbook_runner.lint._near import Nearest
from runbook_runner.lint._walks import leads_away, shut
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.graph import Choose, GoTo, Graph
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_AROUND = regex(
    r"(?:AWS|KUBE|GIT|GITHUB|GITLAB|DOCKER|CI|VAULT|CONSUL|NOMAD|TF|ETCDCTL|PYTHON|JAVA|GOOGLE|AZURE|ARM|HELM|XDG|SSH)_"
    r"|NODE_(?:OPTIONS|ENV|PATH)|PG(?:HOST|PORT|USER|PASSWORD|DATABASE)$|GO(?:PATH|BIN|ROOT|FLAGS|OS|ARCH|PROXY)$"
    r"|.*_(?:HOME|PROXY)$|[A-Z]+FLAGS$|KUBECONFIG$|CLASSPATH$|MANPATH$",
    re.IGNORECASE,
)
"""What a login often sets."""
_FUNCTION = regex(r"^([ \t]*)(?:function[ \t]+)?[\w:.-]+[ \t]*\(\)\s*\{.*?^\1\}", re.MULTILINE | re.DOTALL)
"""What is in it runs when it is called."""
_TEST = regex(r"\s*(?:if|elif|while|until|case)\b|\s*\[")
_LOADS = regex(r"[\s$>]*(?:source|\.|eval|set -a)\s")


class _Way(Struct, frozen=True):
    """How one comes to a step."""

    step: str
    branch: int
    """Line of the last branch that was taken; 0 for none."""


class Unset(Struct, frozen=True):
    """A use of a variable that nothing has set yet."""

    message: str
    span: Span
    hint: str
    sure: bool
    """It is set by a step of the same section, or a branch goes around what sets it."""


def found(document: Document) -> tuple[Unset, ...]:
    """Return the first such use of each variable."""
    return document.gathered(_find)


def _find(document: Document) -> Iterator[Unset]:
    runbook = document.runbook
    declared = {parameter.name for parameter in runbook.parameters if parameter.declared}
    commands = {step.id: step.command for step in runbook.steps if step.command is not None and _runs(step.command)}
    setters: dict[str, list[str]] = {}
    for step, command in commands.items():
        for name in {*command.analysis.sets, command.attributes.capture} - {""}:
            setters.setdefault(name, []).append(step)
    used = frozenset(name for command in commands.values() for name in _uses(command))
    for name in sorted(used & set(setters) - declared):
        if not _AROUND.match(name) and (one := _first(document, commands, name, setters[name])) is not None:
            yield one
    yield from _misspelled(document, commands, used - set(setters) - declared)


def _misspelled(document: Document, commands: Mapping[str, Command], names: frozenset[str]) -> Iterator[Unset]:
    """Yield the uses of names that are nearly those of declared parameters that nothing uses."""
    given = {name for step in document.runbook.steps if step.command for name in step.command.analysis.uses}
    idle = [one.name for one in document.runbook.parameters if one.declared and one.name not in given]
    nearest = Nearest(0.85)
    for name in sorted(names) if idle else ():
        meant = nearest.to(name, idle)
        if meant and re.sub(r"\d", "", name) != re.sub(r"\d", "", meant):
            command = next(command for command in commands.values() if name in _uses(command))
            message = f"nothing sets `${name}`, and nothing uses the parameter `{meant}`"
            yield Unset(message, _place(command, name), f"did you mean `${meant}`?", sure=True)


def _first(document: Document, commands: Mapping[str, Command], name: str, setters: Sequence[str]) -> Unset | None:
    """Return what is wrong with the first use of a name that some way comes to before it is set."""
    for way in _ways(document.graph, frozenset(setters)):
        command = commands.get(way.step)
        if command is None or name not in _uses(command):
            continue
        span = _place(command, name)
        if _spoken_of(document, commands, name, span.line):
            return None
        line = min(_set_in(commands[setter], name) for setter in setters)
        if line == span.line:
            return None  # `PATH=bin:$PATH`, `((count++))`: nothing is as good as empty there
        if way.step in setters and _TEST.match(document.lines[span.line - 1]):
            return None  # it is looked at, and then made to be something else: part of a script
        message, sure = f"`${name}` is used here, but set only in line {line}", _together(document, way.step, setters)
        if line < span.line:
            if not way.branch:
                continue
            sure = True
            message = f"`${name}` is not set when the branch in line {way.branch} leads here: only line {line} sets it"
        return Unset(message, span, f"set `{name}` before, or declare it under `parameters:`", sure)
    return None


def _together(document: Document, step: str, setters: Sequence[str]) -> bool:
    """Whether a section has the use and what sets it: of two, each may be for a reader of its own."""
    phases = {each.id: each.phase for each in document.runbook.steps}
    return any(phases[setter] == phases[step] for setter in setters)


def _ways(graph: Graph, stops: frozenset[str]) -> Iterator[_Way]:
    """Yield in document order the steps that can be come to from the first without passing some others."""
    order = list(graph.steps)
    following = dict(pairwise(order))
    seen: dict[str, _Way] = {}
    waiting = [_Way(order[0], 0)]
    while waiting:
        way = waiting.pop()
        if way.step in seen:
            continue
        seen[way.step] = way
        if way.step in stops:
            continue
        step = graph.steps[way.step]
        for edge in graph.branches(step.id):
            target = edge.target
            if isinstance(target, GoTo | Choose) and edge.index is not None and leads_away(edge.text):
                to = target.step if isinstance(target, GoTo) else target.key
                waiting.append(_Way(to, step.branches[edge.index].span.line))
        if step.id in following and not shut(graph, step):
            waiting.append(_Way(following[step.id], way.branch))
    place = {step: at for at, step in enumerate(order)}
    yield from sorted(seen.values(), key=lambda way: place[way.step])


def _runs(command: Command) -> bool:
    return command.handling in {Handling.RUN, Handling.TERMINAL}


def _uses(command: Command) -> frozenset[str]:
    """Return the names that a command needs a value of; `${NAME:-x}` and `${NAME:?why}` see to that themselves."""
    placeholders = {placeholder.name for placeholder in command.analysis.placeholders}
    uses = frozenset(command.analysis.uses) - placeholders
    uses = frozenset(name for name in uses if not re.search(rf"\$\{{{re.escape(name)}:?[-=?+]", command.source))
    if not uses or "()" not in command.source:
        return uses
    outside = _FUNCTION.sub("", command.source)
    return frozenset(name for name in uses if re.search(rf"(?<!\w){re.escape(name)}\b(?!=)", outside))


def _place(command: Command, name: str) -> Span:
    for at, line in enumerate(command.source.split("\n")):
        if match := re.search(rf"\$\{{?[#!]?{re.escape(name)}\b", line):
            column = command.content_column + match.start()
            return Span(command.content_line + at, column, command.content_line + at, column + len(match[0]))
    return command.span


def _set_in(command: Command, name: str) -> int:
    """Return the line in which a command sets a name."""
    for at, line in enumerate(command.source.split("\n")):
        if re.search(rf"(?<![\w$]){re.escape(name)}(?:\[[^\]]*\])?\+?=|\bread\b.*\b{re.escape(name)}\b", line):
            return command.content_line + at
    return command.span.line


def _spoken_of(document: Document, commands: Mapping[str, Command], name: str, line: int) -> bool:
    """Whether the text, or a fence that is only shown, has said something of the name before."""
    own = {n for c in commands.values() for n in range(c.span.line, c.span.end_line + 1)}
    if any(at in own and _LOADS.match(text) for at, text in enumerate(document.lines[: line - 1], 1)):
        return True  # who knows what that sets
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
    return any(at not in own and word.search(text) for at, text in enumerate(document.lines[: line - 1], 1))
