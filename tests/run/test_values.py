"""Values of a change: asked before its word, and in sight of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runbook_runner.errors import NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.command import Effect
from runbook_runner.model.runbook import Finish, Outcome, Parameter, ParameterType, Step, StepKind
from runbook_runner.run.auto import Unattended
from tests.build import command, step, using, when
from tests.commands import Answer
from tests.people import Typed
from tests.run.test_drive import Table, driven


def restart(*names: str) -> Step:
    return step("fix", run=using(command("restart it", Effect.CHANGE), *names))


def test_the_values_of_a_change_are_asked_before_its_word(tmp_path: Path) -> None:
    table = Table(restart("NAMESPACE", "POD"), answers={"restart it": Answer()})
    walk = table.walk(tmp_path, "r", Typed("shop"), Typed("web-1"), "r=yes", "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    first, second = table.prompt.menus[:2]
    assert "NAMESPACE" not in first.lines[0]
    assert second.lines == ("CHANGE as ann on jump; NAMESPACE=shop POD=web-1",)
    assert dict(table.executor.ran[0].environment) == {"NAMESPACE": "shop", "POD": "web-1"}


def test_a_value_that_she_does_not_give_leaves_the_change_without_its_word(tmp_path: Path) -> None:
    table = Table(restart("POD"), answers={})
    walk = table.walk(tmp_path, "r", Typed(None), "s", "a", Typed(""))
    driven(walk)
    assert [option.word for option in table.prompt.menus[1].options if option.key == "r"] == [""]


def test_values_that_need_nobody_are_in_sight_at_once(tmp_path: Path) -> None:
    table = Table(restart("POD"), answers={"restart it": Answer()})
    walk = table.walk(tmp_path, "r=yes", "enter", "r", Typed(""), flags={"POD": "web-1"})
    assert driven(walk) == "resolved"
    assert table.prompt.menus[0].lines == ("CHANGE as ann on jump; POD=web-1",)


def test_a_value_of_the_environment_is_confirmed_before_the_change_runs(tmp_path: Path) -> None:
    table = Table(restart("POD"), answers={})
    walk = table.walk(tmp_path, "r=yes", "c", "s", "a", Typed(""), environment={"POD": "web-1"})
    driven(walk)
    assert table.prompt.questions[:2] == ["What now?", "Are these values meant?"]


def test_the_values_of_an_edited_change_are_asked_before_its_word(tmp_path: Path) -> None:
    table = Table(restart(), answers={})
    table.executor.uses = ("POD",)
    walk = table.walk(tmp_path, "e", Typed("restart $POD"), "u", Typed("web-1"), "c", "s", "a", Typed(""))
    driven(walk)
    assert "POD=web-1" in table.prompt.menus[2].lines[0]
    assert [option.word for option in table.prompt.menus[2].options if option.key == "u"] == ["yes"]


def test_a_value_that_was_typed_wrong_is_corrected_after_the_command_ran(tmp_path: Path) -> None:
    look = step("look", run=using(command("get it"), "POD"))
    table = Table(look, answers={"get it": Answer(exit_code=1)})

    def mended(_menu: object) -> str:
        table.executor.answers["get it"] = Answer()
        return "r"

    walk = table.walk(tmp_path, "r", Typed("wbe"), "v", Typed("web"), mended, "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert [request.environment["POD"] for request in table.executor.ran] == ["wbe", "web"]
    assert table.prompt.defaults[1] == "wbe"
    given = [b for b in table.bodies(walk) if isinstance(b, e.ParameterSet)]
    assert [(b.value, b.origin) for b in given] == [("wbe", "typed"), ("web", "typed")]


def test_a_value_is_corrected_before_the_word(tmp_path: Path) -> None:
    table = Table(restart("POD"), answers={"restart it": Answer()})
    walk = table.walk(tmp_path, "v", Typed("web-2"), "r=yes", "enter", "r", Typed(""), environment={"POD": "web-1"})
    assert driven(walk) == "resolved"
    assert table.prompt.menus[1].lines == ("CHANGE as ann on jump; POD=web-2",)


def test_a_value_that_is_left_as_it_is_is_not_recorded_again(tmp_path: Path) -> None:
    table = Table(restart("POD"), answers={})
    walk = table.walk(tmp_path, "v", Typed("web-1"), "v", Typed(None), "s", "a", Typed(""), flags={"POD": "web-1"})
    driven(walk)
    assert len([b for b in table.bodies(walk) if isinstance(b, e.ParameterSet)]) == 1


# --- what only a predicate reads --------------------------------------------------------------

LIMIT = Parameter("LIMIT", ParameterType.INTEGER, source="alert.labels.limit", declared=True)


def judged_by_limit(tmp_path: Path, *answers: object, wanted: Parameter = LIMIT, **options: Any) -> tuple[str, str]:
    """Return the evidence of a read that is judged by LIMIT, and where its value came from."""
    look = step("look", when("size(stdout) > LIMIT", Finish(Outcome.RESOLVED)), run=command("df"))
    table = Table(look, answers={"df": Answer("four")})
    table.book = replace(table.book, parameters=(wanted,))
    table.why = replace(table.why, labels=options.pop("labels", {}))
    walk = table.walk(tmp_path, "r", *answers, "enter", "enter", **options)
    assert driven(walk) == "resolved"
    bodies = table.bodies(walk)
    given = next(b for b in bodies if isinstance(b, e.ParameterSet))
    assert bodies.index(given) < next(i for i, b in enumerate(bodies) if isinstance(b, e.AttemptStarted))
    taken = next(b for b in bodies if isinstance(b, e.BranchTaken) and b.index == 0)
    return taken.evidence, given.origin


@pytest.mark.parametrize(
    ("answers", "options", "origin"),
    [
        ([Typed("3")], {}, "typed"),
        ([], {"flags": {"LIMIT": "3"}}, "flag"),
        ([], {"environment": {"LIMIT": "3"}}, "environment"),
        ([], {"labels": {"limit": "3"}}, "alert"),
        ([Typed("3")], {"wanted": replace(LIMIT, default="3")}, "default"),
    ],
)
def test_what_only_a_predicate_reads_is_asked_before_its_step(
    tmp_path: Path, answers: list[object], options: dict[str, object], origin: str
) -> None:
    assert judged_by_limit(tmp_path, *answers, **options) == ("4 > 3", origin)  # type: ignore[arg-type]


def test_what_only_a_predicate_of_a_change_reads_is_asked_before_its_word(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("mend", Effect.CHANGE), expect=("size(stdout) < LIMIT",)), answers={})
    table.book = replace(table.book, parameters=(LIMIT,))
    walk = table.walk(tmp_path, "r", Typed("3"), "s", "a", Typed(""))
    driven(walk)
    assert [option.word for menu in table.prompt.menus[:2] for option in menu.options if option.key == "r"] == [
        "",
        "yes",
    ]


@pytest.mark.parametrize(
    ("typed", "onward", "holds"), [("prod", "enter", [True]), (None, "1", [None])], ids=["given", "not given"]
)
def test_a_decision_asks_for_what_its_branches_read(
    tmp_path: Path, typed: str | None, onward: str, holds: list[bool | None]
) -> None:
    which = step("which", when("STAGE == 'prod'", Finish(Outcome.RESOLVED)), kind=StepKind.DECISION)
    table = Table(which)
    table.book = replace(table.book, parameters=(Parameter("STAGE", choices=("prod", "test")),))
    walk = table.walk(tmp_path, Typed(typed), onward, "enter")
    assert driven(walk) == "resolved"
    judged = next(b for b in table.bodies(walk) if isinstance(b, e.Judged))
    assert [entry["holds"] for entry in judged.branches] == holds


def test_a_predicate_that_was_judged_by_a_wrong_value_is_judged_again_by_another(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df"), expect=("size(stdout) > LIMIT",)), answers={"df": Answer("four")})
    table.book = replace(table.book, parameters=(LIMIT,))
    walk = table.walk(tmp_path, "r", Typed("30"), "v", Typed("3"), "r", "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert [b.verdict for b in table.bodies(walk) if isinstance(b, e.Judged)] == ["failed", "passed"]


def test_nobody_at_the_terminal_is_told_which_value_is_not_there(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df"), expect=("size(stdout) > LIMIT",)), answers={"df": Answer("four")})
    table.book = replace(table.book, parameters=(LIMIT,))
    table.why = replace(table.why, mode="auto")
    with pytest.raises(NeedsPerson, match="LIMIT has no value: give --param LIMIT=VALUE"):
        driven(table.walk(tmp_path, prompt=Unattended(table.clock)))
    assert table.executor.ran == []
