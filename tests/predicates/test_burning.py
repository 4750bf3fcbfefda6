"""Burn rates in predicates: what they are, how they are told, and when there is none."""

from __future__ import annotations

import math
from typing import Any

import pytest

from runbook_runner.predicates import PredicateError, evaluate, free_names, parse, windows
from runbook_runner.predicates.cases import gap, never
from runbook_runner.predicates.examples import examples

BOTH = 'burn_rate(0.999, "1h") > 14.4 && burn_rate(0.999, "5m") > 14.4'


def ask(source: str, **values: Any) -> tuple[bool | None, str]:
    found = evaluate(parse(source), values)
    return found.holds, found.evidence or found.error


def test_the_plain_rate_is_the_error_ratio_by_the_budget() -> None:
    assert ask("burn_rate(0.999) > 14.4", value=0.02) == (
        True,
        "error ratio 0.02 / budget 0.001 = 20 > 14.4",
    )
    assert ask("burn_rate(0.999) > 14.4", value=0.0144)[0] is False
    assert ask("burn_rate(0.999) >= 20.0", value=0.02)[0] is True, "0.02 / 0.001 is 20, whatever 1 - 0.999 is"
    assert ask("burn_rate(0.99) == 0.0", value=0)[0] is True
    assert ask("burn_rate(0.99) > 6", value=0.07)[0] is True


def test_several_windows_must_all_burn() -> None:
    holds, evidence = ask(BOTH, windows={"1h": 0.02, "5m": 0.03})
    assert holds is True
    assert evidence == (
        "error ratio 0.02 over 1h / budget 0.001 = 20 > 14.4; error ratio 0.03 over 5m / budget 0.001 = 30 > 14.4"
    )
    holds, evidence = ask(BOTH, windows={"1h": 0.02, "5m": 0.001})
    assert holds is False
    assert evidence == "error ratio 0.001 over 5m / budget 0.001 = 1 > 14.4"


def test_the_windows_that_are_needed() -> None:
    assert windows(parse(BOTH)) == ("1h", "5m")
    assert windows(parse('burn_rate(0.999) > 1.0 || windows["30m"] > 0.5')) == ("30m",)
    assert free_names(parse(BOTH)) == {"windows"}
    assert free_names(parse("burn_rate(0.999) > 1.0")) == {"value"}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, "this one is nan"),
        (1.2, "lies between 0 and 1, and this one is 1.2"),
        (-0.1, "lies between 0 and 1"),
        (None, "not null"),
        ("no data", "there is no error ratio: no data"),
        (lambda: [][0], ""),
    ],
)
def test_without_a_ratio_nothing_is_claimed(value: Any, why: str) -> None:
    for source in ("burn_rate(0.999) > 14.4", "burn_rate(0.999) <= 14.4", "!(burn_rate(0.999) > 14.4)"):
        if callable(value):
            continue
        holds, told = ask(source, value=value)
        assert holds is None
        assert why in told


def test_one_window_without_data_may_leave_the_answer_open_or_not() -> None:
    assert ask(BOTH, windows={"1h": "no data", "5m": 0.03})[0] is None
    assert ask(BOTH, windows={"1h": "no data", "5m": 0.0})[0] is False
    holds, told = ask(BOTH, windows={"5m": 0.03})
    assert holds is None
    assert "no such key" in told


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("burn_rate() > 1.0", "takes an objective"),
        ("burn_rate(99.9) > 1.0", "between 0 and 1"),
        ("burn_rate(1) > 1.0", "between 0 and 1"),
        ("burn_rate(1.0) > 1.0", "between 0 and 1"),
        ('burn_rate("0.9") > 1.0', "between 0 and 1"),
        ('burn_rate(0.999, "1 hour") > 1.0', "no window"),
        ("burn_rate(0.999, 60) > 1.0", "written out"),
        ("burn_rate(0.999, stdout) > 1.0", "written out"),
        ('burn_rate(0.999, "1h", "5m") > 1.0', "takes an objective"),
        ("burn_rate(0.999)", "compare it with something"),
        ("burn_rate(stdout) > 1.0", "does not take"),
        ("value.burn_rate(0.9) > 1.0", "no function"),
    ],
)
def test_what_is_written_wrongly_is_refused_before_the_night(source: str, message: str) -> None:
    with pytest.raises(PredicateError, match=message.replace("(", r"\(").replace(")", r"\)")):
        parse(source)


def test_what_lint_and_exploration_make_of_it() -> None:
    assert never(parse("burn_rate(0.999) > 14.4 && burn_rate(0.999) < 6.0").root)
    found = gap([parse("burn_rate(0.999) > 14.4").root, parse("burn_rate(0.999) < 6.0").root])
    assert found is not None
    assert (found.low, found.high) == (6.0, 14.4)
    made = [ask(BOTH, **observation)[0] for observation in examples([parse(BOTH)])]
    assert {True, False} <= set(made)
