"""Which predicates can never hold, always do, are never reached, and which numbers several leave out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_runner.predicates import evaluate, parse
from runbook_runner.predicates.cases import always, gap, never, never_after


@pytest.mark.parametrize(
    "source",
    [
        "false",
        "1 == 2",
        '"a" == "b"',
        "value > 5 && value < 3",
        "value > 5 && value < 5",
        "exit_code == 0 && exit_code != 0",
        "exit_code > 1 && exit_code < 2",
        "exit_code < 0",
        "exit_code > 255",
        "size(rows) < 0",
        "rows.size() > 3 && size(rows) < 2",
        'stdout == "a" && stdout == "b"',
        'stdout.contains("x") && !stdout.contains("x")',
        "value >= 90 && !(value > 80)",
        "value < 3 && (value > 5 || value > 7)",
        "exit_code in [1, 2] && exit_code == 0",
        "json.up == true && !json.up",
        "double(stdout) > 90.0 && double(stdout) < 80.0",
        "value < duration && value >= duration",
        "value > 3 ? false : value > 4",
    ],
)
def test_what_can_never_hold(source: str) -> None:
    assert never(parse(source).root)
    assert not always(parse(source).root)


@pytest.mark.parametrize(
    "source",
    [
        "true",
        "2 > 1",
        "exit_code >= 0",
        "size(rows) >= 0",
        "value > 5 || value < 10",
        "exit_code == 0 || exit_code != 0",
        'stdout.contains("x") || !stdout.contains("x")',
        "exit_code < 5 || exit_code > 4",
    ],
)
def test_what_always_holds(source: str) -> None:
    assert always(parse(source).root)
    assert not never(parse(source).root)


@pytest.mark.parametrize(
    "source",
    [
        "exit_code == 0",
        "value > 5 && value < 6",
        "value > 5 && json.value < 3",
        "int(stdout) > 5 && int(stderr) < 3",
        'stdout.contains("x") && !stdout.contains("y")',
        'stdout == "a" || stdout == "b"',
        "rows.all(r, r.n > 5 && r.n < 3)",
        "value != 5 && value != 6",
        " || ".join(f"(value > {n} && json.a < {n} && json.b > {n})" for n in range(12)),
    ],
)
def test_what_may_be_either_way(source: str) -> None:
    assert not never(parse(source).root)
    assert not always(parse(source).root)


@pytest.mark.parametrize(
    ("earlier", "source", "expected"),
    [
        (["exit_code == 0"], "exit_code == 0", True),
        (["value > 5"], "value > 7", True),
        (["value > 5", "value <= 5"], "value == 3", True),
        (["value > 5"], "value > 3", False),
        (["true"], "exit_code == 0", True),
        (['stdout.contains("a")'], 'stdout.contains("b")', False),
        (["exit_code != 0"], 'exit_code != 0 && stdout.contains("b")', True),
        ([], "exit_code == 0", False),
    ],
)
def test_what_is_taken_before(earlier: list[str], source: str, expected: bool) -> None:
    assert never_after(parse(source).root, [parse(one).root for one in earlier]) is expected


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["value < 80", "value > 90"], "80 to 90"),
        (["value < 80", "value > 80"], "80"),
        (["value <= 80", "value >= 90"], "81 to 89"),
        (["value <= 80.0", "value >= 90.0"], "81 to 89"),
        (["value < 0.8", "value > 0.9"], "0.8 to 0.9"),
        (["value <= 0.8", "value > 0.9"], "what lies between 0.8 and 0.9"),
        (["exit_code == 0", "exit_code > 1"], "1"),
        (["size(rows) < 3", "size(rows) == 3", "size(rows) > 4"], "4"),
        (["int(stdout) < 10", "int(stdout) >= 20 && int(stdout) < 30"], "10 to 19"),
        (["value < 80", "value >= 80"], None),
        (["value <= 80", "value >= 81"], None),
        (["value < 80", "value >= 80 && value < 90"], None),
        (["exit_code == 0", "exit_code == 2"], None),
        (["value > 90"], None),
        (["value < 80", "duration > 90.0"], None),
        (["value < 80", 'value > 90 && stdout.contains("x")'], None),
    ],
)
def test_what_several_leave_out(sources: list[str], expected: str | None) -> None:
    found = gap([parse(one).root for one in sources])
    assert (found.words if found else None) == expected


_ATOMS = [
    *(f"a {operator} {bound}" for operator in ("<", "<=", ">", ">=", "==", "!=") for bound in (1, 2)),
    *('b == "x"', 'b != "x"', 'b.contains("x")', "true", "false"),
]
_SOURCES = st.recursive(
    st.sampled_from(_ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(_SOURCES)
def test_never_and_always_agree_with_the_evaluator(source: str) -> None:
    expression = parse(source)
    values = [{"a": a, "b": b} for a in (0, 1, 1.5, 2, 3) for b in ("x", "y", "xy")]
    found = {evaluate(expression, one).holds for one in values}

    assert not (never(expression.root) and True in found)
    assert not (always(expression.root) and False in found)
    if found == {False} and "contains" not in source:
        assert never(expression.root)
