"""One scenario walked, and what was seen of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from runbook_runner.errors import RunbookError
from runbook_runner.model import events as e
from runbook_runner.model.graph import Graph
from runbook_runner.model.scenario import Scenario
from runbook_runner.model.state import RunState
from runbook_runner.ports import Executor, Interrupted, Library
from runbook_runner.rehearsal.commands import StageExecutor, StageSession, StageTargets
from runbook_runner.rehearsal.errors import Stuck
from runbook_runner.rehearsal.person import Person
from runbook_runner.rehearsal.stage import Stage, StageClock
from runbook_runner.run.begin import Cause, begin
from runbook_runner.run.journal import Journal
from runbook_runner.run.walk import Options, Ports, Signals
from runbook_runner.run.whole import walked
from runbook_runner.stores.memory import MemoryStore


class Seen(Struct, frozen=True):
    """What came of a scenario."""

    path: tuple[str, ...]
    """Every step that was visited."""
    branches: tuple[tuple[str, str, str], ...]
    """Every branch of the author's that was taken: step, destination, evidence."""
    outcome: str
    changed: tuple[str, ...]
    called: tuple[tuple[str, float], ...]
    """Who was called, and seconds since the page."""
    failed: tuple[str, ...] = ()
    """The steps that ended as failed, as what was seen last or she herself has it."""
    stuck: str = ""
    """Why it could not go on; empty when it came to its end."""
    seconds: float = 0.0
    """How long it took, in simulated time."""
    states: tuple[RunState, ...] = ()
    """Of the run and of the runs that were walked from it."""
    judged: tuple[tuple[str, str, e.Judged], ...] = ()
    """All that the machine made of attempts: path of the runbook, step, and what."""


class Theatre(Struct, frozen=True):
    """What all rehearsals share."""

    library: Library
    executors: Callable[[str], Executor | None]
    seconds: Callable[[str], float]
    """Reads a span of time; those of a scenario have been checked."""
    private: Path
    """A folder for what real runs would keep."""


def rehearse(graph: Graph, scenario: Scenario, theatre: Theatre, folder: Path) -> Seen:
    """Walk a scenario to its end or to where it is stuck; `folder` is where its files lie."""
    clock = StageClock()
    stage = Stage(theatre.library, clock)
    stage.begin_with(graph)

    def contents(name: str) -> str:
        try:
            return (folder / name).read_text("utf-8", "surrogateescape")
        except (OSError, ValueError) as error:
            raise Stuck(f"the file {name} cannot be read: {error}") from error

    session = StageSession(scenario.commands, stage, theatre.seconds, contents)
    person = Person(scenario, stage, theatre.seconds, session.more)

    def executors(language: str) -> Executor | None:
        real = theatre.executors(language)
        return StageExecutor(real, session) if real is not None else None

    store = MemoryStore()
    ports = Ports(store, person, stage, clock, theatre.library, executors, Signals(), StageTargets())
    cause = _cause(scenario, clock, theatre.seconds)
    for place, earlier in enumerate(scenario.earlier):
        _before(store, graph, scenario, f"earlier-{place}", theatre.seconds(earlier.ended), earlier.outcome)
    options = Options(dict(scenario.parameters), {}, read_only=False, private=theatre.private)
    stuck = ""
    try:
        walked(begin(graph.runbook, ports, options, cause), cause)
    except Stuck as why:
        stuck = str(why)
    except RunbookError as error:
        stuck = error.message
    except Interrupted:
        stuck = "the run was paused"
    return _seen(stage, stuck)


def _cause(scenario: Scenario, clock: StageClock, seconds: Callable[[str], float]) -> Cause:
    page = clock.wall() - (seconds(scenario.paged) if scenario.paged else 0.0)
    fired = scenario.alert
    about = (fired.name, fired.labels, fired.annotations) if fired else ("", {}, {})
    return Cause("somebody", "stage", os.getpid(), page, ".", *about, "rehearsal")


def _before(store: MemoryStore, graph: Graph, scenario: Scenario, run: str, ago: float, outcome: str) -> None:
    """Record a run that ended before this one began."""
    clock = StageClock()
    clock.passed = -ago - 60
    book = graph.runbook
    alert = scenario.alert.name if scenario.alert else ""
    journal = Journal(store, run, clock, writer="earlier")
    started = e.RunStarted(
        book.path, book.title, book.digest, "", "somebody", "stage", clock.wall(), book.facts.service, alert,
        {}, {}, "rehearsal", False, "", ".", "",
    )  # fmt: skip
    journal.observe(started)
    clock.passed = -ago
    journal.observe(e.RunEnded(outcome, "answer"))


def _seen(stage: Stage, stuck: str) -> Seen:
    path: list[str] = []
    branches: list[tuple[str, str, str]] = []
    changed: list[str] = []
    called: list[tuple[str, float]] = []
    failed: list[str] = []
    judged: list[tuple[str, str, e.Judged]] = []
    states: dict[str, RunState] = stage.states
    page = stage.page
    for event, body in stage.bodies():
        state = states[event.run]
        match body:
            case e.Visited(step=step, visit=number):
                path.append(stage.named(state, step))
                if any(v.number == number and v.ended and v.ended.outcome == "failed" for v in state.visits):
                    failed.append(path[-1])
            case e.BranchTaken(visit=visit, index=index, destination=to, evidence=evidence) if index is not None:
                at = next((v.step for v in state.visits if v.number == visit), "")
                branches.append((stage.named(state, at), destination(to), evidence))
            case e.AttemptStarted(step=step, effect=effect, part=0) if effect != "read":
                changed.append(stage.named(state, step))
            case e.Judged(visit=visit) if state.started:
                at = next((v.step for v in state.visits if v.number == visit), "")
                judged.append((state.started.path, at, body))
            case e.EscalationTried(to=to):
                called.append((to, event.wall - page))
            case _:
                pass
    root = next(iter(states.values()), None)
    outcome = root.ended.outcome if root and root.ended else ""
    return Seen(
        tuple(path),
        tuple(branches),
        outcome,
        tuple(changed),
        tuple(called),
        tuple(failed),
        stuck,
        stage.clock.mono(),
        tuple(states.values()),
        tuple(judged),
    )


_WORDS: Mapping[str, Callable[[str], str]] = {
    "step": str,
    "finish": str,
    "child": lambda rest: rest.removesuffix("#"),
    "escalate": lambda rest: f"escalate to {rest}" if rest else "escalate",
    "choose": lambda rest: f"choice before {rest}",
    "dead": lambda rest: f"{rest} (not there)",
}


def destination(journalled: str) -> str:
    """Return a destination as scenarios write it: a step's id, `resolved`, `escalate to NAME`, another runbook."""
    kind, _, rest = journalled.partition(":")
    return _WORDS[kind](rest) if kind in _WORDS else "the end"
