"""Which values the commands need that nothing sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from runbook_runner.model.command import Handling
from runbook_runner.model.runbook import Parameter, Step
from runbook_runner.model.span import Defect, Span


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
            expanded = rf"\$\{{?[#!]?{re.escape(name)}\b|(?<!:):['\"]?{re.escape(name)}\b"
            written = expanded if placeholder is None else re.escape(placeholder.written)
            span = _place(command.content_line, command.source, written)
            if refused_name(name):
                if placeholder is not None:
                    report(Defect("refused-parameter", f"`{placeholder.written}` would set `{name}`", span))
                continue
            found[name] = Parameter(name, written=placeholder.written if placeholder else "", span=span)
        known_set |= command.analysis.sets
        if command.attributes.capture:
            known_set.add(command.attributes.capture)
    return tuple(found.values())


def _place(first: int, source: str, pattern: str) -> Span:
    for at, line in enumerate(source.split("\n")):
        if match := re.search(pattern, line):
            return Span(first + at, match.start() + 1, first + at, match.end() + 1)
    return Span(first, 1, first, 1)
