"""Values: what is refused, and where they come from."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from runbook_runner.model.events import ParameterSet, RunStarted
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Parameter, ParameterType
from runbook_runner.run.parameters import Candidate, candidates, parameter, refusal, typed
from tests.build import phase, runbook


@pytest.mark.parametrize("value", ["web-1", "a.b/c:8080", "x@y", "1", "_x", "a+b"])
def test_ordinary_values_pass(value: str) -> None:
    assert refusal(Parameter("X"), value) == ""


@pytest.mark.parametrize(
    "value",
    ["", "-rf", "--all", "a b", "a;b", "$(id)", "`id`", "a\nb", "a*", "a\0b", "~root", "a'b", 'a"b', "a|b", "<x>", "é"],
)
def test_values_that_could_be_code_options_or_globs_are_refused(value: str) -> None:
    assert refusal(Parameter("X"), value)


def test_a_pattern_decides_alone_and_over_the_whole_value() -> None:
    wanted = Parameter("X", pattern="[a-z ]+")
    assert refusal(wanted, "two words") == ""
    assert refusal(wanted, "two words;")
    assert refusal(Parameter("X", pattern="("), "x"), "a broken pattern accepts nothing"
    assert refusal(Parameter("X", pattern="a)|(b.*"), "b; rm x"), "a pattern does not step out of its group"
    assert refusal(Parameter("X", pattern="a|b"), "a; rm x")
    assert refusal(Parameter("X", pattern="a$"), "a\n")


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+", "(.*a){20}b", "([a-z]+)*[0-9]"])
def test_no_value_makes_a_pattern_hang(pattern: str) -> None:
    begun = time.process_time()
    assert refusal(Parameter("X", pattern=pattern), "a" * 200 + "!").startswith("it must match")
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("pattern", [r"(?!-)\w+", r"(a)\1", r"(?<=x)a"])
def test_a_pattern_that_cannot_be_matched_in_bounded_time_takes_nothing_and_says_so(pattern: str) -> None:
    assert refusal(Parameter("X", pattern=pattern), "aa").startswith("the runbook's pattern for it cannot be used: ")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ParameterType.INTEGER, "42", "4.2"),
        (ParameterType.INTEGER, "42", "-1"),
        (ParameterType.NUMBER, "4", "-0.5"),
        (ParameterType.NUMBER, "0.5", "1e9; rm"),
        (ParameterType.BOOLEAN, "true", "yes"),
    ],
)
def test_types(kind: ParameterType, good: str, bad: str) -> None:
    assert refusal(Parameter("X", kind), good) == ""
    assert refusal(Parameter("X", kind), bad)


@pytest.mark.parametrize("name", ["PATH", "IFS", "PS4", "LD_PRELOAD", "BASH_ENV"])
def test_names_that_change_the_shell_are_refused(name: str) -> None:
    assert refusal(Parameter(name), "x")


def test_choices() -> None:
    assert refusal(Parameter("X", choices=("a", "b")), "a") == ""
    assert "a, b" in refusal(Parameter("X", choices=("a", "b")), "c")


def test_values_are_offered_in_order() -> None:
    started = RunStarted("p", "t", "d", "s", "me", "here", 0.0, alert="A", labels={"namespace": "shop"})
    wanted = Parameter("NS", default="d", source="alert.labels.namespace")
    assert candidates(wanted, {"NS": "f"}, started, {"NS": "e"}) == [
        Candidate("f", "flag"),
        Candidate("shop", "alert"),
        Candidate("e", "environment"),
        Candidate("d", "default"),
    ]


def test_predicates_see_types() -> None:
    assert typed(Parameter("N", ParameterType.INTEGER), "42") == 42
    assert typed(Parameter("B", ParameterType.BOOLEAN), "false") is False
    assert ParameterSet("N", "42", "flag").secret is False


@pytest.mark.parametrize(("name", "secret"), [("DB_PASSWORD", True), ("API_TOKEN", True), ("HOST", False)])
def test_a_name_may_say_that_it_is_secret_whether_declared_or_not(name: str, secret: bool) -> None:
    book = runbook(phase("a", PhaseKind.READ))
    declared = replace(book, parameters=(Parameter(name, default="x"),))
    for each in (book, declared):
        assert parameter(each, name).secret is secret
