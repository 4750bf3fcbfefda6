"""Looking again: until what is expected, a branch that holds, a timer, or a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner.errors import NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.model.command import Attributes
from runbook_runner.model.runbook import Branch, Escalate, Step, Timer
from runbook_runner.model.span import Span
from runbook_runner.run.auto import Unattended
from tests.build import command, otherwise, step, when
from tests.commands import Answer
from tests.people import Typed
from tests.run.test_drive import RESOLVED, Table, driven

LATE = Branch(Timer(300, "After 5m", Span()), Escalate("dba"), "After 5m, escalate to dba", Span())
WATCHED = command("df", attributes=Attributes(every=15))


def test_without_an_expectation_polling_ends_when_a_branch_holds(tmp_path: Path) -> None:
    look = step("look", when("stdout == 'ok'", RESOLVED), otherwise("look"), run=WATCHED)
    table = Table(look, answers={"df": Answer("not yet")})

    def mended(_menu: object) -> str:
        table.executor.answers["df"] = Answer("ok")
        return "poll"

    assert driven(table.walk(tmp_path, "r", "poll", mended, "enter", "enter")) == "resolved"
    assert [m.poll for m in table.prompt.menus[1:4]] == [15, 15, None]


def test_a_polled_step_that_waits_for_nothing_is_looked_at_until_a_key(tmp_path: Path) -> None:
    table = Table(step("look", run=WATCHED), answers={"df": Answer("x")})
    assert driven(table.walk(tmp_path, "r", "poll", "poll", "enter", "r", Typed(""))) == "resolved"
    assert len(table.executor.ran) == 3


def test_while_it_is_polled_no_way_is_suggested_but_enter_takes_what_the_evidence_says(tmp_path: Path) -> None:
    look = step("look", when("stdout != 'ok'", "mend"), run=WATCHED, expect=("stdout == 'ok'",))
    table = Table(look, step("mend"), answers={"df": Answer("bad")})
    walk = table.walk(tmp_path, "r", "poll", "enter", "d", "a", Typed(""))
    driven(walk)
    assert not any(option.hint for option in table.prompt.menus[1].options)
    taken = next(b for b in table.bodies(walk) if isinstance(b, e.BranchTaken) and b.index == 0)
    assert (taken.how, taken.destination) == ("predicate", "step:mend")


def test_what_she_said_herself_is_not_polled_away(tmp_path: Path) -> None:
    look = step("look", run=WATCHED, expect=("stdout == 'ok'",))
    table = Table(look, answers={"df": Answer("bad")})
    driven(table.walk(tmp_path, "r", "o", Typed("it is fine"), "enter", "r", Typed("")))
    assert [m.poll for m in table.prompt.menus[1:3]] == [15, None]


def polled_alone(tmp_path: Path, look: Step, seen: str) -> Table:
    """Walk a step that is polled, with nobody there, up to where a person is needed."""
    table = Table(look, step("mend"), answers={"df": Answer(seen)})
    with pytest.raises(NeedsPerson):
        driven(table.walk(tmp_path, prompt=Unattended(table.clock)))
    return table


def taken(table: Table) -> list[str]:
    events = [decode(event) for run in table.store.matching("") for event in table.store.events(run)]
    return [body.how for body in events if isinstance(body, e.BranchTaken) and body.how != "start"]


def test_auto_polls_before_it_takes_the_branch_that_holds(tmp_path: Path) -> None:
    bad = when("stdout != 'ok'", "mend")
    table = polled_alone(tmp_path, step("look", bad, run=WATCHED, expect=("stdout == 'ok'",)), "bad")
    assert len(table.executor.ran) == 21
    assert taken(table) == ["predicate"]


def test_auto_polls_for_the_timeout_of_the_command_where_it_has_one(tmp_path: Path) -> None:
    run = command("df", attributes=Attributes(every=15, timeout=30))
    table = polled_alone(
        tmp_path, step("look", when("stdout != 'ok'", "mend"), run=run, expect=("stdout == 'ok'",)), ""
    )
    assert len(table.executor.ran) == 3


def test_auto_polls_until_a_timer(tmp_path: Path) -> None:
    look = step("look", when("stdout != 'ok'", "mend"), LATE, run=WATCHED, expect=("stdout == 'ok'",))
    table = polled_alone(tmp_path, look, "bad")
    assert taken(table) == ["timer"]


def test_auto_looks_once_where_nothing_is_waited_for(tmp_path: Path) -> None:
    table = polled_alone(tmp_path, step("look", run=WATCHED), "x")
    assert len(table.executor.ran) == 1


def test_a_timer_that_is_due_keeps_its_key_at_the_next_question(tmp_path: Path) -> None:
    table = Table(step("look", LATE, run=command("df")), answers={"df": Answer("")})

    def later(_menu: object) -> str:
        table.clock.wait(301)
        return "?"

    assert driven(table.walk(tmp_path, later, "n", Typed("slow"), "t", "y", "e")) == "escalated"
