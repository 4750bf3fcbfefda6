"""A step graph as text, to read at 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from runbook_runner.formats._words import counted, duration, guard, one_line, table, target
from runbook_runner.model.command import Command, Handling
from runbook_runner.model.graph import Edge, Graph
from runbook_runner.model.runbook import Runbook, Step
from runbook_runner.ports import Format


class InspectText:
    """`runbook inspect`."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return the graph's steps by phase, then parameters, the ladder and defects."""
        graph: Graph = subject
        return "\n".join([*_header(graph), *_phases(graph), *_facts(graph.runbook), *_defects(graph.runbook)]) + "\n"


def _wrap(text: str, first: str, rest: str) -> list[str]:
    # A word longer than the line stays whole: it is a path or a name that she may want to copy.
    return textwrap.wrap(
        text, 80, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    ) or [first.rstrip()]


def _header(graph: Graph) -> list[str]:
    book = graph.runbook
    effects: dict[str, int] = {}
    for step in graph.steps.values():
        if step.command and step.command.handling in (Handling.RUN, Handling.TERMINAL):
            effects[str(step.command.effect)] = effects.get(str(step.command.effect), 0) + 1
    counts = ", ".join(f"{count} {effect}" for effect, count in sorted(effects.items()))
    facts = [counted(len(graph.steps), "step"), f"commands: {counts or 'none'}", counted(len(book.defects), "defect")]
    lines = [*_wrap(one_line(book.title) or book.path, "", ""), one_line(book.path)]
    about = [f"service {book.facts.service}" if book.facts.service else ""]
    about += [f"owner {book.facts.owner}" if book.facts.owner else ""]
    about += [f"alert {trigger.alert}" for trigger in book.facts.triggers if trigger.alert]
    lines += _wrap(", ".join(one_line(part) for part in about if part), "", "") if any(about) else []
    first = f"starts at: {target(graph.start)}" if graph.steps else "nothing in it is a step: it is read, not walked"
    return [*lines, "; ".join(facts), *_wrap(first, "", "  ")]


def _phases(graph: Graph) -> Iterator[str]:
    for phase in graph.runbook.phases:
        steps = [step for step in phase.steps if step.id in graph.steps]
        if not steps:
            continue
        role = f", {phase.role}" if phase.role else ""
        yield ""
        yield from _wrap(f"{one_line(phase.title) or '(before the first heading)'}  [{phase.kind}{role}]", "", "  ")
        if phase.guard:
            yield from _wrap(f"only {guard(phase.guard)}", "  ", "    ")
        for step in steps:
            yield from _step(graph, step)


def _step(graph: Graph, step: Step) -> Iterator[str]:
    yield ""
    yield from _wrap(f"{step.id}  ({step.kind}, line {step.span.line})", "  ", "    ")
    yield from _wrap(one_line(step.title), "    ", "    ")
    for condition in step.guards:
        yield from _wrap(f"only {guard(condition)}", "    ", "      ")
    if step.command:
        yield from _command(step.command)
    for expectation in step.expected:
        text = f"`{one_line(expectation.predicate.source)}`" if expectation.predicate else one_line(expectation.text)
        yield from _wrap(f"expected: {text}", "    ", "      ")
        if expectation.predicate and expectation.predicate.error:
            yield from _wrap(f"defective: {one_line(expectation.predicate.error)}", "      ", "        ")
    if step.rollback:
        yield "    has a rollback"
    for edge in graph.edges:
        if edge.source == step.id:
            yield from _edge(edge)


def _command(command: Command) -> Iterator[str]:
    knobs = command.attributes
    parts = [str(command.effect), command.language, f"handling: {command.handling}"]
    parts += [f"timeout {duration(knobs.timeout)}"] if knobs.timeout is not None else []
    parts += [f"every {duration(knobs.every)}"] if knobs.every is not None else []
    parts += [f"range {duration(knobs.range)}"] if knobs.range is not None else []
    parts += [f"retry {knobs.retry}"] if knobs.retry else []
    parts += [f"capture {knobs.capture}"] if knobs.capture else []
    parts += [f"target {knobs.target}"] if knobs.target else []
    parts += ["interactive"] if knobs.interactive else []
    parts += ["background"] if knobs.background else []
    yield from _wrap(", ".join(one_line(part) for part in parts), "    ", "      ")
    if command.why:
        yield from _wrap(f"why so: {one_line(command.why)}", "    ", "      ")
    for text in command.parts:
        lines = text.rstrip("\n").split("\n")
        for line in lines[:6]:
            yield f"    | {one_line_keeping_indent(line)}"
        if len(lines) > 6:
            yield f"    | … {len(lines) - 6} more lines"
    for reason in command.analysis.reasons:
        yield from _wrap(f"{reason.effect}: {one_line(reason.command, 40)}: {one_line(reason.why)}", "    - ", "      ")


def one_line_keeping_indent(line: str) -> str:
    """Return a line of code, its indentation kept and control characters gone."""
    indent = len(line) - len(line.lstrip(" \t"))
    return " " * indent + one_line(line)


def _edge(edge: Edge) -> list[str]:
    if edge.guard is None:
        return _wrap(f"-> {target(edge.target)}", "    ", "       ")
    return _wrap(f"-> {guard(edge.guard)}: {target(edge.target)}", "    ", "       ")


def _facts(book: Runbook) -> Iterator[str]:
    if book.parameters:
        yield ""
        yield "Parameters"
        rows = []
        for item in book.parameters:
            about = [f"from {item.source}" if item.source else ""]
            about += [f"default {item.default}" if item.default is not None and not item.secret else ""]
            about += ["one of " + ", ".join(item.choices) if item.choices else ""]
            about += [f"matches {item.pattern}" if item.pattern else "", "secret" if item.secret else ""]
            about += [f"written {item.written}" if item.written else "", "" if item.declared else "not declared"]
            rows.append(("  " + item.name, str(item.type), one_line(", ".join(part for part in about if part))))
        yield from table(rows)
    if book.facts.escalation:
        yield ""
        yield "Escalation, after the page"
        yield from table(
            [(f"  {duration(rung.after)}", one_line(rung.to), one_line(rung.via)) for rung in book.facts.escalation]
        )


def _defects(book: Runbook) -> Iterator[str]:
    if book.defects:
        yield ""
        yield "Defects"
        for defect in book.defects:
            place = f"{one_line(book.path)}:{defect.span.line}:{defect.span.column}"
            yield from _wrap(f"{place}: {defect.code}: {one_line(defect.message)}", "  ", "    ")
            if defect.hint:
                yield from _wrap(one_line(defect.hint), "    hint: ", "    ")


FORMAT: Format = InspectText()
