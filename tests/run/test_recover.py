"""What is made of a command whose runner was killed: no more than is known of it, and no less."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runbook_runner.errors import NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.command import Effect
from runbook_runner.ports import Ending, Finished, Interrupts, Menu, Sink, Started, StillRunning
from runbook_runner.run.auto import Unattended
from runbook_runner.run.begin import take_up
from runbook_runner.run.common import Paused
from runbook_runner.run.walk import Walk
from runbook_runner.run.whole import walked
from tests.build import command, step
from tests.commands import Answer
from tests.people import ScriptedPrompt
from tests.run.test_drive import Table
from tests.run.test_holding import Pieces
from tests.run.test_live import Watched, seconds

FOUND = Finished(Ending.EXIT, 0, None, 2.0, (0,), whole=True)


def died(table: Table, tmp_path: Path, *, part: int = 0, original: str = "") -> Walk:
    """Return a walk whose driver died after the start of a read."""
    walk = table.walk(tmp_path)
    walk.decide(
        e.BranchTaken(0, None, "step:look", "", "start"),
        e.Visited("look", 1, "start"),
        e.AttemptStarted(1, 1, "look", part, "a", original, "read", 4242, "1"),
    )
    walk.close(remove=False)
    return walk


def crashed(table: Table, tmp_path: Path, *, part: int = 0, original: str = "") -> e.Judged:
    """Let a run's driver die after the start of a read, and take it up again; return what is made of the read."""
    walk = died(table, tmp_path, part=part, original=original)
    again = take_up(walk.state, table.ports(Unattended(table.clock)), walk.options, table.why, take=True)
    with pytest.raises(NeedsPerson):
        walked(again, table.why)
    assert table.executor.ran == []
    (judged,) = (body for body in table.bodies(again) if isinstance(body, e.Judged))
    return judged


@pytest.mark.parametrize(("printed", "verdict"), [(b"all well\n", "passed"), (b"ill\n", "failed")])
def test_a_read_of_which_all_is_known_is_judged_as_ever(tmp_path: Path, printed: bytes, verdict: str) -> None:
    table = Table(step("look", run=command("a"), expect=("stdout == 'all well'",)))
    table.executor.found, table.executor.printed = FOUND, {"stdout": printed}
    assert crashed(table, tmp_path).verdict == verdict
    assert table.reporter.outputs == [("stdout", printed.decode())]


@pytest.mark.parametrize(
    ("found", "streams", "original", "why"),
    [
        ({"whole": False}, ("stdout",), "", "not seen"),
        ({}, ("stdout", "stderr"), "", "in which order"),
        ({}, ("stdout",), "b", "not the command"),
        ({"ending": Ending.TIMEOUT}, ("stdout",), "", "timeout"),
    ],
)
def test_a_read_of_which_something_is_not_known_is_put_to_her(
    tmp_path: Path, found: dict[str, Any], streams: tuple[str, ...], original: str, why: str
) -> None:
    table = Table(step("look", run=command("a"), expect=("output.contains('x')",)))
    table.executor.found, table.executor.printed = replace(FOUND, **found), dict.fromkeys(streams, b"x")
    judged = crashed(table, tmp_path, original=original)
    assert judged.verdict == "undetermined"
    assert why in judged.why


def test_a_step_of_several_commands_is_not_passed_by_its_first(tmp_path: Path) -> None:
    table = Table(step("look", run=replace(command("a"), parts=("a", "b"))))
    table.executor.found = FOUND
    judged = crashed(table, tmp_path)
    assert judged.verdict == "undetermined"
    assert "the rest of the step" in judged.why


def test_what_outlived_its_runner_is_shown_as_it_prints_here_and_elsewhere(tmp_path: Path) -> None:
    table = Table(step("look", run=command("a")))
    table.store = watched = Watched()
    table.executor.found = StillRunning(Started(4242, "1", "boot"))
    table.executor.printed = {"stdout": b"one\ntwo\nthree\n"}
    shown: list[str] = []

    def passing(sink: Sink) -> None:
        for line in (b"one\n", b"two\n"):
            sink.write("stdout", line)
            seconds(table, sink, 1)
            shown.append(table.reporter.written())

    table.executor.passing = passing
    walk = died(table, tmp_path)
    again = take_up(walk.state, table.ports(ScriptedPrompt("w", "p")), walk.options, table.why, take=True)
    with pytest.raises(Paused):
        walked(again, table.why)
    assert shown == ["one\n", "one\ntwo\n"]
    assert table.reporter.written() == "one\ntwo\nthree\n"
    assert watched.texts == ["one\n", "one\ntwo\n", "(nothing)"]
    (output,) = (body for body in table.bodies(again) if isinstance(body, e.Output))
    assert (output.head, output.size) == ("one\ntwo\nthree\n", 14)


class Patient(ScriptedPrompt):
    """Thinks for three seconds before each answer, as she may who reads; then the command has ended."""

    def __init__(self, table: Table, *answers: str) -> None:
        super().__init__(*answers)
        self.table = table

    def choose(self, menu: Menu, interrupts: Interrupts) -> str:
        if "is still running" in menu.question:
            assert interrupts.due() == []
            self.table.executor.found = FOUND
            self.table.clock.wait(3)
            interrupts.due()
        return super().choose(menu, interrupts)


def test_a_command_that_ends_while_it_is_asked_about_is_settled_at_once(tmp_path: Path) -> None:
    table = Table(step("look", run=command("a"), expect=("exit_code == 0",)))
    table.executor.found = StillRunning(Started(4242, "1", "boot"))
    walk = died(table, tmp_path)
    prompt = Patient(table, "p")
    again = take_up(walk.state, table.ports(prompt), walk.options, table.why, take=True)
    with pytest.raises(Paused):
        walked(again, table.why)
    assert "went on without us: exit 0" in table.reporter.text
    assert len(prompt.questions) == 1


def test_the_end_of_a_change_is_on_disk_before_anything_is_made_of_it(tmp_path: Path) -> None:
    fix = step("fix", run=command("rm x", Effect.CHANGE), expect=("exit_code == 0",))
    table = Table(fix, answers={"rm x": Answer()})
    table.store = pieces = Pieces(lambda: len(table.executor.ran))
    walk = table.walk(tmp_path, "r=yes", "p")
    with pytest.raises(Paused):
        walked(walk, table.why)
    ended = next(types for _, types in pieces.pieces if "attempt_ended" in types)
    assert "judged" not in ended
    assert any("judged" in types for _, types in pieces.pieces)
