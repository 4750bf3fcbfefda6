"""Verdicts: what a finished command proves, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

from runbook_runner.model.runbook import Branch, Expectation, Finish, Outcome, Recurrence, Step
from runbook_runner.model.span import Span
from runbook_runner.run.judge import Observed, deciding, judge
from tests.build import ask, command, otherwise, step, when

RESOLVED = Finish(Outcome.RESOLVED)


def seen(stdout: str = "", exit_code: int = 0, statuses: tuple[int, ...] = (), cut: str = "") -> Observed:
    values: dict[str, Any] = {"stdout": stdout, "stderr": "", "output": stdout, "exit_code": exit_code, "duration": 0.1}
    return Observed(exit_code, values, statuses or (exit_code,), frozenset({cut} - {""}))


def never(_seconds: float) -> str | None:
    return None


def verdict(one: Step, what: Observed) -> str:
    return judge(one, 1, 1, what, never).verdict


LOOK = step("look", run=command("x"))


@pytest.mark.parametrize(("exit_code", "expected"), [(0, "passed"), (1, "ask")])
def test_without_expectations_the_exit_code_is_all_there_is(exit_code: int, expected: str) -> None:
    assert verdict(LOOK, seen(exit_code=exit_code)) == expected


def test_all_expectations_must_hold() -> None:
    one = step("look", run=command("x"), expect=("stdout.contains('a')", "stdout.contains('b')"))
    assert verdict(one, seen("ab", exit_code=3)) == "passed", "what is expected decides, not the exit code"
    assert verdict(one, seen("a")) == "failed"


def test_prose_under_expected_is_compared_by_her() -> None:
    from msgspec.structs import replace

    one = replace(LOOK, expected=(Expectation(Span(), None, "all pods are Running"),))
    assert verdict(one, seen("anything")) == "ask"


@pytest.mark.parametrize(("statuses", "expected"), [((1, 0), "undetermined"), ((141, 0), "passed"), ((0, 0), "passed")])
def test_a_broken_pipeline_proves_nothing_but_sigpipe_is_no_break(statuses: tuple[int, ...], expected: str) -> None:
    assert verdict(LOOK, seen("0", statuses=statuses)) == expected


@pytest.mark.parametrize(
    ("source", "stdout", "expected"),
    [
        ("stdout.contains('x')", "x", "passed"),
        ("stdout.contains('x')", "y", "undetermined"),
        ("!stdout.contains('x')", "x", "failed"),
        ("!stdout.contains('x')", "y", "undetermined"),
        ("size(stdout) > 1", "yy", "undetermined"),
    ],
)
def test_what_was_cut_proves_only_what_the_rest_shows(source: str, stdout: str, expected: str) -> None:
    one = step("look", run=command("x"), expect=(source,))
    assert verdict(one, seen(stdout, cut="stdout")) == expected


def test_the_first_true_branch_wins() -> None:
    one = step("look", when("exit_code == 1", "a"), when("exit_code == 0", "b"), when("true", "c"), run=command("x"))
    assert deciding(one, judge(one, 1, 1, seen(), never)) == 1


def test_an_unclear_branch_before_a_true_one_leaves_it_to_her() -> None:
    one = step("look", when("nosuch > 1", "a"), when("exit_code == 0", "b"), run=command("x"))
    assert deciding(one, judge(one, 1, 1, seen(), never)) is None


def test_otherwise_holds_when_nothing_else_can() -> None:
    one = step("look", when("exit_code == 1", "a"), otherwise(RESOLVED), run=command("x"))
    assert deciding(one, judge(one, 1, 1, seen(), never)) == 1
    asking = step("look", when("exit_code == 1", "a"), ask("slow?", "b"), otherwise(RESOLVED), run=command("x"))
    assert deciding(asking, judge(asking, 1, 1, seen(), never)) is None


def test_recurrence_asks_the_journal() -> None:
    back = Branch(Recurrence(600, "If it recurs within 10m", Span()), RESOLVED, "If it recurs", Span())
    one = step("look", back, otherwise("b"), run=command("x"))
    again = judge(one, 1, 1, seen(), lambda seconds: f"resolved 7m ago ({seconds:g})")
    assert deciding(one, again) == 0
    assert again.branches[0]["evidence"] == "resolved 7m ago (600)"
    assert deciding(one, judge(one, 1, 1, seen(), never)) == 1


def test_evidence_is_redacted_before_it_is_shortened() -> None:
    from msgspec.structs import replace

    one = step("look", run=command("x"), expect=("stdout == 'ok'",))
    hidden = replace(seen("hunter2"), redact=lambda text: text.replace("hunter2", "[redacted]"))
    assert "hunter2" not in str(judge(one, 1, 1, hidden, never).checks)
