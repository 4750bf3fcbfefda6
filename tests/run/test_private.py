"""The folder of what never reaches the journal: a run's own, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.cli.config import Config
from runbook_runner.cli.journal import private_folder
from runbook_runner.errors import StoreError
from runbook_runner.model import events as e
from runbook_runner.run.begin import take_up
from runbook_runner.run.beside import beside
from runbook_runner.run.carrying import carry
from runbook_runner.run.journal import Journal
from tests.build import command, step
from tests.commands import Answer
from tests.contracts.stores import event
from tests.people import ScriptedPrompt
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


@pytest.mark.parametrize("elsewhere", [False, True])
def test_what_commands_left_in_a_branch_says_nothing_of_those_of_the_run(tmp_path: Path, elsewhere: bool) -> None:
    here = table()
    walk = here.walk(tmp_path)
    run, known = walk.state.run, here.store.events(walk.state.run)
    first = walk.private()
    apart = event(e.Noted("out of touch"), known[-1].seq + 1, known[-1].digest, run=run, writer=known[-1].writer)
    Journal(here.store, run, here.clock, writer="bob").observe(e.DriverChanged("bob", "far", "take"))
    carry(here.store, run, [*known, apart], here.clock)
    why = replace(here.why, host="far") if elsewhere else here.why
    again = take_up(walk.state, here.ports(ScriptedPrompt()), walk.options, why, take=True)
    assert (again.private() == first) is elsewhere
    assert first.is_dir()
    assert any("went on with this run too" in text for text in beside(again.state.apart[0]))
