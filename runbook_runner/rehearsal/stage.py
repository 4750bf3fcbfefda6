"""What a rehearsal can see of itself while it goes on: its clock, and the events as they are recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

from runbook_runner.model.chain import decode
from runbook_runner.model.events import Event, RunStarted
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.state import RunState, apply
from runbook_runner.ports import Clock, Library
from runbook_runner.run.interrupts import timers

BEGIN = 1_767_236_400.0
"""Three o'clock in the night of the first of January 2026, UTC: the same for every rehearsal."""


_HAIR = 1e-6
"""By so much what is due has come for certain, however times of day are rounded."""


class StageClock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> float:
        """Return seconds since the epoch."""
        return BEGIN + self.passed

    def mono(self) -> float:
        """Return seconds on the same clock."""
        return self.passed

    def boot(self) -> str:
        """Return what identifies the stage."""
        return "stage"

    def wait(self, seconds: float) -> None:
        """Let so many seconds have passed."""
        self.passed += seconds


class Stage:
    """The Reporter of a rehearsal: shows nothing, and remembers every event."""

    def __init__(self, library: Library, clock: Clock) -> None:
        self.clock = clock
        self.events: list[Event] = []
        self.states: dict[str, RunState] = {}
        """By run, the first one's first."""
        self._library = library
        self._graphs: dict[str, Graph] = {}
        self._bodies: list[tuple[Event, Any]] = []

    def event(self, event: Event) -> None:
        """Take note of an event."""
        body = decode(event)
        self.events.append(event)
        self._bodies.append((event, body))
        self.states[event.run] = apply(self.states.get(event.run) or RunState(event.run), event, body)

    @property
    def state(self) -> RunState:
        """The state of the run that is being walked: a child's while it is open."""
        return self.states[self.events[-1].run] if self.events else RunState("")

    @property
    def graph(self) -> Graph:
        """The graph of the run that is being walked."""
        started = self.state.started
        path = started.path if started else ""
        if path not in self._graphs:
            self._graphs[path] = build(self._library.load(path))
        return self._graphs[path]

    def begin_with(self, graph: Graph) -> None:
        """Take the graph of the runbook that the rehearsal begins with."""
        self._graphs[graph.runbook.path] = graph

    @property
    def here(self) -> str:
        """The step that the walk stands at, `start` before the first; a child's behind its file's name."""
        state = self.state
        step = state.visit.step if state.visit else "start"
        return self.named(state, step)

    def named(self, state: RunState, step: str) -> str:
        """Return a step as scenarios name it."""
        started = state.started
        child = started is not None and started.parent_run
        return f"{PurePath(started.path).name}#{step}" if child and started else step

    def bodies(self) -> Sequence[tuple[Event, Any]]:
        """Return every event with its body."""
        return self._bodies

    def until_due(self) -> float:
        """Return the seconds until the next timer of the step or rung of the ladder falls due; endless without one."""
        state, visit = self.state, self.state.visit
        step = self.graph.steps.get(visit.step) if visit else None
        left: list[float] = []
        if visit is not None and step is not None and not visit.taken:
            passed = self.clock.mono() - visit.event.mono
            left += [after - passed for key, _, _, after in timers(step, visit) if key not in state.timers]
        if state.started is not None and not state.started.parent_run:
            passed = self.clock.wall() - state.page
            ladder = enumerate(self.graph.runbook.facts.escalation)
            left += [rung.after - passed for place, rung in ladder if f"rung:{place}" not in state.timers]
        return max(0.0, min(left, default=math.inf)) + _HAIR

    @property
    def page(self) -> float:
        """Wall time of the page."""
        for _, body in self.bodies():
            if isinstance(body, RunStarted):
                return body.page
        return self.clock.wall()

    # A rehearsal speaks to nobody.

    def say(self, text: str, *, style: str = "") -> None:
        """Show nothing."""

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Show nothing."""

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show nothing."""

    def output(self, stream: str, text: str) -> None:
        """Show nothing."""
