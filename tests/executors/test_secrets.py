"""A declared secret reaches the command, and no file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.ports import Ending, Place, Request
from tests.contracts.executors import Recorder

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize("language", ["bash", "zsh"])
def test_a_secret_parameter_is_in_no_private_file(tmp_path: Path, language: str) -> None:
    if shutil.which(language) is None:
        pytest.skip(f"{language} is not installed")
    session = EXECUTOR.open(Place(tmp_path, str(tmp_path)))
    given = {"API_TOKEN": SECRET, "NS": "shop"}
    text = 'export KEPT=yes; printf "%s %s" "${#API_TOKEN}" "$NS"'
    for attempt in (1, 2):
        sink = Recorder()
        request = Request(attempt, text, language, given, secrets=frozenset({"API_TOKEN"}))
        finished = session.execute(request, sink)
        assert (finished.ending, finished.exit_code) == (Ending.EXIT, 0)
        assert sink.output["stdout"].decode() == f"{len(SECRET)} shop"
        files = [file for file in tmp_path.rglob("*") if file.is_file()]
        assert files
        assert [file for file in files if SECRET.encode() in file.read_bytes()] == []
    after = Recorder()
    session.execute(Request(3, 'printf "%s" "$KEPT"', language, {}), after)
    assert after.output["stdout"].decode() == "yes", "the rest of the state is carried on"
    session.close(remove=True)


def test_what_shells_wrote_down_does_not_pile_up_and_is_gone_when_a_run_is_paused(tmp_path: Path) -> None:
    session = EXECUTOR.open(Place(tmp_path, str(tmp_path)))
    texts = ["A=1", "kill -9 $$", "exec true", "echo $A", "B=2", "echo $A$B"]
    for attempt, text in enumerate(texts, 1):
        sink = Recorder()
        session.execute(Request(attempt, text, "bash", {"NS": "shop"}), sink)
        assert len(list(tmp_path.rglob("*.dump"))) <= 2
    assert sink.stdout == "12\n"
    session.close(remove=False)
    assert list(tmp_path.rglob("*.dump")) == []
