"""The questions: which key does what, and that none does two things."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from runbook_runner.model import events as e
from runbook_runner.model.command import Effect
from runbook_runner.model.events import Event
from runbook_runner.model.graph import AskOutcome, Choose
from runbook_runner.model.prose import CodeSpan, Paragraph, Text
from runbook_runner.model.runbook import Branch, Finish, Outcome, Step, StepKind, Timer
from runbook_runner.model.span import Span
from runbook_runner.model.state import Visit
from runbook_runner.ports import WAYS, Menu
from runbook_runner.run import menus
from runbook_runner.run.interrupts import TIMER_KEYS
from tests.build import ask, command, otherwise, step, when

EVENT = Event("r", "w", 1, "", 0.0, 0.0, "b", "visited", 1, "", "", "", {})
LOOK = step("look", when("exit_code == 0", "a"), ask("slow?", "b"), otherwise(Finish(Outcome.RESOLVED)))


def visited(*branches: dict[str, object], verdict: str = "passed") -> Visit:
    judged = e.Judged(1, 1, verdict, (), branches)
    return Visit(EVENT, 1, "look", "start", (1,), judged, e.StepEnded(1, verdict, "machine"))


def keys(menu: Menu) -> list[str]:
    return [option.key for option in menu.options]


def departing(visit: Visit, one: Step = LOOK) -> Menu:
    ways = [branch.text for branch in one.branches]
    return menus.depart(one, visit, "true", ways, "the end", frozenset(), can_run=True)


def every_menu() -> list[Menu]:
    change = step("fix", run=command("rm x", Effect.CHANGE))
    unknown = step("what", run=command("frobnicate", Effect.UNKNOWN))
    read = step("look", run=command("true"))
    return [
        *(menus.offer(one, read_only=False) for one in (change, unknown, read, step("manual"))),
        menus.offer(step("text", kind=StepKind.READING), read_only=False),
        menus.settle(read, "why", "true", can_run=True),
        departing(visited({"index": 0, "holds": True, "evidence": "x", "error": ""})),
        departing(visited(), step("many", *(ask(f"q{n}", "a") for n in range(60)), run=command("true"))),
        menus.pick(Choose("a", tuple((f"option {n}", f"s{n}") for n in range(13)), AskOutcome())),
        menus.end("resolved"),
        menus.end(""),
        menus.recover("true", "03:12:07Z", running=True, change=True),
        menus.recover("true", "03:12:07Z", running=False, change=True),
    ]


@pytest.mark.parametrize("menu", every_menu(), ids=lambda menu: menu.question or "offer")
def test_no_key_does_two_things(menu: Menu) -> None:
    assert len(set(keys(menu))) == len(keys(menu))


@pytest.mark.parametrize("menu", every_menu(), ids=lambda menu: menu.question or "offer")
def test_a_timer_never_takes_a_key_that_is_in_use(menu: Menu) -> None:
    assert not set(TIMER_KEYS) & set(keys(menu))


@pytest.mark.parametrize("effect", [Effect.CHANGE, Effect.UNKNOWN])
def test_what_may_change_a_system_wants_a_word_and_is_never_hinted(effect: Effect) -> None:
    menu = menus.offer(step("fix", run=command("x", effect)), read_only=False)
    running = [option for option in menu.options if option.key in ("r", "u")]
    assert [(option.word, option.hint) for option in running] == [("yes", False)]
    assert "enter" not in keys(menu)


def test_an_unknown_effect_has_a_key_of_its_own() -> None:
    assert "r" not in keys(menus.offer(step("what", run=command("x", Effect.UNKNOWN)), read_only=False))


def test_read_only_offers_no_change() -> None:
    menu = menus.offer(step("fix", run=command("x", Effect.CHANGE)), read_only=True)
    assert not {"r", "u"} & set(keys(menu))


def test_the_branch_that_holds_comes_first() -> None:
    menu = departing(visited({"index": 0, "holds": True, "evidence": "0 == 0", "error": ""}))
    assert [option.key for option in menu.options if option.hint] == ["enter", "1"]
    assert menu.options[0].label == menu.options[1].label


def test_where_a_question_is_open_nothing_is_hinted() -> None:
    menu = departing(visited({"index": 0, "holds": False, "evidence": "", "error": ""}))
    assert not any(option.hint for option in menu.options)


def test_an_undetermined_step_fires_no_otherwise() -> None:
    one = step("look", when("exit_code == 1", "a"), otherwise("b"), run=command("true"))
    unclear = visited(
        {"index": 0, "holds": None, "evidence": "", "error": "no such name"},
        {"index": 1, "holds": True, "evidence": "", "error": ""},
        verdict="undetermined",
    )
    assert not any(option.hint for option in departing(unclear, one).options)


def test_a_timer_branch_gets_its_key_once_it_is_due() -> None:
    late = Branch(Timer(300, "After 5m", Span()), Finish(Outcome.ESCALATED), "After 5m, escalate", Span())
    one = step("look", late, run=command("true"))
    early = menus.depart(one, visited(), "true", ["dba"], "next", frozenset(), can_run=True)
    assert TIMER_KEYS[0] not in keys(early)
    fallen = frozenset({"visit:1:branch:0"})
    due = menus.depart(one, visited(), "true", ["dba"], "next", fallen, can_run=True)
    assert TIMER_KEYS[0] in keys(due)


def test_a_long_command_is_shown_again_in_two_lines() -> None:
    assert menus.short("one\ntwo\nthree\nfour") == ("  $ one", "    two  … and 2 more lines")


def test_a_pass_without_predicates_says_what_it_rests_on() -> None:
    look = step("look", run=command("true"))
    assert menus.verdict(look, visited()) == ("PASSED  exit 0",)
    assert menus.verdict(look, visited(), "1m12s") == ("PASSED after 1m12s  exit 0",)


def test_an_exit_code_that_the_evidence_does_not_speak_of_is_told() -> None:
    look = step("look", run=command("true"), expect=("stdout == 'x'",))
    check = {"source": "stdout == 'x'", "holds": True, "evidence": "'x' == 'x'", "error": ""}
    visit = replace(visited(), judged=e.Judged(1, 1, "passed", (check,), ()))
    assert menus.verdict(look, visit, code=3) == ("PASSED  'x' == 'x'  (stdout == 'x'); exit 3",)
    coded = replace(visit, judged=e.Judged(1, 1, "passed", ({**check, "source": "exit_code < 9"},), ()))
    assert menus.verdict(look, coded, code=3) == ("PASSED  'x' == 'x'  (exit_code < 9)",)


def test_why_it_is_in_doubt_is_told_whole() -> None:
    why = "a part of the pipeline failed (exit 1): its output proves nothing"
    menu = menus.settle(step("look", run=command("true")), why, "true", can_run=True)
    assert (menu.question, menu.lines[1]) == ("Is it as expected?", f"UNDETERMINED  {why}")
    short = menus.settle(step("look", run=command("true")), "you stopped it", "true", can_run=True)
    assert short.question == "Is it as expected? (you stopped it)"


def test_what_she_answered_is_not_mixed_with_why_she_was_asked() -> None:
    for reason, said in (("exit 3", "PASSED (your answer; exit 3)"), ("", "PASSED (your answer)")):
        visit = replace(visited(), ended=e.StepEnded(1, "passed", "answer", reason))
        assert menus.verdict(step("look", run=command("true")), visit) == (said,)


def test_a_branch_that_nothing_decided_says_its_condition() -> None:
    unclear = visited({"index": 0, "holds": None, "evidence": "", "error": "no such name"}, verdict="undetermined")
    labels = {option.key: option.label for option in departing(unclear).options}
    assert labels["1"].endswith(", if exit_code == 0")


def test_a_key_stands_beside_no_other_number() -> None:
    menu = menus.pick(Choose("a", (("5. Restart it", "s5"), ("Scale 2 up", "s6")), AskOutcome()))
    assert [option.label for option in menu.options[:2]] == ["Restart it", "Scale 2 up"]


def test_the_tenth_branch_and_alternative_have_a_key() -> None:
    many = step("many", *(ask(f"q{n}", "a") for n in range(12)), run=command("true"))
    assert [key for key in keys(departing(visited(), many)) if key in WAYS] == list("123456789ghi")
    picked = menus.pick(Choose("a", tuple((f"option {n}", f"s{n}") for n in range(12)), AskOutcome()))
    assert [key for key in keys(picked) if key in WAYS] == list("123456789ghi")


def test_a_change_that_failed_says_how_to_undo_it() -> None:
    said = Paragraph((Text("Rollback: "), CodeSpan("undo x")), Span())
    fix = replace(step("fix", run=command("do x", Effect.CHANGE)), rollback=(said,))
    assert "to undo it: undo x" in departing(visited(verdict="failed"), fix).lines
    assert "to undo it: undo x" in menus.settle(fix, "exit 1", "do x", can_run=True).lines
    assert not any("undo" in line for line in departing(visited(), fix).lines)


def test_a_command_in_the_background_is_not_said_to_have_ended() -> None:
    visit = visited()
    judged = replace(visit.judged, why="started in the background") if visit.judged else None
    ended = e.StepEnded(1, "passed", "machine", "started in the background")
    visit = replace(visit, judged=judged, ended=ended)
    assert menus.verdict(step("look", run=command("sleep 9")), visit) == ("PASSED (started in the background)",)
