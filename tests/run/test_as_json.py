"""Output as JSON: what predicates see of it, and what she is told when it is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.model import events as e
from runbook_runner.run.as_json import as_json
from tests.build import command, otherwise, step, when
from tests.commands import Answer
from tests.run.test_drive import RESOLVED, Table, driven


@pytest.mark.parametrize(
    ("stdout", "value"),
    [('{"items": []}\n', {"items": []}), (" [1, 2] ", [1, 2]), ("97", 97), ('"up"', "up"), ("null", None)],
)
def test_what_it_says(stdout: str, value: object) -> None:
    assert as_json(stdout, whole=True) == value


@pytest.mark.parametrize(
    ("stdout", "whole", "why"),
    [
        ("", True, "stdout is empty, and no JSON"),
        ("\n \n", True, "stdout is empty"),
        (
            "Error from server",
            True,
            "stdout is no JSON (line 1, column 1: expecting value)",
        ),
        ('{"a": 1', True, "line 1, column 8"),
        ('{"a": 1}\n{"a": 2}\n', True, "several JSON values, one a line: `jq -s .`"),
        ('{"a": NaN}', True, "stdout holds NaN, which is no JSON"),
        ('{"a": 1}', False, "too long to keep whole"),
    ],
)
def test_what_is_none(stdout: str, whole: bool, why: str) -> None:
    with pytest.raises(ValueError, match="stdout") as error:
        as_json(stdout, whole=whole)
    assert why in str(error.value)


def test_output_that_is_none_leaves_the_branch_to_her(tmp_path: Path) -> None:
    look = step("look", when("json.ready == 3", RESOLVED), otherwise(RESOLVED), run=command("kubectl get"))
    table = Table(look, answers={"kubectl get": Answer("No resources found\n")})
    walk = table.walk(tmp_path, "r", "1", "enter")
    assert driven(walk) == "resolved"
    [judged] = [body for body in table.bodies(walk) if isinstance(body, e.Judged)]
    [first, *others] = judged.branches
    assert first["holds"] is None
    assert "json: stdout is no JSON" in first["error"]
    assert others == [], "and nothing else is taken for it"


def test_it_is_not_read_before_it_is_asked_for(tmp_path: Path) -> None:
    look = step("look", when("exit_code == 0 || json.ready == 3", RESOLVED), run=command("df"))
    table = Table(look, answers={"df": Answer("no json\n")})
    walk = table.walk(tmp_path, "r", "enter", "enter")
    assert driven(walk) == "resolved"
