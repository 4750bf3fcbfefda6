"""What the record may not hold, and the way back through a walk."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.command import Attributes
from runbook_runner.run.begin import take_up
from runbook_runner.run.common import Paused
from tests.build import command, step
from tests.commands import Answer
from tests.people import ScriptedPrompt, Typed
from tests.run.test_drive import Table, driven


def test_back_goes_further_back_each_time(tmp_path: Path) -> None:
    table = Table(step("one"), step("two"), step("three"))
    walk = table.walk(tmp_path, "d", "d", "b", "b", "b", "q", "a")
    driven(walk)
    assert [visit.step for visit in walk.state.visits] == ["one", "two", "three", "two", "one"]
    assert "this is the first step" in table.reporter.text


def test_a_command_from_the_record_whose_secret_was_left_out_must_be_edited(tmp_path: Path) -> None:
    text = "login --token [redacted: name]"
    table = Table(step("in", run=command(text)), answers={"login --token x": Answer()})
    walk = table.walk(tmp_path, "r", Typed("login --token x"), "u=yes", "enter", "r", Typed(""))
    driven(walk)
    assert [request.text for request in table.executor.ran] == ["login --token x"]
    assert "a secret in it was left out" in table.reporter.text


KEY = "AKIA" + "IOSFODNN7EXAMPLE"


def test_a_value_that_may_not_be_recorded_reaches_the_command_whole(tmp_path: Path) -> None:
    look = step("look", run=command("aws $KEY_ID", uses=("KEY_ID",)))
    table = Table(look, answers={"aws $KEY_ID": Answer(f"used {KEY}")})
    walk = table.walk(tmp_path, "r", Typed(KEY), "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert table.executor.ran[0].environment["KEY_ID"] == KEY
    assert table.executor.ran[0].secrets == {"KEY_ID"}
    kept = [b for b in table.bodies(walk) if isinstance(b, e.ParameterSet)]
    assert [(b.name, b.value, b.secret) for b in kept] == [("KEY_ID", None, True)]
    assert KEY not in repr(table.bodies(walk)) + table.reporter.written()


def test_a_name_that_nobody_declared_is_secret_when_it_says_so(tmp_path: Path) -> None:
    look = step("look", run=command("login $DB_PASSWORD", uses=("DB_PASSWORD",)))
    table = Table(look, answers={"login $DB_PASSWORD": Answer("hi")})
    walk = table.walk(tmp_path, "r", Typed("tulip-9131"), "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert "tulip-9131" not in repr(table.bodies(walk))


def test_a_label_whose_name_says_that_it_is_secret_is_not_recorded(tmp_path: Path) -> None:
    table = Table(step("look"))
    labels = {"api_token": "tulip9131", "instance": "web-1"}
    table.why = replace(table.why, alert="Down", labels=labels, annotations={"summary": "password=tulip9131"})
    walk = table.walk(tmp_path)
    assert "tulip9131" not in repr(table.bodies(walk))
    assert walk.state.started
    assert walk.state.started.labels["instance"] == "web-1"


@pytest.mark.parametrize(("printed", "asked"), [("node-7\n", []), (f"key {KEY}\n", ["LEADER"])])
def test_what_a_step_captured_is_known_after_a_pause_unless_it_may_not_be_recorded(
    tmp_path: Path, printed: str, asked: list[str]
) -> None:
    take = step("take", run=command("leader", attributes=Attributes(capture="LEADER")))
    use = step("use", run=command("ask $LEADER", uses=("LEADER",)))
    table = Table(take, use, answers={"leader": Answer(printed), "ask $LEADER": Answer()})
    walk = table.walk(tmp_path, "r", "enter", "p")
    with pytest.raises(Paused):
        driven(walk)
    walk.close(remove=False)
    prompt = ScriptedPrompt("r", *([Typed("node-7")] * len(asked)), "enter", "r", Typed(""))
    assert driven(take_up(walk.state, table.ports(prompt), walk.options, table.why, take=False)) == "resolved"
    assert prompt.labels[: len(asked)] == asked
    assert table.executor.ran[-1].environment["LEADER"] == "node-7"
