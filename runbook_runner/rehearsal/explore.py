"""Walks every way that a step graph allows, and tells those on which a run would go wrong."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.model.command import Command, Effect
from runbook_runner.model.exploration import Exploration, Leg, Weakness
from runbook_runner.model.graph import Choose, Dead, GoTo, Graph, Leave, Next, Target
from runbook_runner.model.runbook import Escalate, Finish, Outcome, Parameter, ParameterType, Step, Timer
from runbook_runner.model.scenario import Answer, Earlier, Scenario
from runbook_runner.model.span import Span
from runbook_runner.predicates.examples import matching
from runbook_runner.rehearsal.moves import Move, alternatives, moves, replies
from runbook_runner.rehearsal.rehearse import Seen
from runbook_runner.run.decide import encode
from runbook_runner.run.interrupts import clock_text

Play = Callable[[Scenario], Seen]
"""Rehearses a scenario of the runbook, to confirm what was found."""


class _Node(Struct, frozen=True):
    """Where a walk is, and what it carries with it that matters for what it still owes."""

    at: str
    """A step's id, or `choose:KEY`."""
    unverified: str = ""
    """The last change that nothing has verified yet."""
    waited: float = 0.0
    """Seconds spent on timers, up to the first rung of the ladder."""


Path = tuple[Move, ...]


def explore(graph: Graph, play: Play, values: Mapping[str, str]) -> Exploration:
    """Return the weaknesses of a runbook, each with the shortest path to it; `values` are of its parameters."""
    ways = _ways(graph)
    found: dict[tuple[str, Span], tuple[Weakness, Path]] = {}
    for weakness, path in _found(graph, ways):
        found.setdefault((weakness.code, weakness.span), (weakness, path))
    weaknesses = [_confirmed(graph, weakness, path, play, values) for weakness, path in found.values()]
    weaknesses.sort(key=lambda weakness: (weakness.span, weakness.code))
    return Exploration(graph.runbook.path, tuple(weaknesses), sum(map(len, ways.values())))


def _ways(graph: Graph) -> dict[str, tuple[Move, ...]]:
    found = {step.id: tuple(moves(graph, step)) for step in graph.steps.values()}
    return found | {f"choose:{key}": tuple(alternatives(choose)) for key, choose in graph.choices.items()}


def _found(graph: Graph, ways: Mapping[str, tuple[Move, ...]]) -> Iterator[tuple[Weakness, Path]]:
    """Yield what is wrong, nearest to the start first."""
    ladder = graph.runbook.facts.escalation
    limit = min((rung.after for rung in ladder if rung.after > 0), default=0.0)
    reached: dict[str, Path] = {}
    for node, path in _walks(graph, ways, limit):
        reached.setdefault(node.at, path)
        for move in ways[node.at]:
            yield from _of_move(graph, node, (*path, move), limit)
    yield from _without_rollback(graph, reached)
    yield from _loops(graph, ways, reached)
    yield from _traps(graph, ways, reached)


def _walks(graph: Graph, ways: Mapping[str, tuple[Move, ...]], limit: float) -> Iterator[tuple[_Node, Path]]:
    """Yield every place with what can be carried there, and the shortest path to it."""
    start = _at(graph.start)
    waiting: deque[tuple[_Node, Path]] = deque([(_Node(start), ())] if start else [])
    known = {node for node, _ in waiting}
    while waiting:
        node, path = waiting.popleft()
        yield node, path
        for move in ways[node.at]:
            onward = _carried(graph, node, move, limit)
            if onward is not None and _begun_anew(move, onward, path):
                # She herself has chosen to go round: what she waited for before is behind her.
                onward = replace(onward, waited=0.0)
            if onward is not None and onward not in known:
                known.add(onward)
                waiting.append((onward, (*path, move)))


def _carried(graph: Graph, node: _Node, move: Move, limit: float) -> _Node | None:
    at = _at(_returning(graph, move))
    if not at:
        return None
    step = graph.steps.get(move.step) if not node.at.startswith("choose:") else None
    return _Node(at, _owed(step, move, node.unverified), min(limit, node.waited + move.waits))


def _begun_anew(move: Move, onward: _Node, path: Path) -> bool:
    """Say whether she answers a question by going back to where she was."""
    asked = not move.by_machine and not move.waits and any(answer.take for answer in move.answers)
    return asked and any(earlier.step == onward.at for earlier in path)


def _returning(graph: Graph, move: Move) -> Target:
    """Return where a run goes on: another runbook is walked, and the run comes back."""
    if isinstance(move.target, Leave) and move.step in graph.steps:
        return graph.after(move.step)
    return move.target


def _owed(step: Step | None, move: Move, before: str) -> str:
    """Return the change that nothing has verified once a move is made."""
    if step is None or step.command is None or move.reply is None:
        return before
    looks = bool(step.expected) or bool(step.branches)
    if step.command.effect is not Effect.READ:
        return "" if step.expected and not move.failed else step.id
    return "" if looks else before


def _at(target: Target | Next) -> str:
    match target:
        case GoTo(step):
            return step
        case Choose(key=key):
            return f"choose:{key}"
        case _:
            return ""


def _of_move(graph: Graph, node: _Node, path: Path, limit: float) -> Iterator[tuple[Weakness, Path]]:
    move = path[-1]
    span = _span(graph, move)
    step = graph.steps.get(move.step) if not node.at.startswith("choose:") else None
    if isinstance(move.target, Dead):
        message = f"`{move.step}` leads to #{move.target.anchor}, which is not there"
        yield Weakness("dead-end", message, span, _legs(path)), path
    if move.gap:
        message = f"no branch of `{move.step}` holds, and none is for all other cases: {move.condition}"
        yield Weakness("undecided", message, span, _legs(path)), path
    ends = not _at(_returning(graph, move))
    owed = _owed(step, move, node.unverified)
    good = not isinstance(move.target, Escalate) and not _gives_up(move.target)
    if ends and good and owed and owed in graph.steps:
        how = move.target.outcome.value if isinstance(move.target, Finish) else "without a word"
        message = f"`{owed}` changes the system, and the run ends {how.replace('_', ' ')} before anything verifies it"
        yield Weakness("unverified-change", message, graph.steps[owed].span, _legs(path)), path
    waited = node.waited + move.waits
    if limit and node.waited < limit <= waited and not isinstance(move.target, Escalate):
        first = min((r for r in graph.runbook.facts.escalation if r.after == limit), key=lambda rung: rung.after)
        message = f"after {clock_text(waited)} of waiting {first.to} was due, and no branch on the way calls anybody"
        yield Weakness("nobody-called", message, span, _legs(path)), path


def _gives_up(target: Target) -> bool:
    return isinstance(target, Finish) and target.outcome in (Outcome.ESCALATED, Outcome.ABANDONED)


def _without_rollback(graph: Graph, reached: Mapping[str, Path]) -> Iterator[tuple[Weakness, Path]]:
    whole = any(phase.role == "rollback" and phase.blocks for phase in graph.runbook.phases)
    for step in graph.steps.values():
        changes = step.command is not None and step.command.effect is Effect.CHANGE
        if changes and not step.rollback and not whole and step.id in reached:
            path = reached[step.id]
            message = f"`{step.id}` changes the system, and nothing says how to undo it"
            yield Weakness("no-rollback", message, step.span, _legs(path)), path


def _loops(
    graph: Graph, ways: Mapping[str, tuple[Move, ...]], reached: Mapping[str, Path]
) -> Iterator[tuple[Weakness, Path]]:
    """Yield circles that a run goes round for as long as the systems answer alike, since nobody is asked anything."""
    told: set[frozenset[str]] = set()
    for start, path in reached.items():
        circle = _circle(graph, ways, start)
        steps = frozenset(move.step for move in circle)
        if not circle or steps in told or any(_has_timer(graph, step) for step in steps):
            continue
        told.add(steps)
        way = " > ".join([move.step for move in circle] + [start])
        message = f"the run goes round for as long as the systems answer alike: {way}"
        whole = (*path, *circle)
        yield Weakness("endless-loop", message, _span(graph, circle[0]), _legs(whole)), whole


def _circle(graph: Graph, ways: Mapping[str, tuple[Move, ...]], start: str) -> Path:
    """Return the shortest circle through a step on which nobody is asked; empty when there is none."""
    waiting: deque[tuple[str, Path]] = deque([(start, ())])
    known: set[str] = set()
    while waiting:
        at, path = waiting.popleft()
        for move in ways[at]:
            onward = _at(_returning(graph, move)) if move.by_machine else ""
            if onward == start:
                return (*path, move)
            if onward and onward not in known:
                known.add(onward)
                waiting.append((onward, (*path, move)))
    return ()


def _traps(
    graph: Graph, ways: Mapping[str, tuple[Move, ...]], reached: Mapping[str, Path]
) -> Iterator[tuple[Weakness, Path]]:
    """Yield the ways into what no answer leads out of, the shortest first: whatever is chosen there, it goes round."""
    free = _free(graph, ways)
    told: set[str] = set()
    for start, path in reached.items():
        if start in free or start in told:
            continue
        inside = _from(graph, ways, start)
        if start not in inside:
            continue  # it leads into one
        told |= inside
        names = " > ".join([start, *sorted(inside - {start})][:4])
        message = f"from `{start.removeprefix('choose:')}` no way leads to an end, whatever is answered: {names}"
        yield Weakness("endless-loop", message, _place(graph, start), _legs(path)), path


def _free(graph: Graph, ways: Mapping[str, tuple[Move, ...]]) -> frozenset[str]:
    """Return the places from which a run can end."""
    before: dict[str, set[str]] = {}
    waiting: list[str] = []
    for at, found in ways.items():
        for move in found:
            onward = _at(_returning(graph, move))
            if onward:
                before.setdefault(onward, set()).add(at)
            else:
                waiting.append(at)
    free = set(waiting)
    while waiting:
        for at in before.get(waiting.pop(), set()) - free:
            free.add(at)
            waiting.append(at)
    return frozenset(free)


def _from(graph: Graph, ways: Mapping[str, tuple[Move, ...]], start: str) -> set[str]:
    """Return the places that can be reached from one; itself only where the way leads round."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        onward = {_at(_returning(graph, move)) for move in ways[waiting.pop()]} - found - {""}
        found |= onward
        waiting += onward
    return found


def _place(graph: Graph, at: str) -> Span:
    if at in graph.steps:
        return graph.steps[at].span
    choose = graph.choices[at.removeprefix("choose:")]
    return graph.steps[choose.options[0][1]].span if choose.options else Span()


def _has_timer(graph: Graph, step: str) -> bool:
    found = graph.steps.get(step)
    return found is not None and any(isinstance(branch.guard, Timer) for branch in found.branches)


def _span(graph: Graph, move: Move) -> Span:
    step = graph.steps.get(move.step)
    return step.span if step is not None else Span()


def _legs(path: Sequence[Move]) -> tuple[Leg, ...]:
    return tuple(Leg(move.step, move.condition, encode(move.target).removeprefix("step:")) for move in path)


def _confirmed(graph: Graph, weakness: Weakness, path: Path, play: Play, values: Mapping[str, str]) -> Weakness:
    """Say whether the real runner goes the same way."""
    visits = [move.step for place, move in enumerate(path) if not _alternative(path, place)]
    seen = play(_scenario(graph, path, values))
    return replace(weakness, confirmed=list(seen.path[: len(visits)]) == visits)


def _alternative(path: Path, place: int) -> bool:
    """Say whether a move is one of a choice's, and not a step's own."""
    if place:
        return isinstance(path[place - 1].target, Choose)
    return path[0].condition.startswith(("it applies: ", "none of these applies"))


def _scenario(graph: Graph, path: Path, known: Mapping[str, str]) -> Scenario:
    """Return the scenario that makes a run take a path."""
    answers: dict[str, tuple[Answer, ...]] = {}
    here = "start"
    for place, move in enumerate(path):
        if not _alternative(path, place):
            here = move.step
        answers[here] = (*answers.get(here, ()), *move.answers)
    earlier = tuple(Earlier(clock_text(move.earlier)) for move in path if move.earlier)
    answers["end"] = (Answer(end="abandoned"),)
    # What a step should have set is not there: nothing was run that could have set it.
    used = [name for move in path if (command := _command(graph, move)) for name in command.analysis.uses]
    values = dict.fromkeys(used, "x")
    values |= {each.name: _stand_in(each) for each in graph.runbook.parameters if not each.secret} | dict(known)
    return Scenario("explored", parameters=values, commands=replies(path), answers=answers, earlier=earlier[:1])


def _command(graph: Graph, move: Move) -> Command | None:
    step = graph.steps.get(move.step)
    return step.command if step is not None else None


def _stand_in(parameter: Parameter) -> str:
    """Return a value that a parameter takes."""
    if parameter.default is not None:
        return parameter.default
    if parameter.choices:
        return parameter.choices[0]
    if parameter.pattern:
        return matching(parameter.pattern)
    numbers = (ParameterType.INTEGER, ParameterType.NUMBER)
    return "1" if parameter.type in numbers else "true" if parameter.type is ParameterType.BOOLEAN else "x"
