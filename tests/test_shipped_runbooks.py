"""The runbooks that come with the program are as good as what it asks of others."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.command import Effect, Handling
from runbook_runner.model.runbook import Runbook, Step, ToAnchor

FOLDER = Path(__file__).parent.parent / "runbooks"
NAMES = sorted(file.name for file in FOLDER.glob("*.md"))
VALUES = {"FOLDER": "/tmp/runbook-test/none", "FD": "1", "LIMIT": "2G", "UNIT": "none.service", "PORT": "9"}
SLOW = {"folders", "recent", "file-counts"}
"""They read a whole disk."""
MAY_FAIL = {"ask"}
"""Whose exit code is the answer."""


@cache
def runbook(name: str) -> Runbook:
    file = FOLDER / name
    return read(file.read_bytes(), str(file), registry.executor)


def steps(effect: Effect) -> list[tuple[str, str]]:
    return [
        (name, step.id)
        for name in NAMES
        for step in runbook(name).steps
        if step.command and step.command.effect is effect and step.command.handling is Handling.RUN
    ]


def step(name: str, wanted: str) -> Step:
    return next(step for step in runbook(name).steps if step.id == wanted)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_defect_and_no_unknown_effect(name: str) -> None:
    found = runbook(name)

    assert [f"{d.span.line}:{d.span.column} {d.message}" for d in found.defects] == []
    assert steps(Effect.UNKNOWN) == []
    assert all(step.command is None or step.command.handling is Handling.RUN for step in found.steps)


@pytest.mark.parametrize("name", NAMES)
def test_its_facts_are_complete(name: str) -> None:
    facts = runbook(name).facts

    assert facts.title
    assert facts.owner
    assert facts.triggers
    assert len(facts.escalation) > 1
    assert facts.reviewed
    assert facts.reviewed.date


@pytest.mark.parametrize("name", NAMES)
def test_every_fence_became_a_step(name: str) -> None:
    found = runbook(name)
    written = re.findall(r"^ *```sh \{id=([a-z-]+)", found.source, re.MULTILINE)

    assert [step.id for step in found.steps if step.command] == written


@pytest.mark.parametrize("name", NAMES)
def test_every_branch_was_recognised_and_leads_somewhere(name: str) -> None:
    found = runbook(name)
    anchors = {anchor for phase in found.phases for anchor in phase.anchors}
    branches = [branch for step in found.steps for branch in step.branches]

    written = re.findall(r"^ *- ((?:If|After|Otherwise)\b.*)\.$", found.source, re.MULTILINE)
    assert len(branches) == len(written)
    for branch in branches:
        match branch.destination:
            case ToAnchor(anchor, path=""):
                assert anchor in anchors
            case ToAnchor(path=path):
                assert (FOLDER / path).is_file()
            case _:
                pass


@pytest.mark.parametrize(("name", "id"), steps(Effect.CHANGE))
def test_each_change_says_how_to_undo_it_and_is_verified(name: str, id: str) -> None:
    found, change = runbook(name), step(name, id)
    slugs = [phase.slug for phase in found.phases]

    assert change.rollback
    assert any(phase.role == "verify" for phase in found.phases[slugs.index(change.phase) :])


@pytest.mark.parametrize(("name", "id"), [pair for pair in steps(Effect.READ) if pair[1] not in SLOW])
def test_each_read_works_here(name: str, id: str, tmp_path: Path) -> None:
    command = step(name, id).command
    assert command
    defaults = {p.name: p.default for p in runbook(name).parameters if p.default is not None}
    values = {**os.environ, **defaults, **VALUES, "PID": str(os.getpid())}

    done = subprocess.run(
        ["bash", "-c", "\n".join(command.parts)],
        env=values,
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
    )

    assert done.returncode == 0 or id in MAY_FAIL, done.stderr
    assert "syntax error" not in done.stderr
    assert list(tmp_path.iterdir()) == [], "a read leaves nothing behind"


@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_an_alert_is_parsed_as_code(name: str) -> None:
    found = runbook(name)
    again = {name for step in found.steps if step.command for name in step.command.analysis.reevaluated}

    assert all(parameter.typed for parameter in found.parameters if parameter.name in again)
