"""Whole walks with a scripted person, and commands that print what the test says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner.errors import HeldElsewhere, InputError, NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.model.command import Attributes, Effect
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Branch, Escalate, Facts, Finish, Outcome, Runbook, Rung, Step, Timer
from runbook_runner.model.span import Span
from runbook_runner.ports import Ending, Finished, Found, Prompt, Sink
from runbook_runner.run.auto import Unattended
from runbook_runner.run.begin import Cause, begin, take_up
from runbook_runner.run.common import Paused
from runbook_runner.run.drive import drive
from runbook_runner.run.walk import Options, Ports, Signals, Walk
from runbook_runner.stores.memory import MemoryStore
from tests.build import ask, command, otherwise, phase, runbook, step, when
from tests.commands import Answer, FakeExecutor
from tests.fakes import FakeClock
from tests.people import RecordingReporter, ScriptedPrompt, Typed

RESOLVED = Finish(Outcome.RESOLVED)


class OneRunbook:
    """A library of one."""

    def __init__(self, book: Runbook) -> None:
        self.book = book

    def load(self, path: str, *, beside: str = "") -> Runbook:
        if path == "missing.md":
            raise InputError("missing.md: no such file")
        return self.book

    def parse(self, source: str, path: str) -> Runbook:
        return self.book

    def found(self) -> Iterator[Found]:
        return iter(())


class Table:
    """One walk, and what can be asked of it afterwards."""

    def __init__(self, *steps: Step, answers: dict[str, Answer] | None = None, facts: Facts | None = None) -> None:
        self.book = runbook(phase("diagnosis", PhaseKind.READ, *steps), facts=facts)
        self.store, self.clock = MemoryStore(), FakeClock()
        self.executor = FakeExecutor(answers or {})
        self.reporter = RecordingReporter()
        self.signals = Signals()
        self.why = Cause("ann", "jump", 1, self.clock.wall(), "/")

    def ports(self, prompt: Prompt) -> Ports:
        library = OneRunbook(self.book)
        return Ports(
            self.store, prompt, self.reporter, self.clock, library, lambda _language: self.executor, self.signals
        )

    def walk(self, tmp: Path, *answers: object, prompt: Prompt | None = None, **options: object) -> Walk:
        self.prompt = ScriptedPrompt(*answers)  # type: ignore[arg-type]
        chosen = Options(private=tmp, **options)  # type: ignore[arg-type]
        return begin(self.book, self.ports(prompt or self.prompt), chosen, self.why)

    def bodies(self, walk: Walk) -> list[e.Body]:
        return [decode(event) for event in self.store.events(walk.state.run)]


def alone(_walk: Walk, path: str, _anchor: str) -> e.Body:
    raise InputError(f"{path}: no such file")


def driven(walk: Walk) -> str:
    return drive(walk, alone).outcome  # type: ignore[arg-type]


def test_a_read_that_is_as_expected_leads_to_a_confirmed_end(tmp_path: Path) -> None:
    look = step("look", otherwise(RESOLVED), run=command("df"), expect=("stdout.contains('ok')",))
    table = Table(look, answers={"df": Answer("all ok\n")})
    walk = table.walk(tmp_path, "r", "1", "enter")
    assert driven(walk) == "resolved"
    assert table.reporter.written() == "all ok\n"
    kinds = [type(body).__name__ for body in table.bodies(walk)]
    assert kinds.index("AttemptStarted") < kinds.index("Output") < kinds.index("AttemptEnded")


def test_the_branch_that_holds_is_taken_with_its_evidence(tmp_path: Path) -> None:
    look = step("look", when("stdout.contains('full')", "second"), otherwise(RESOLVED), run=command("df"))
    table = Table(look, step("second"), answers={"df": Answer("disk full\n")})
    walk = table.walk(tmp_path, "r", "enter", "d", "m", Typed(""))
    assert driven(walk) == "mitigated"
    taken = next(b for b in table.bodies(walk) if isinstance(b, e.BranchTaken) and b.index == 0)
    assert (taken.how, taken.destination) == ("predicate", "step:second")
    assert "full" in taken.evidence


def test_a_change_runs_only_by_its_word(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("rm x", Effect.CHANGE)), answers={"rm x": Answer()})
    walk = table.walk(tmp_path, "r=yes", "enter", "r", Typed("went well"))
    assert driven(walk) == "resolved"
    ended = next(b for b in table.bodies(walk) if isinstance(b, e.RunEnded))
    assert ended.note == "went well"


def test_read_only_refuses_a_change(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("rm x", Effect.CHANGE)))
    walk = table.walk(tmp_path, "s", "a", Typed(""), read_only=True)
    assert driven(walk) == "abandoned"
    assert table.executor.ran == []


def test_a_pipeline_that_broke_proves_nothing(tmp_path: Path) -> None:
    look = step("look", when("stdout == '0'", RESOLVED), run=command("kubectl | grep -c x"))
    table = Table(look, answers={"kubectl | grep -c x": Answer("0\n", 0, (1, 0))})
    walk = table.walk(tmp_path, "r", "f", "q", "a")
    assert driven(walk) == "abandoned"
    judged = next(b for b in table.bodies(walk) if isinstance(b, e.Judged))
    assert judged.verdict == "undetermined"
    assert "pipeline" in judged.why


def test_a_predicate_that_errs_is_put_to_her(tmp_path: Path) -> None:
    look = step("look", run=command("df"), expect=("nosuch > 1",))
    table = Table(look, answers={"df": Answer("x")})
    walk = table.walk(tmp_path, "r", "y", "enter", "r", Typed(""))
    assert driven(walk) == "resolved"


def test_a_verdict_can_be_overruled_with_a_reason(tmp_path: Path) -> None:
    look = step("look", run=command("df"), expect=("exit_code == 0",))
    table = Table(look, answers={"df": Answer("", 1)})
    walk = table.walk(tmp_path, "r", "o", Typed("the exit code is wrong there"), "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    ended = [b for b in table.bodies(walk) if isinstance(b, e.StepEnded)]
    assert [(b.outcome, b.how) for b in ended] == [("failed", "machine"), ("passed", "overruled")]


def test_auto_runs_reads_and_stops_where_a_person_must_decide(tmp_path: Path) -> None:
    table = Table(
        step("look", run=command("df")),
        step("fix", run=command("rm x", Effect.CHANGE)),
        answers={"df": Answer("fine")},
    )
    walk = table.walk(tmp_path, prompt=Unattended(table.clock))
    with pytest.raises(NeedsPerson):
        driven(walk)
    assert [request.text for request in table.executor.ran] == ["df"]


def test_auto_never_declares_resolved(tmp_path: Path) -> None:
    look = step("look", otherwise(RESOLVED), when("exit_code == 0", RESOLVED), run=command("df"))
    table = Table(look, answers={"df": Answer("fine")})
    with pytest.raises(NeedsPerson):
        driven(table.walk(tmp_path, prompt=Unattended(table.clock)))


def test_polling_looks_again_until_it_is_as_expected(tmp_path: Path) -> None:
    look = step("look", run=command("df", attributes=Attributes(every=15)), expect=("stdout == 'ok'",))
    table = Table(look, answers={"df": Answer("not yet")})

    def mended(_menu: object) -> str:
        table.executor.answers["df"] = Answer("ok")
        return "poll"

    walk = table.walk(tmp_path, "r", "poll", mended, "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert len(table.executor.ran) == 3
    assert [m.poll for m in table.prompt.menus[1:4]] == [15, 15, None]


def test_a_timer_speaks_once_and_gets_a_key(tmp_path: Path) -> None:
    late = Branch(Timer(300, "After 5m", Span()), Escalate("dba"), "After 5m, escalate to dba", Span())
    table = Table(step("look", late, run=command("df")), answers={"df": Answer("")})

    def later(_menu: object) -> str:
        table.clock.wait(301)
        return "?"

    walk = table.walk(tmp_path, later, "t", "y", "e")
    assert driven(walk) == "escalated"
    due = [b for b in table.bodies(walk) if isinstance(b, e.TimerDue)]
    assert len(due) == 1
    call = next(b for b in table.bodies(walk) if isinstance(b, e.EscalationTried))
    assert call.to == "dba"


def test_no_answer_moves_up_the_ladder(tmp_path: Path) -> None:
    facts = Facts(escalation=(Rung("first", 0), Rung("second", 600)))
    table = Table(step("look"), facts=facts)
    walk = table.walk(tmp_path, "x", "o", "y", "d", "e", Typed(""))
    assert driven(walk) == "escalated"
    assert [(c.tried.to, c.result) for c in walk.state.calls] == [("first", "no answer"), ("second", "reached")]


def test_back_and_jump_are_new_visits(tmp_path: Path) -> None:
    table = Table(step("one"), step("two"), step("three"))
    walk = table.walk(tmp_path, "d", "b", "j", Typed("3"), "d", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert [(v.step, v.how) for v in walk.state.visits] == [
        ("one", "start"),
        ("two", "next"),
        ("one", "back"),
        ("three", "jump"),
    ]


def test_pausing_leaves_a_run_that_goes_on_where_it_stood(tmp_path: Path) -> None:
    table = Table(step("one"), step("two"))
    walk = table.walk(tmp_path, "d", "p")
    with pytest.raises(Paused):
        driven(walk)
    walk.close(remove=False)
    prompt = ScriptedPrompt("d", "r", Typed(""))
    again = take_up(walk.state, table.ports(prompt), walk.options, table.why, take=False)
    assert driven(again) == "resolved"
    assert [v.step for v in again.state.visits] == ["one", "two"]


def test_a_second_driver_is_refused_and_a_taken_run_is_lost_to_the_first(tmp_path: Path) -> None:
    table = Table(step("one"), step("two"))
    walk = table.walk(tmp_path, "d")
    other = Cause("bob", "elsewhere", 2, 0.0, "/", writer="another process")
    with pytest.raises(HeldElsewhere):
        take_up(walk.state, table.ports(ScriptedPrompt()), walk.options, other, take=False)
    take_up(walk.state, table.ports(ScriptedPrompt()), walk.options, other, take=True)
    with pytest.raises(HeldElsewhere):
        driven(walk)


def test_whoever_does_not_run_a_change_again_is_back_where_she_was(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("rm x", Effect.CHANGE)), answers={"rm x": Answer()})
    walk = table.walk(tmp_path, "r=yes", "r", "c", "enter", "m", Typed(""))
    assert driven(walk) == "mitigated"
    again = table.prompt.menus[2]
    assert again.question == "Run it again?"
    assert not {"s", "d"} & {option.key for option in again.options}  # they would end what has ended
    assert table.prompt.questions[1] == table.prompt.questions[3]
    assert len(table.executor.ran) == 1


def test_an_edited_command_can_be_dropped(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df")), answers={"df": Answer()})
    walk = table.walk(tmp_path, "e", Typed("df -h"), "c", "r", "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert [each.start.original for each in walk.state.attempts.values()] == [""]


def test_after_a_crash_an_unknown_change_is_not_run_again_unasked(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("rm x", Effect.CHANGE)), answers={"rm x": Answer()})
    walk = table.walk(tmp_path)
    walk.decide(
        e.BranchTaken(0, None, "step:fix", "", "start"),
        e.Visited("fix", 1, "start"),
        e.AttemptStarted(1, 1, "fix", 0, "rm x", "", "change", 4242, "1"),
    )
    walk.close(remove=False)
    prompt = ScriptedPrompt("r=yes", "enter", "m", Typed(""))
    again = take_up(walk.state, table.ports(prompt), walk.options, table.why, take=True)
    assert driven(again) == "mitigated"
    assert "outcome unknown" in prompt.menus[0].question
    first = next(b for b in table.bodies(again) if isinstance(b, e.AttemptEnded))
    assert (first.attempt, first.reason, first.exit_code) == (1, "lost", None)


def test_after_a_crash_the_wrapper_knows_how_it_ended(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("rm x", Effect.CHANGE)))
    table.executor.found = Finished(Ending.EXIT, 0, None, 2.0, (0,))
    walk = table.walk(tmp_path)
    walk.decide(
        e.BranchTaken(0, None, "step:fix", "", "start"),
        e.Visited("fix", 1, "start"),
        e.AttemptStarted(1, 1, "fix", 0, "rm x", "", "change", 4242, "1"),
    )
    walk.close(remove=False)
    prompt = ScriptedPrompt("y", "enter", "m", Typed(""))
    again = take_up(walk.state, table.ports(prompt), walk.options, table.why, take=True)
    assert driven(again) == "mitigated"
    assert table.executor.ran == []
    end = next(b for b in table.bodies(again) if isinstance(b, e.AttemptEnded))
    assert (end.exit_code, end.found_by) == (0, "wrapper")


def test_a_runbook_that_is_not_there_is_told_and_she_chooses(tmp_path: Path) -> None:
    from runbook_runner.model.runbook import ToAnchor

    table = Table(step("look", ask("elsewhere?", ToAnchor("", "missing.md"))))
    walk = table.walk(tmp_path, "d", "1", "c", "a", Typed(""))
    assert driven(walk) == "abandoned"
    assert "missing.md" in table.reporter.text


def test_prompted_commands_run_one_by_one_and_stop_at_a_failure(tmp_path: Path) -> None:
    from msgspec.structs import replace

    three = replace(command("a"), parts=("a", "b", "c"))
    table = Table(step("look", run=three), answers={"a": Answer("1"), "b": Answer("2", 1), "c": Answer("3")})
    walk = table.walk(tmp_path, "r", "f", "q", "a")
    assert driven(walk) == "abandoned"
    ended = [b for b in table.bodies(walk) if isinstance(b, e.AttemptEnded)]
    assert [(b.attempt, b.exit_code) for b in ended] == [(1, 0), (2, 1)]
    assert [request.text for request in table.executor.ran] == ["a", "b"]


def test_a_read_is_tried_again_as_often_as_the_author_said_and_a_change_is_not(tmp_path: Path) -> None:
    read = command("df", attributes=Attributes(retry=2))
    table = Table(step("look", run=read), answers={"df": Answer("", 1)})
    walk = table.walk(tmp_path, "r", "f", "q", "a")
    driven(walk)
    assert len(table.executor.ran) == 3
    change = Table(step("fix", run=command("rm", Effect.CHANGE, Attributes(retry=2))), answers={"rm": Answer("", 1)})
    driven(change.walk(tmp_path, "r=yes", "f", "q", "a"))
    assert len(change.executor.ran) == 1


def test_a_change_is_offered_in_sight_of_what_it_would_touch(tmp_path: Path) -> None:
    table = Table(step("fix", run=command("kubectl delete pod x", Effect.CHANGE)))
    walk = table.walk(tmp_path, "s", "a", Typed(""))
    driven(walk)
    assert table.prompt.menus[0].lines == ("CHANGE as ann on jump; cluster test",)


def test_what_is_done_by_hand_ends_with_the_branch_that_is_taken(tmp_path: Path) -> None:
    table = Table(step("look", ask("it is red", RESOLVED), ask("it is green", "second")), step("second"))
    walk = table.walk(tmp_path, "1", "enter")
    assert driven(walk) == "resolved"
    assert [option.label for option in table.prompt.menus[0].options[:2]] == [
        "resolved, if it is red",
        "next: Second, if it is green",
    ]
    ended, taken = table.bodies(walk)[-3:-1]
    assert isinstance(ended, e.StepEnded)
    assert isinstance(taken, e.BranchTaken)
    assert (ended.outcome, taken.index, taken.how) == ("passed", 0, "answer")


def test_the_tenth_branch_has_a_key(tmp_path: Path) -> None:
    branches = [ask(f"it is {number}", RESOLVED if number == 10 else "look") for number in range(1, 11)]
    table = Table(step("look", *branches, run=command("df")), answers={"df": Answer("")})
    assert driven(table.walk(tmp_path, "r", "g", "enter")) == "resolved"


def test_the_steps_to_jump_to_stand_below_their_sections_with_what_became_of_them(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df")), step("two"), answers={"df": Answer("x")})
    walk = table.walk(tmp_path, "r", "enter", "j", Typed(""), "q", "a")
    driven(walk)
    assert [text for text, _ in table.reporter.said if "look" in text or "#" in text or "two" in text] == [
        "Diagnosis  #diagnosis",
        "   1  Look  (look)  passed",
        ">  2  Two  (two)",
    ]


def test_who_is_called_hears_where_it_is_and_with_which_values(tmp_path: Path) -> None:
    table = Table(step("look"), facts=Facts(escalation=(Rung("first", 0),)))
    walk = table.walk(tmp_path, "x", "y", "q", "a")
    walk.decide(e.ParameterSet("MOUNT", "/srv", "typed"), e.ParameterSet("KEY", None, "typed", True))
    driven(walk)
    told = [text for text, _ in table.reporter.said]
    assert f"  Test, for 0s. Run {walk.state.run} on jump." in told
    assert "  With MOUNT=/srv KEY=(secret)" in told


def test_auto_says_what_it_found_and_which_way_it_goes(tmp_path: Path) -> None:
    look = step("look", when("stdout.contains('full')", "second"), otherwise(RESOLVED), run=command("df"))
    table = Table(look, step("second"), answers={"df": Answer("disk full\n")})
    walk = table.walk(tmp_path, prompt=Unattended(table.clock, table.reporter.say))
    with pytest.raises(NeedsPerson, match="a person must answer: What now"):
        driven(walk)
    said = table.reporter.text.splitlines()
    assert said.index("  $ df") < said.index("> next: Second")
    assert any(line.startswith("PASSED") and "full" in line for line in said)


def test_a_silent_command_is_said_to_be_running_now_and_then(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df")), answers={"df": Answer()})

    def silent(sink: Sink) -> None:
        for _ in range(120):
            table.clock.wait(1)
            sink.tick()

    table.executor.passing = silent
    walk = table.walk(tmp_path, "r", "enter", "r", Typed(""))
    driven(walk)
    lines = [text for text, _ in table.reporter.said if text.startswith("still running")]
    assert lines == ["still running, 10s so far; Ctrl-C stops it", "still running, 1m so far; Ctrl-C stops it"]


def test_an_edit_that_changes_nothing_is_none(tmp_path: Path) -> None:
    table = Table(step("look", run=command("df")), answers={"df": Answer()})
    walk = table.walk(tmp_path, "e", Typed("df\n"), "r", "enter", "r", Typed(""))
    assert driven(walk) == "resolved"
    assert [b.original for b in table.bodies(walk) if isinstance(b, e.AttemptStarted)] == [""]
