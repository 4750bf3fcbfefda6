"""The folder of what never reaches the journal: a run's own, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.cli.config import Config
from runbook_runner.cli.journal import private_folder
from runbook_runner.errors import StoreError
from tests.build import command, step
from tests.commands import Answer
from tests.run.test_drive import Table, driven


def table() -> Table:
    return Table(step("look", run=command("df")), answers={"df": Answer()})


def test_two_journals_in_one_folder_share_nothing(tmp_path: Path) -> None:
    one, other = (private_folder(str(tmp_path / name), Config(tmp_path)) for name in ("a.db", "b.db"))
    assert one != other
    assert one.parent == tmp_path


def test_it_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    folder = table().walk(tmp_path / "open").private()
    assert (folder.stat().st_mode & 0o777, folder.parent.stat().st_mode & 0o777) == (0o700, 0o700)


@pytest.mark.parametrize("kind", ["link", "file"])
def test_what_may_be_somebody_elses_is_refused_before_anything_runs(tmp_path: Path, kind: str) -> None:
    (tmp_path / "theirs").mkdir()
    if kind == "link":
        (tmp_path / "private").symlink_to(tmp_path / "theirs")
    else:
        (tmp_path / "private").write_text("")
    here = table()
    with pytest.raises(StoreError, match="private"):
        driven(here.walk(tmp_path / "private", "r"))
    assert here.executor.ran == []
