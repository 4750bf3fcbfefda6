"""The hook for pre-commit: which files it takes, and that it calls what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from runbook_runner.cli.main import run

(_HOOK,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("runbooks/disk-full.md", True),
        ("docs/runbooks/db/down.md", True),
        ("runbook/a.md", True),
        ("docs/a.md", False),
        ("my-runbooks.md", False),
        ("runbooks/README.md", False),
        ("runbooks/CHANGELOG.md", False),
    ],
)
def test_it_takes_runbooks(path: str, taken: bool) -> None:
    found = re.search(_HOOK["files"], path) is not None and re.search(_HOOK["exclude"], path) is None

    assert found is taken


def test_it_calls_lint_with_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.md"
    file.write_text("See [a](#b).\n", encoding="utf-8")
    program, *arguments = _HOOK["entry"].split()

    code = run([*arguments, "--no-cache", str(file)])

    assert program == "runbook"
    assert code == 1
    assert "dead-anchor" in capsys.readouterr().out
