"""Secrets that a command brings up are hidden in what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.run.learned import assigned, carried
from tests.build import command, step
from tests.commands import Answer
from tests.people import Typed
from tests.run.test_drive import Table, driven


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("export API_TOKEN=abc123secret; echo $API_TOKEN", ["abc123secret"]),
        ("DB_PASSWORD='a b c' psql", ["a b c"]),
        ('PASSWORD="x\\"yzw"', ['x\\"yzw']),
        ("TOKEN=$(cat file)", []),
        ("NAME=plain TOKEN=abc", []),
    ],
)
def test_literal_values_of_secret_names(text: str, values: list[str]) -> None:
    assert list(assigned(text)) == values


def test_carried_values_of_secret_names() -> None:
    variables = {"API_TOKEN": 'declare -x API_TOKEN="s3cr3t value"', "X": 'declare -- X="plain"', "PASSWORD": "'"}
    assert list(carried(variables)) == ["s3cr3t value"]


def test_an_assigned_secret_is_neither_shown_nor_recorded(tmp_path: Path) -> None:
    text = "export API_TOKEN=abc123secret; echo $API_TOKEN"
    table = Table(step("look", run=command(text)), answers={text: Answer("abc123secret\n")})
    walk = table.walk(tmp_path, "r", "enter", "r", Typed(""))
    driven(walk)
    assert "abc123secret" not in table.reporter.written()
    assert "abc123secret" not in str(table.bodies(walk)[1:])
