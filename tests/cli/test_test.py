"""`runbook test`, as a process sees it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from runbook_runner.cli.main import cli

BOOK = "## Diagnosis\n\n```sh {id=look}\nuptime\n```\n\n- If `stdout == 'up'`, resolved.\n- Otherwise, escalate.\n"
GOOD = "scenarios:\n  - name: it is up\n    commands: {look: up}\n    expect: {path: [look], outcome: resolved}\n"
BAD = "  - name: it is down\n    commands: {look: down}\n    expect: {path: [look], outcome: resolved}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/up.md").write_text(BOOK)
    (tmp_path / "runbooks/up.scenarios.yaml").write_text(GOOD)
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["test", *arguments], standalone_mode=False)


@pytest.mark.parametrize("path", [(), (".",), ("runbooks",), ("runbooks/up.md",), ("runbooks/up.scenarios.yaml",)])
def test_scenarios_are_found_and_pass(folder: Path, path: tuple[str, ...]) -> None:
    done = call(*path)

    assert done.return_value == 0
    assert "runbooks/up.scenarios.yaml ." in done.output
    assert "1 passed" in done.output


def test_a_failure_says_what_differs(folder: Path) -> None:
    (folder / "runbooks/up.scenarios.yaml").write_text(GOOD + BAD)
    done = call()

    assert done.return_value == 1
    assert "FAILED runbooks/up.scenarios.yaml:5: it is down" in done.output
    assert "outcome: expected resolved, was escalated" in done.output
    assert call("-k", "is up").return_value == 0


def test_expectations_that_miss_are_written_and_others_brought_up_to_date(folder: Path) -> None:
    file = folder / "runbooks/up.scenarios.yaml"
    fresh = "  - name: nobody said what comes of it\n    commands: {look: {stdout: down, duration: 2s}}\n"
    wrong = GOOD.replace("path", "because: {look: down}, path")
    file.write_text(wrong + fresh + BAD.replace("outcome", "took: 9s, failed: [look], outcome"))
    done = call("--update")

    assert done.return_value == 0
    assert "-    expect: {path: [look], took: 9s, failed: [look], outcome: resolved}" in done.output
    text = file.read_text()
    assert "because" not in text, "that a thing is as it is, is no evidence worth a line"
    assert fresh + "    expect:\n      path: [look]\n      outcome: escalated\n      failed: []\n" in text
    assert text.endswith("      outcome: escalated\n      failed: []\n      took: 0s\n")
    assert "      called:\n        - {to: somebody, at: 2s}\n" in text
    assert call().return_value == 0
    assert "nothing to update" in call("--update").output


def test_json_and_junit_say_the_same(folder: Path) -> None:
    (folder / "runbooks/up.scenarios.yaml").write_text(GOOD + BAD)
    done = call("--json", "--junit", "junit.xml")
    told = json.loads(done.output)
    cases = ElementTree.parse(folder / "junit.xml").findall(".//testcase")

    assert (told["passed"], told["failed"]) == (1, 1)
    assert [case.get("name") for case in cases] == ["it is up", "it is down"]
    assert [case.find("failure") is not None for case in cases] == [False, True]


@pytest.mark.parametrize(
    ("text", "where", "says"),
    [
        ("scenarios:\n  - nam: x\n", ":2:", "did you mean `name`?"),
        ("scenarios:\n  - name: x\n    commands: {lok: up}\n", ":3:16:", "did you mean `look`?"),
        ("scenarios:\n  - name: x\n    expect:\n      path: [lok]\n", ":3:5:", "did you mean `look`?"),
        ("scenarios: [\n", ":", "not valid YAML"),
        ("runbook: none.md\nscenarios:\n  - name: x\n", ":", "no such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_place(folder: Path, text: str, where: str, says: str) -> None:
    (folder / "runbooks/up.scenarios.yaml").write_text(text)
    done = call()

    assert done.return_value == 2
    assert f"runbooks/up.scenarios.yaml{where}" in done.output
    assert says in done.output
