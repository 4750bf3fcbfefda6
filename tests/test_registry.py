"""Parts are found by their file's name, and nothing else is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.errors import InputError


@pytest.mark.parametrize("language", ["sh", "bash", "shell", "zsh", "console"])
def test_shell_languages_have_an_executor(language: str) -> None:
    found = registry.executor(language)
    assert found is not None
    assert language in found.languages


@pytest.mark.parametrize("language", ["yaml", "", "no such language", "../shell", "_session"])
def test_other_languages_have_none(language: str) -> None:
    assert registry.executor(language) is None


def test_a_store_is_chosen_by_its_url(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    for target in (str(path), f"sqlite://{path}"):
        store = registry.store(target)
        assert store.matching("") == []
        store.close()
    assert path.is_file()
    with pytest.raises(InputError, match="no store 'nosuch'"):
        registry.store("nosuch://here")


def test_a_format_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError) as error:
        registry.format_for("nosuch")
    assert "report_markdown" in error.value.hint


def test_looking_for_one_part_does_not_load_the_others() -> None:
    code = (
        "import sys; from runbook_runner import registry; registry.format_for('runs_text'); "
        "print([m for m in sys.modules if m.startswith('runbook_runner.executors.') or m.endswith('report_markdown')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_another_package_adds_a_rule(tmp_path: Path) -> None:
    (tmp_path / "extra.py").write_text(
        "from runbook_runner.lint._rule import Rule\n"
        "from runbook_runner.model.finding import Group\n"
        "RULE = Rule('extra', Group.STYLE, lambda document: ())\n"
    )
    about = tmp_path / "extra-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[runbook_runner.lint.rules]\nextra = extra:RULE\n")
    code = "from runbook_runner import registry; print(registry.rules()[-1].code, registry.rule('extra') is not None)"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["extra", "True"]
