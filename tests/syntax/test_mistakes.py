"""What is certainly no shell, held to bash itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from runbook_runner.syntax.grammar import position
from runbook_runner.syntax.mistakes import first_mistake

_HERE = Path(__file__).parent
_RIGHT = (_HERE / "right_shell.txt").read_text(encoding="utf-8").split("\n===\n")
_WRONG = (_HERE / "wrong_shell.txt").read_text(encoding="utf-8").split("\n===\n")


def _bash_takes(text: str) -> bool:
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, timeout=180)
    return done.returncode == 0 and "warning" not in done.stderr


@pytest.mark.parametrize("text", _RIGHT)
def test_nothing_is_said_of_what_bash_takes(text: str) -> None:
    assert _bash_takes(text)
    assert first_mistake(text) is None


@pytest.mark.parametrize("case", _WRONG)
def test_what_bash_refuses_is_said_with_its_place(case: str) -> None:
    expected, _, text = case.partition("\n")
    text = text.rstrip("\n") + "\n"

    found = first_mistake(text)

    assert not _bash_takes(text)
    assert found is not None
    line, column = position(text, found.offset)
    assert f"{line}:{column} {found.message}" == expected


@pytest.mark.parametrize(
    "text", ["\x00", "$(" * 3000, "((" * 3000, "`" * 999, "case x in " * 300, "'\"`${" * 500, "<<"]
)
def test_hostile_texts_end(text: str) -> None:
    first_mistake(text)
