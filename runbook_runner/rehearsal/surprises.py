"""What a drill does to somebody who thinks that she knows it by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.model.command import Effect
from runbook_runner.model.graph import Graph
from runbook_runner.model.scenario import Reply, Scenario


class Surprise(Struct, frozen=True):
    """A scenario made worse."""

    scenario: Scenario
    told: str
    """For the debrief."""
    step: str = ""
    """Where it waits for her; empty for everywhere."""
    announced: str = ""
    """What she is told at the start, as a colleague might."""


Make = Callable[[Graph, Scenario, Random], Surprise | None]


def surprised(graph: Graph, scenario: Scenario, count: int, random: Random) -> tuple[Scenario, list[Surprise]]:
    """Return the scenario with so many surprises, at the most one of each kind."""
    kinds: list[Make] = [_hang, _stale_dashboard, _slow]
    random.shuffle(kinds)
    found: list[Surprise] = []
    for make in kinds:
        if len(found) < count and (surprise := make(graph, scenario, random)) is not None:
            found.append(surprise)
            scenario = surprise.scenario
    return scenario, found


def _reads(graph: Graph, scenario: Scenario) -> Sequence[str]:
    return [
        step.id
        for step in graph.steps.values()
        if step.id in scenario.commands and step.command is not None and step.command.effect is Effect.READ
    ]


def _hang(graph: Graph, scenario: Scenario, random: Random) -> Surprise | None:
    steps = [
        step
        for step in _reads(graph, scenario)
        if (command := graph.steps[step].command) is not None and (command.attributes.timeout or 99) <= 30
    ]
    if not steps:
        return None
    step = random.choice(steps)
    replies = (Reply(hangs=True), *scenario.commands[step])
    told = f"the first time, `{step}` hung until its timeout"
    return Surprise(replace(scenario, commands={**scenario.commands, step: replies}), told, step)


def _slow(graph: Graph, scenario: Scenario, random: Random) -> Surprise | None:
    steps = [
        step
        for step in _reads(graph, scenario)
        if (command := graph.steps[step].command) is not None and (command.attributes.timeout or 99) > 12
    ]
    if not steps:
        return None
    step = random.choice(steps)
    first, *rest = scenario.commands[step]
    if first.hangs:
        return None
    replies = (replace(first, duration="9s"), *(rest or (first,)))
    return Surprise(
        replace(scenario, commands={**scenario.commands, step: replies}), f"`{step}` took nine seconds", step
    )


def _stale_dashboard(graph: Graph, scenario: Scenario, _random: Random) -> Surprise | None:
    if not graph.runbook.facts.dashboard:
        return None
    announced = "The dashboard shows nothing unusual."
    return Surprise(scenario, "the dashboard was stale: it showed what was before the fault", announced=announced)
