"""A run as JSON values."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats import Record
from runbook_runner.formats import _story as s
from runbook_runner.model.branches import split
from runbook_runner.model.chain import decode, encode
from runbook_runner.model.events import Preflight
from runbook_runner.model.state import Attempt, RunState, Visit


def summary(state: RunState) -> dict[str, Any]:
    """Return what a list of runs says of one."""
    started = state.started
    return {
        "run": state.run,
        "outcome": state.outcome,
        "detached": state.detached,
        "title": started.title if started else "",
        "path": started.path if started else "",
        "service": started.service if started else "",
        "alert": started.alert if started else "",
        "who": state.drivers[-1][1] if state.drivers else "",
        "host": started.host if started else "",
        "page": state.page,
        "started": state.wall,
        "last": state.last_wall,
        "ended": state.ended_wall,
        "steps": len(state.visits),
        "attempts": len(state.attempts),
        "changes": sum(
            a.start.effect == "change" and s.ran(a)
            for each in (state, *(branch.state for branch in state.apart))
            for a in each.attempts.values()
        ),
    }


def _preflight(of: Record) -> list[dict[str, Any]]:
    """Return what was checked before the first step: name, ok (null: not found out) and detail."""
    found = [body.findings for event in split(of.events)[0] if isinstance(body := decode(event), Preflight)]
    return [dict(each) for findings in found for each in findings]


def whole(of: Record) -> dict[str, Any]:
    """Return everything that is known of a run."""
    state = of.state
    return summary(state) | {
        "digest": state.digest,
        "head": of.events[-1].digest if of.events else "",
        "start": {key: value for key, value in encode(state.started).items() if key != "source"}
        if state.started
        else None,
        "end": encode(state.ended) if state.ended else None,
        "drivers": [{"wall": wall, "who": who, "how": how} for wall, who, how in state.drivers],
        "preflight": _preflight(of),
        "parameters": [encode(parameter) for parameter in state.parameters.values()],
        "visits": [_visit(of, visit, spent) for visit, spent in s.spent(of)],
        "calls": [{"wall": call.wall, **encode(call.tried), "result": call.result} for call in state.calls],
        "notes": [{"wall": wall, **encode(note)} for wall, note in state.notes],
        "warnings": [{"wall": wall, **encode(warning)} for wall, warning in state.warnings],
        "children": [{"run": run, "outcome": outcome} for run, outcome in state.children],
        "apart": [
            {"who": each.who, "host": each.host} | _branch(Record(each.state, each.events, of.runbook))
            for each in state.apart
        ],
        "walked": [whole(child) for child in of.children],
        "events": [
            {
                "writer": event.writer,
                "seq": event.seq,
                "wall": event.wall,
                "type": event.type,
                "digest": event.digest,
                "parent": event.parent,
                "payload": event.payload,
            }
            for event in of.events
        ],
    }


def _branch(of: Record) -> dict[str, Any]:
    """Return what somebody did to a run out of touch with the journal."""
    state = of.state
    return {
        "outcome": state.outcome if state.ended else "",
        "head": of.events[-1].digest,
        "from": of.events[0].wall,
        "to": of.events[-1].wall,
        "visits": [_visit(of, visit, spent) for visit, spent in s.spent(of)],
        "calls": [{"wall": call.wall, **encode(call.tried), "result": call.result} for call in state.calls],
        "notes": [{"wall": wall, **encode(note)} for wall, note in state.notes],
    }


def _visit(of: Record, visit: Visit, spent: float) -> dict[str, Any]:
    return {
        "visit": visit.number,
        "step": visit.step,
        "title": s.title(of, visit.step),
        "wall": visit.event.wall,
        "spent": spent,
        "how": visit.how,
        "guards": dict(visit.guards),
        "judged": encode(visit.judged) if visit.judged else None,
        "ended": encode(visit.ended) if visit.ended else None,
        "taken": encode(visit.taken) if visit.taken else None,
        "left": visit.left,
        "attempts": [_attempt(attempt) for attempt in of.state.attempts_of(visit)],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "wall": attempt.event.wall,
        **encode(attempt.start),
        "end": encode(attempt.end) if attempt.end else None,
        "end_wall": attempt.end_wall,
        "outputs": [encode(output) for output in attempt.outputs],
    }
