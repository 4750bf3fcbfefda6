"""What she is told before the first question."""

from __future__ import annotations

import time
from pathlib import Path

from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.command import Effect
from runbook_runner.model.runbook import Facts, Rung
from runbook_runner.run.begin import Cause, take_up
from runbook_runner.run.opening import header, standing
from tests.build import command, step, when
from tests.commands import Answer
from tests.people import ScriptedPrompt, Typed
from tests.run.test_drive import Table, driven

LADDER = Facts(escalation=(Rung("first", 900), Rung("second", 1800)))
FIX = step("fix", run=command("rm x", Effect.CHANGE))


def test_an_alert_says_what_fires_where_and_since_when(tmp_path: Path) -> None:
    table = Table(step("look"))
    labels = {"alertname": "Down", "severity": "page", "instance": "web-3:80"}
    table.why = replace(
        table.why, alert="Down", labels=labels, annotations={"summary": "web-3 is\ndown"}, page=table.clock.wall() - 300
    )
    header(table.walk(tmp_path))
    assert "5m ago: web-3 is down" in table.reporter.text
    assert "  instance=web-3:80" in table.reporter.text.splitlines()


def test_the_ladder_counts_whole_minutes_and_knows_who_was_called(tmp_path: Path) -> None:
    table = Table(step("look"), facts=LADDER)
    walk = table.walk(tmp_path)
    table.clock.wait(0.25)
    header(walk)
    assert "call first in 15m" in table.reporter.text
    walk.decide(e.EscalationTried("first", "", "help"), e.EscalationAnswered("first", "voicemail"))
    table.clock.wait(60)
    header(walk)
    assert "called first 1m ago: voicemail" in table.reporter.text
    assert "call second in 29m" in table.reporter.text


def test_a_runbook_that_is_walked_from_another_says_from_which_run(tmp_path: Path) -> None:
    table = Table(step("look"), facts=LADDER)
    table.why = replace(table.why, parent_run="20261123-0312-abcd")
    header(table.walk(tmp_path))
    assert "walked from run 20261123-0312-abcd" in table.reporter.text
    assert "call first" not in table.reporter.text


def test_what_was_here_before_is_told_with_what_it_changed(tmp_path: Path) -> None:
    table = Table(FIX, answers={"rm x": Answer()})
    earlier = table.walk(tmp_path, "r=yes", "enter", "r", Typed(""))
    driven(earlier)
    table.clock.wait(120)
    header(table.walk(tmp_path))
    assert f"here before: resolved 2m ago by ann (run {earlier.state.run}), after `fix`" in table.reporter.text


def test_who_takes_a_run_up_is_told_what_was_done(tmp_path: Path) -> None:
    table = Table(FIX, step("see"), step("last"), answers={"rm x": Answer()})
    walk = table.walk(tmp_path, "r=yes", "n", Typed("customers told"), "o", Typed("it is back"), "enter", "d")
    walk_until(walk, "last")
    walk.close(remove=False)
    bob = Cause("bob", "jump", 2, 0.0, "/", writer="another")
    again = take_up(walk.state, table.ports(ScriptedPrompt()), walk.options, bob, take=True)
    standing(again)
    said = table.reporter.text[table.reporter.text.index("so far") :]
    assert table.reporter.steps[-1][0] == "last"
    assert "Fix: CHANGE failed (overruled)" in said
    assert "See: passed (by hand)" in said
    assert "note: customers told" in said
    assert "Last" not in said


def test_a_command_that_runs_on_is_told_with_its_own_time(tmp_path: Path) -> None:
    table = Table(FIX)
    walk = table.walk(tmp_path)
    walk.decide(e.BranchTaken(0, None, "step:fix", "", "start"), e.Visited("fix", 1, "start"))
    table.clock.wait(3600)
    walk.decide(e.AttemptStarted(1, 1, "fix", 0, "rm x", "", "change", 4242, "1"))
    standing(walk)
    began = time.strftime("%H:%M:%SZ", time.gmtime(table.clock.wall()))
    assert f"{began}  Fix: CHANGE started, its end is not known yet" in table.reporter.text


def test_what_to_say_on_the_telephone_holds_the_evidence(tmp_path: Path) -> None:
    full = when("stdout.contains('97')", "see")
    table = Table(
        step("disk", run=command("df"), expect=("stdout.contains('ok')",)),
        step("inodes", full, run=command("df -i")),
        step("see"),
        answers={"df": Answer("disk is full\n"), "df -i": Answer("line\n97 percent\n")},
        facts=LADDER,
    )
    walk = table.walk(tmp_path, "r", "enter", "r", "enter", "x", "y")
    walk_until(walk, "see")
    message = walk.state.calls[0].tried.message.splitlines()
    assert message[1:] == [
        'Found: Disk failed: not in "disk is full"',
        "Found: Inodes: line 2: 97 percent",
        "Changed: nothing.",
    ]
    assert all(f"  {line}\n" in f"{table.reporter.text}\n" for line in message)  # and no row of it is cut off


def walk_until(walk: object, last: str) -> None:
    try:
        driven(walk)  # type: ignore[arg-type]
    except AssertionError as error:
        assert "no answer is left" in str(error), error  # noqa: PT017 - the script ends where the walk is left
