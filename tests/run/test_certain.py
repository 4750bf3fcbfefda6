"""Which steps a run is sure to come to."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runbook_runner.model.graph import build
from runbook_runner.model.prose import NOWHERE, PhaseKind
from runbook_runner.model.runbook import Phase, Question
from runbook_runner.run.certain import is_certain
from tests.build import command, otherwise, phase, runbook, step, when
from tests.run.test_drive import RESOLVED

LOOK = step("look", when("exit_code == 0", "one"), otherwise("two"), run=command("x"))
EARLY = step("early", otherwise(RESOLVED), when("exit_code == 1", "two"), run=command("x"))
READ, CHANGE = PhaseKind.READ, PhaseKind.CHANGE


def certain(*phases: Phase) -> str:
    graph = build(runbook(*phases))
    return " ".join(name for name in graph.steps if is_certain(graph, name))


@pytest.mark.parametrize(
    ("phases", "sure"),
    [
        ([phase("d", READ, step("a"), step("b"))], "a b"),
        ([phase("d", READ, LOOK), phase("one", CHANGE, step("s1")), phase("two", CHANGE, step("s2"))], "look"),
        (
            [
                phase("d", READ, LOOK),
                phase("one", CHANGE, step("s1")),
                phase("two", CHANGE, step("s2")),
                phase("v", READ, step("seen"), role="verify"),
            ],
            "look seen",
        ),
        ([phase("d", READ, EARLY), phase("two", CHANGE, step("s2"))], "early s2"),
        (
            [phase("d", READ, step("a"), step("again", when("exit_code == 1", "d"), run=command("x")), step("b"))],
            "a again b",
        ),
        ([phase("f", CHANGE, step("a", alternative="1"), step("b", alternative="2"))], ""),
        ([replace(phase("d", READ, step("a")), guard=Question("If so", NOWHERE)), phase("e", READ, step("b"))], "b"),
        ([phase("d", READ, step("a")), phase("r", CHANGE, step("undo"), role="rollback")], "a"),
    ],
)
def test_certain_steps(phases: list[Phase], sure: str) -> None:
    assert certain(*phases) == sure
