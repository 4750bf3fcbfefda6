"""A drill: the real terminal and the real clock, with a scenario's systems behind the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from runbook_runner.model import events as e
from runbook_runner.model.debrief import Debrief, Decision, Rung, Turn
from runbook_runner.model.events import Event
from runbook_runner.model.graph import Graph
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.scenario import Scenario
from runbook_runner.model.state import RunState
from runbook_runner.ports import Reporter
from runbook_runner.rehearsal.rehearse import Seen
from runbook_runner.rehearsal.stage import Stage


class Shown:
    """The Reporter of a drill: shows everything as a real run does, and lets the stage know."""

    def __init__(self, reporter: Reporter, stage: Stage) -> None:
        self._reporter = reporter
        self._stage = stage

    def event(self, event: Event) -> None:
        """Let both know."""
        self._stage.event(event)
        self._reporter.event(event)

    def say(self, text: str, *, style: str = "") -> None:
        """Show a line."""
        self._reporter.say(text, style=style)

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Show a part of the document."""
        self._reporter.prose(title, blocks)

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show a step."""
        self._reporter.step(runbook, step, place)

    def output(self, stream: str, text: str) -> None:
        """Show output."""
        self._reporter.output(stream, text)


def debrief(graph: Graph, scenario: Scenario, stage: Stage, ideal: Seen, surprises: Sequence[str]) -> Debrief:
    """Return what a drill showed, against the way that the scenario goes by itself."""
    root = next(iter(stage.states.values()), RunState(""))
    path = tuple(stage.named(stage.states[run], step) for run, step in _visited(stage))
    wanted = scenario.expect.path or ideal.path
    made = [
        stage.named(stage.states[event.run], body.step)
        for event, body in stage.bodies()
        if isinstance(body, e.AttemptStarted) and body.effect != "read" and body.part == 0
    ]
    allowed = scenario.expect.changed or ideal.changed
    return Debrief(
        root.run,
        scenario.name,
        scenario.about,
        root.outcome if root.ended else "not ended",
        scenario.expect.outcome or ideal.outcome,
        (root.ended_wall or root.last_wall) - root.wall,
        path,
        wanted,
        tuple(_turns(path, wanted)),
        tuple(_decisions(stage)),
        tuple(_rungs(graph, root)),
        tuple(surprises),
        tuple(step for step in dict.fromkeys(made) if step not in allowed),
    )


def _visited(stage: Stage) -> Iterator[tuple[str, str]]:
    for event, body in stage.bodies():
        if isinstance(body, e.Visited):
            yield event.run, body.step


def _turns(path: Sequence[str], ideal: Sequence[str]) -> Iterator[Turn]:
    """Yield where the path leaves the ideal one; what it finds its way back from is one turn."""
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, ideal, path, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        at = path[j1 - 1] if j1 else "start"
        yield Turn(at, path[j1] if j1 < j2 else (path[j1] if j1 < len(path) else ""), ideal[i1] if i1 < i2 else "")


def _decisions(stage: Stage) -> Iterator[Decision]:
    """Yield how long each answer took: from when the question could be read to what she pressed."""
    asked: float | None = None
    step = "start"
    for event, body in stage.bodies():
        match body:
            case e.Visited(step=there):
                step, asked = stage.named(stage.states[event.run], there), event.wall
            case e.AttemptStarted() if asked is not None:
                yield Decision(step, "to run it", event.wall - asked)
                asked = None
            case e.AttemptEnded():
                asked = event.wall
            case e.StepEnded(how=how) if asked is not None and how != "machine":
                yield Decision(step, "to say how it went", event.wall - asked)
                asked = event.wall
            case e.BranchTaken(text=text, how=how) if asked is not None and how != "start":
                yield Decision(step, f"to go on{': ' + text if text else ''}", event.wall - asked)
                asked = event.wall
            case e.GuardAnswered(text=text) if asked is not None:
                yield Decision(step, f"whether {text}", event.wall - asked)
                asked = event.wall
            case e.RunEnded(outcome=outcome) if asked is not None:
                yield Decision(step, f"that it is {outcome.replace('_', ' ')}", event.wall - asked)
            case _:
                pass


def _rungs(graph: Graph, root: RunState) -> Iterator[Rung]:
    """Yield the calls that fell due before the end, and when they were made."""
    passed = (root.ended_wall or root.last_wall) - root.page
    for rung in graph.runbook.facts.escalation:
        calls = [call.wall - root.page for call in root.calls if call.tried.to == rung.to]
        if rung.after <= passed or calls:
            yield Rung(rung.to, rung.after, calls[0] if calls else None)
