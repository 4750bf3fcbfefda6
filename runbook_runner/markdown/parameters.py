"""Which values the commands need that nothing sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runbook_runner.model.command import Handling
from runbook_runner.model.runbook import Parameter, Step
from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

_VARIABLE = regex(r"(?:\$\{?[#!]?|(?<!:):['\"]?)(\w+)")
"""As a shell expands it, or as psql does."""


def collect(
    declared: tuple[Parameter, ...], steps: Iterable[Step], report: Callable[[Defect], None]
) -> tuple[Parameter, ...]:
    """Return the declared parameters, then those found, in order of first use."""
    from runbook_runner.syntax.builtins import ambient_name, refused_name

    found = {parameter.name: parameter for parameter in declared}
    known_set: set[str] = set()
    for step in steps:
        command = step.command
        if command is None or command.handling not in {Handling.RUN, Handling.TERMINAL}:
            continue
        placeholders = {placeholder.name: placeholder for placeholder in command.analysis.placeholders}
        for name in command.analysis.uses:
            placeholder = placeholders.get(name)
            if name in found or (placeholder is None and (name in known_set or ambient_name(name))):
                continue
            span = _place(command.content_line, command.source, name, placeholder.written if placeholder else "")
            if refused_name(name):
                if placeholder is not None:
                    report(Defect("refused-parameter", f"`{placeholder.written}` would set `{name}`", span))
                continue
            found[name] = Parameter(name, written=placeholder.written if placeholder else "", span=span)
        known_set |= command.analysis.sets
        if command.attributes.capture:
            known_set.add(command.attributes.capture)
    return tuple(found.values())


def _place(first: int, source: str, name: str, placeholder: str) -> Span:
    """Return the place of a placeholder, else of a variable of that name."""
    for at, line in enumerate(source.split("\n"), first):
        if placeholder:
            start = line.find(placeholder)
            if start >= 0:
                return Span(at, start + 1, at, start + 1 + len(placeholder))
        elif match := next((match for match in _VARIABLE.finditer(line) if match[1] == name), None):
            return Span(at, match.start() + 1, at, match.end() + 1)
    return Span(first, 1, first, 1)
