"""The scenarios of the shipped runbooks cover them, and notice when something in them is changed."""

from __future__ import annotations

import pytest

from runbook_runner.cli.test import perform
from runbook_runner.cli.theatre import theatre
from runbook_runner.markdown.scenarios import read
from tests.benchmarks.mutate import RUNBOOKS, jury, sample

NAMES = sorted(file.stem for file in RUNBOOKS.glob("*.md"))
MUTANTS = 6
"""Of each runbook; `tests/benchmarks/mutate.py` takes a thousand in all."""

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_passes_and_all_is_covered(name: str) -> None:
    results, walked = perform((str(RUNBOOKS / f"{name}.md"),), "", first=False, show=False)

    assert [(each.name, each.stuck, each.differences) for each in results.tested if not each.passed] == []
    assert results.broken == ()
    (report,) = walked.reports()
    assert [part.text for part in report.missing] == []


@pytest.mark.parametrize("name", NAMES)
def test_there_are_stories_to_drill(name: str) -> None:
    found = read((RUNBOOKS / f"{name}.scenarios.yaml").read_text("utf-8"))
    told = [scenario.about for scenario in found.scenarios if scenario.about]

    assert len(told) >= 10
    assert all(about.endswith(".") for about in told)


@pytest.mark.parametrize("name", NAMES)
def test_mutants_are_killed(name: str) -> None:
    with theatre() as stage:
        judging = jury(RUNBOOKS / f"{name}.md", stage)
        verdicts = {(each.line, each.new): judging.verdict(each) for each in sample(MUTANTS, 4, [name])}

    living = [mutant for mutant, verdict in verdicts.items() if verdict == "lives"]
    assert len(living) <= 1, living
