"""A step graph as JSON."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats._words import guard_kind, target
from runbook_runner.model import graph as g
from runbook_runner.model import runbook as r
from runbook_runner.model.command import Command
from runbook_runner.model.graph import Graph
from runbook_runner.model.span import Span
from runbook_runner.ports import Format


class InspectJson:
    """`runbook inspect --format json`."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one object: facts, phases, steps, edges, parameters, escalation, defects."""
        graph: Graph = subject
        book = graph.runbook
        document = {
            "path": book.path,
            "title": book.title,
            "digest": book.digest,
            "facts": book.facts.extra,
            "start": _target(graph.start),
            "phases": [_phase(phase) for phase in book.phases],
            "steps": [_step(step) for step in graph.steps.values()],
            "edges": [_edge(edge) for edge in graph.edges],
            "parameters": [_parameter(item) for item in book.parameters],
            "escalation": [{"to": x.to, "after": x.after, "via": x.via} for x in book.facts.escalation],
            "defects": [{"code": x.code, "message": x.message, "hint": x.hint, **_place(x.span)} for x in book.defects],
        }
        return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _place(span: Span) -> dict[str, int]:
    return {"line": span.line, "column": span.column, "end_line": span.end_line, "end_column": span.end_column}


def _guard(of: r.Guard | None) -> dict[str, Any] | None:
    if of is None:
        return None
    found: dict[str, Any] = {"kind": guard_kind(of)}
    match of:
        case r.Predicate(source=source, error=error):
            found |= {"source": source, "error": error}
        case r.Timer(seconds=seconds, text=text) | r.Recurrence(seconds=seconds, text=text):
            found |= {"seconds": seconds, "text": text}
        case r.Question(text=text) | r.Otherwise(text=text):
            found |= {"text": text}
    return found | _place(of.span)


def _target(to: g.Target) -> dict[str, Any]:
    match to:
        case g.GoTo(step):
            return {"kind": "step", "step": step}
        case g.Choose(key, options, none):
            choices = [{"label": label, "step": step} for label, step in options]
            return {"kind": "choice", "key": key, "options": choices, "none": _target(none)}
        case g.Leave(path, anchor):
            return {"kind": "runbook", "path": path, "anchor": anchor}
        case g.Dead(anchor):
            return {"kind": "dead", "anchor": anchor}
        case r.Finish(outcome):
            return {"kind": "finish", "outcome": str(outcome)}
        case r.Escalate(to=whom):
            return {"kind": "escalate", "to": whom}
        case g.AskOutcome():
            return {"kind": "outcome"}


def _edge(edge: g.Edge) -> dict[str, Any]:
    return {
        "source": edge.source,
        "target": _target(edge.target),
        "guard": _guard(edge.guard),
        "index": edge.index,
        "text": edge.text or target(edge.target),
    }


def _phase(phase: r.Phase) -> dict[str, Any]:
    return {
        "slug": phase.slug,
        "title": phase.title,
        "level": phase.level,
        "kind": str(phase.kind),
        "role": phase.role,
        "parent": phase.parent,
        "guard": _guard(phase.guard),
        **_place(phase.span),
    }


def _step(step: r.Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "kind": str(step.kind),
        "title": step.title,
        "phase": step.phase,
        "group": step.group,
        "alternative": step.alternative,
        "guards": [_guard(item) for item in step.guards],
        "expected": [
            {"predicate": x.predicate.source, "error": x.predicate.error} if x.predicate else {"text": x.text}
            for x in step.expected
        ],
        "rollback": bool(step.rollback),
        "command": _command(step.command) if step.command else None,
        **_place(step.span),
    }


def _command(command: Command) -> dict[str, Any]:
    knobs = command.attributes
    return {
        "language": command.language,
        "parts": list(command.parts),
        "effect": str(command.effect),
        "handling": str(command.handling),
        "why": command.why,
        "reasons": [
            {"command": x.command, "effect": str(x.effect), "why": x.why, "line": x.line, "column": x.column}
            for x in command.analysis.reasons
        ],
        "uses": list(command.analysis.uses),
        "placeholders": [x.written for x in command.analysis.placeholders],
        "tools": list(command.analysis.tools),
        "problems": [
            {"code": x.code, "message": x.message, "line": x.line, "column": x.column, "hint": x.hint}
            for x in command.analysis.problems
        ],
        "timeout": knobs.timeout,
        "every": knobs.every,
        "range": knobs.range,
        "retry": knobs.retry,
        "interactive": knobs.interactive or command.analysis.interactive,
        "background": knobs.background,
        "capture": knobs.capture,
        "target": knobs.target,
        **_place(command.span),
    }


def _parameter(item: r.Parameter) -> dict[str, Any]:
    return {
        "name": item.name,
        "type": str(item.type),
        "default": None if item.secret else item.default,
        "from": item.source,
        "choices": list(item.choices),
        "pattern": item.pattern,
        "secret": item.secret,
        "description": item.description,
        "written": item.written,
        "declared": item.declared,
        **_place(item.span),
    }


FORMAT: Format = InspectJson()
