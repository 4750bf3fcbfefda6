"""Every way on from a step that predicates, questions and timers allow, each with what makes the run take it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from runbook_runner.model import events as e
from runbook_runner.model.command import Handling
from runbook_runner.model.graph import Choose, Graph, Target
from runbook_runner.model.runbook import Otherwise, Predicate, Question, Recurrence, Step, StepKind, Timer
from runbook_runner.model.scenario import Answer, Reply
from runbook_runner.predicates import Expression, parse
from runbook_runner.predicates.examples import examples
from runbook_runner.run.attempt import interactive
from runbook_runner.run.decide import guard_text
from runbook_runner.run.interrupts import clock_text
from runbook_runner.run.judge import Observed, deciding, judge

NEXT = "next"


class Move(Struct, frozen=True):
    """One way on."""

    step: str
    """Where it begins; the key of a choice for one of its alternatives."""
    condition: str
    target: Target
    reply: Reply | None = None
    answers: tuple[Answer, ...] = ()
    waits: float = 0.0
    """Seconds that pass at the least."""
    earlier: float = 0.0
    """It needs a run for the same thing that ended so many seconds before."""
    by_machine: bool = False
    """Nobody is asked: as long as the systems answer so, the run goes this way."""
    gap: bool = False
    """No branch of the author's holds, none is left to her, and the run falls through."""
    failed: bool = False
    """The step ended as failed."""


def moves(graph: Graph, step: Step) -> Iterator[Move]:
    """Yield the ways on from a step."""
    phase_guard = graph.phase_of(step.id).guard
    guards = [guard for guard in (phase_guard, *step.guards) if guard is not None]
    for guard in guards:
        yield Move(step.id, f"not: {guard_text(guard)}", graph.after(step.id), None, (Answer(applies=False),))
    agreed = tuple(Answer(applies=True) for _ in guards[:1])
    command = step.command
    if command is None or command.handling not in (Handling.RUN, Handling.TERMINAL):
        yield from _open(graph, step, Move(step.id, "", graph.after(step.id), None, agreed), ended="passed")
        return
    if interactive(command) or command.attributes.background:
        # What went over her terminal nobody has read, and what goes on behind has printed nothing yet.
        verdict, told = ("ask", "it had her terminal") if interactive(command) else ("passed", "it goes on behind")
        judged = e.Judged(1, 1, verdict, (), (), told)
        yield from _after(graph, step, Move(step.id, told, graph.after(step.id), Reply(), agreed), judged, None)
        return
    seen: set[tuple[int | None, str]] = set()
    for observation, earlier in _observations(step):
        judged = _judged(step, observation, earlier)
        chosen = deciding(step, judged)
        signature = (chosen, judged.verdict)
        if signature in seen:
            continue
        seen.add(signature)
        base = Move(step.id, _told(step, judged, observation), graph.after(step.id), _reply(observation), agreed)
        base = msgspec.structs.replace(base, earlier=earlier)
        yield from _after(graph, step, base, judged, chosen)


def alternatives(choose: Choose) -> Iterator[Move]:
    """Yield the ways on from a choice."""
    from runbook_runner.model.graph import GoTo

    for label, step in choose.options:
        yield Move(choose.key, f"it applies: {label}", GoTo(step), None, (Answer(take=step),))
    yield Move(choose.key, "none of these applies", choose.none, None, (Answer(take="none"),))


def _after(graph: Graph, step: Step, base: Move, judged: e.Judged, chosen: int | None) -> Iterator[Move]:
    replace = msgspec.structs.replace
    settled = judged.verdict in ("passed", "failed")
    for passed in (judged.verdict == "passed",) if settled else (True, False):
        move = base if settled else replace(base, answers=(*base.answers, Answer(expected=passed)))
        move = replace(move, failed=not passed)
        if chosen is not None:
            target = graph.branches(step.id)[chosen].target
            yield replace(move, target=target, by_machine=settled)
        else:
            yield from _open(graph, step, move, ended="passed" if passed else "failed")


def _open(graph: Graph, step: Step, base: Move, *, ended: str) -> Iterator[Move]:
    """Yield what she may choose where no branch holds by itself."""
    replace = msgspec.structs.replace
    edges = graph.branches(step.id)
    asked = False
    for index, branch in enumerate(step.branches):
        target = edges[index].target
        match branch.guard:
            case Predicate() if step.command is None or not interactive(step.command):
                pass
            case Question() | Otherwise() | Predicate():
                asked = True
                words = _joined(base.condition, branch.text)
                yield replace(base, condition=words, target=target, answers=(*base.answers, Answer(take=branch.text)))
            case Timer(seconds=seconds):
                asked = True
                words = _joined(base.condition, branch.text)
                waiting = Answer(wait=clock_text(seconds))
                yield replace(base, condition=words, target=target, answers=(*base.answers, waiting), waits=seconds)
            case Recurrence() if step.kind is StepKind.DECISION:
                asked = True
            case _:
                pass
    if any(isinstance(branch.guard, Otherwise) for branch in step.branches):
        return
    answers = (*base.answers, Answer(take=NEXT)) if step.branches or ended == "failed" else base.answers
    gap = bool(step.branches) and not asked and not base.gap
    straight = not step.branches
    yield replace(base, answers=answers, gap=gap, by_machine=straight and ended == "passed")


def _observations(step: Step) -> Iterator[tuple[dict[str, Any], float]]:
    expressions: list[Expression] = []
    for predicate in _predicates(step):
        try:
            expressions.append(parse(predicate.source))
        except ValueError:
            continue  # a defect: it is put to her
    found = examples(expressions)
    recurrence = next((b.guard.seconds for b in step.branches if isinstance(b.guard, Recurrence)), 0.0)
    for observation in found:
        yield observation, 0.0
    if recurrence:
        for observation in found[:1]:
            yield observation, recurrence / 2
    yield {"exit_code": 1}, 0.0


def _predicates(step: Step) -> list[Predicate]:
    guards = [branch.guard for branch in step.branches] + [expected.predicate for expected in step.expected]
    return [guard for guard in guards if isinstance(guard, Predicate) and not guard.error]


def _judged(step: Step, observation: dict[str, Any], earlier: float) -> e.Judged:
    code = observation.get("exit_code", 0)
    values = {"exit_code": 0, "stdout": "", "stderr": "", "output": "", "duration": 0.1, "json": {}, **observation}
    seen = Observed(code if isinstance(code, int) else 0, values, (code,) if isinstance(code, int) else ())
    return judge(step, 1, 1, seen, lambda seconds: "earlier" if 0 < earlier < seconds else None)


def _reply(observation: dict[str, Any]) -> Reply:
    fields: dict[str, Any] = {}
    for name, value in observation.items():
        match name:
            case "exit_code" if isinstance(value, int):
                fields["exit"] = max(0, min(255, value))
            case "stdout" | "stderr" | "body":
                fields[name] = str(value)
            case "output":
                fields.setdefault("stdout", str(value))
            case "duration" if isinstance(value, int | float) and value >= 0:
                fields["duration"] = clock_text(value)
            case "json" | "value" | "status" | "row_count" | "windows" | "certificate_days":
                fields[name] = value
            case "rows" | "columns" | "series" | "objects" if isinstance(value, list):
                fields[name] = tuple(value)
            case "headers":
                fields[name] = value
            case _:
                pass  # a parameter or a captured value
    return Reply(**fields)


def _told(step: Step, judged: e.Judged, observation: dict[str, Any]) -> str:
    """Return what must be so, in the predicate's own evidence where there is some."""
    chosen = deciding(step, judged)
    for entry in judged.branches:
        if entry["index"] == chosen and entry.get("source"):
            return f"{entry['source']}"
    failing = [check for check in judged.checks if check["holds"] is False]
    if failing:
        return f"{failing[0]['source']} is false ({failing[0]['evidence']})"
    if judged.verdict == "passed":
        return "it passes"
    code = observation.get("exit_code", 0)
    return f"it exits with {code}" if code else judged.why or "it cannot be judged"


def _joined(condition: str, text: str) -> str:
    return f"{condition}; {text}" if condition else text


def replies(path: Sequence[Move]) -> dict[str, tuple[Reply, ...]]:
    """Return the replies that make a run take a path, by step."""
    found: dict[str, tuple[Reply, ...]] = {}
    for move in path:
        if move.reply is not None:
            found[move.step] = (*found.get(move.step, ()), move.reply)
    return found
