"""A runbook as a few readable lines, for expectations in files."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.prose import Admonition, Block, Fence, Paragraph, plain
from runbook_runner.model.runbook import (
    Branch,
    Continue,
    Escalate,
    Expectation,
    Finish,
    Guard,
    Parameter,
    Predicate,
    Recurrence,
    Runbook,
    Step,
    Timer,
    ToAnchor,
)
from runbook_runner.model.span import Span


def read_text(text: str, path: str = "case.md") -> Runbook:
    """Read a text with the real kinds of command."""
    return read(text.encode(), path, registry.executor)


def dump(runbook: Runbook) -> str:
    """Write down everything that was recognised."""
    return "\n".join(_lines(runbook)) + "\n"


def _lines(runbook: Runbook) -> Iterator[str]:
    yield from _facts(runbook)
    for phase in runbook.phases:
        role = f" {phase.role}" if phase.role else ""
        more = "".join(f" #{name}" for name in phase.anchors[1:])
        guard = f" guard({show_guard(phase.guard)})" if phase.guard else ""
        if phase.level:
            yield f"{'#' * phase.level} {phase.slug}: {phase.kind}{role}{more}{guard}"
        for step in phase.steps:
            yield from _step(step)
    for parameter in runbook.parameters:
        yield f"parameter {_parameter(parameter)}"
    for defect in runbook.defects:
        hint = f" ({defect.hint})" if defect.hint else ""
        yield f"defect {_at(defect.span)} {defect.code}: {defect.message}{hint}"


def _facts(runbook: Runbook) -> Iterator[str]:
    facts = runbook.facts
    words = [f"title {runbook.title}", *(f"alert {trigger.alert or trigger.text}" for trigger in facts.triggers)]
    words += [f"owner {facts.owner}"] if facts.owner else []
    words += [f"call {rung.to} after {rung.after:g}s via {rung.via}" for rung in facts.escalation]
    if facts.reviewed is not None:
        words.append(f"reviewed {facts.reviewed.by} {facts.reviewed.date} every {facts.reviewed.every}")
    words += [f"others {' '.join(facts.extra)}"] if facts.extra else []
    if len(words) > 1:
        yield "; ".join(words)


def _step(step: Step) -> Iterator[str]:
    yield f"{step.id} {step.kind} | {step.title}"
    command = step.command
    if command is not None:
        why = f" ({command.why})" if command.why else ""
        yield f"  {command.handling} {command.language} {command.effect}{why}"
        for part in command.parts:
            yield "  " + part.strip("\n").replace("\n", "⏎")
    for guard in step.guards:
        yield f"  when {show_guard(guard)}"
    for name, value in (("group", step.group), ("alternative", step.alternative), ("sample", step.sample)):
        if value:
            yield f"  {name} " + value.replace("\n", "⏎")
    for caution in step.cautions:
        kind = caution.kind if isinstance(caution, Admonition) else "?"
        yield f"  caution {kind}: {_texts(caution)}"
    for block in step.rollback:
        yield f"  undo {_texts(block)}"
    for expectation in step.expected:
        yield f"  expect {_expectation(expectation)}"
    for branch in step.branches:
        yield f"  {show_branch(branch)} @{_at(branch.span)}"


def _at(span: Span) -> str:
    return f"{span.line}:{span.column}"


def _texts(block: Block) -> str:
    match block:
        case Paragraph(inlines=inlines):
            return plain(inlines)
        case Fence(text=text):
            return text.strip().replace("\n", "⏎")
        case Admonition(blocks=blocks):
            return " / ".join(_texts(inner) for inner in blocks)
        case _:
            return type(block).__name__


def _expectation(expectation: Expectation) -> str:
    if expectation.predicate is not None:
        return f"{show_guard(expectation.predicate)} @{_at(expectation.span)}"
    return f"“{expectation.text}”"


def show_guard(guard: Guard) -> str:
    """Write down a guard."""
    match guard:
        case Predicate(source=source, error=error):
            return f"`{source}`" + (f" ✗ {error}" if error else "")
        case Timer(seconds=seconds):
            return f"timer {seconds:g}s"
        case Recurrence(seconds=seconds):
            return f"recurrence {seconds:g}s"
        case _:
            return f"{type(guard).__name__.lower()} “{guard.text}”"


def show_branch(branch: Branch) -> str:
    """Write down a branch."""
    match branch.destination:
        case ToAnchor(anchor, path):
            to = f"{path}#{anchor}"
        case Continue():
            to = "continue"
        case Finish(outcome):
            to = str(outcome)
        case Escalate(name):
            to = f"escalate {name}".strip()
    return f"{show_guard(branch.guard)} → {to}"


def _parameter(parameter: Parameter) -> str:
    words = [parameter.name]
    words += ["declared"] if parameter.declared else []
    words += [str(parameter.type)] if parameter.type != "string" else []
    words += [f"from {parameter.source}"] if parameter.source else []
    words += [f"default {parameter.default}"] if parameter.default is not None else []
    words += [f"choices {'/'.join(parameter.choices)}"] if parameter.choices else []
    words += [f"pattern {parameter.pattern}"] if parameter.pattern else []
    words += ["secret"] if parameter.secret else []
    words += [f"written {parameter.written}"] if parameter.written else []
    return " ".join([*words, f"@{_at(parameter.span)}"])
