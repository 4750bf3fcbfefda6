"""Held to the official engine: where ours answers, it answers the same; what it refuses, ours refuses."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runbook_runner.predicates.evaluation import Machine
from runbook_runner.predicates.nodes import PredicateError
from runbook_runner.predicates.spotting import parse_value
from runbook_runner.predicates.values import EvaluationError

cel = pytest.importorskip("cel_expr_python.cel")

VALUES: dict[str, Any] = {
    "exit_code": 1,
    "stdout": "ab\nerror: é disk full",
    "rows": [1, 2.5, "a", None, True, {"a": 1}],
    "n": 7,
    "x": 1.5,
    "s": "5",
    "b": True,
    "z": None,
    "m": {"a": 1, "b": {"c": [1, 2]}, "n": None},
    "value": 0.02,
    "windows": {"1h": 0.02, "5m": "no data"},
}


def burn_rate(objective: float, window: str = "") -> float:
    """What an extension of CEL would do: it, too, reads what the query gave."""
    ratio = VALUES["windows"][window] if window else VALUES["value"]
    if not 0 < objective < 1 or isinstance(ratio, str):
        raise ValueError("no rate")
    return float(ratio / round(1 - objective, 12))


BURN_RATE = cel.FunctionDecl(
    "burn_rate",
    [
        cel.Overload("burn_rate_double", cel.Type.DYN, [cel.Type.DOUBLE], impl=burn_rate),
        cel.Overload("burn_rate_double_string", cel.Type.DYN, [cel.Type.DOUBLE, cel.Type.STRING], impl=burn_rate),
    ],
)
ENVIRONMENT = cel.NewEnv(
    variables=dict.fromkeys(VALUES, cel.Type.DYN)
    | {"exit_code": cel.Type.INT, "stdout": cel.Type.STRING, "rows": cel.Type.List(cel.Type.DYN)},
    functions=[BURN_RATE],
)
REFUSED = object()
QUICK = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def official(source: str) -> Any:
    try:
        value = ENVIRONMENT.compile(source).eval(data=VALUES)
    except Exception:  # noqa: BLE001 - the engine raises several kinds
        return REFUSED
    return REFUSED if value.type() == cel.Type.ERROR else value.plain_value()


def ours(source: str) -> Any:
    try:
        expression, _ = parse_value(source)
        if not expression.names <= VALUES.keys():
            return REFUSED
        return Machine(VALUES, 10_000).value(expression.root, {})
    except (PredicateError, EvaluationError):
        return REFUSED


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, float) and isinstance(right, float) and math.isnan(left):
        return math.isnan(right)
    return type(left) is type(right) and bool(left == right)


def agree(source: str) -> bool:
    """Compare; return whether ours gave a value."""
    mine = ours(source)
    if mine is not REFUSED:
        theirs = official(source)
        assert theirs is not REFUSED, f"{source}: ours gives {mine!r}, the official engine refuses"
        assert same(mine, theirs), f"{source}: ours {mine!r}, theirs {theirs!r}"
    return mine is not REFUSED


LEAVES = st.sampled_from(
    [
        *VALUES,
        "true",
        "false",
        "null",
        "0",
        "1",
        "2",
        "-7",
        "0x1F",
        "9223372036854775807",
        "-9223372036854775808",
        "1.0",
        "2.5",
        ".5",
        "1e3",
        "-0.0",
        "0.0",
        '"a"',
        "'error'",
        '"5"',
        '""',
        r'"\u00e9\n"',
        r'r"\d"',
        "[1, 2]",
        '["a", 1]',
        '{"a": 1}',
        "{1: 2, 3: 4}",
        "{true: 1}",
        "m.a",
        "m.b.c",
        "m.zz",
        "has(m.a)",
        "has(m.n)",
        "i",
        "[]",
        "burn_rate(0.999)",
        "burn_rate(x)",
        'burn_rate(0.999, "1h")',
        'burn_rate(0.99, "5m")',
        'burn_rate(0.99, "30m")',
    ]
)
BINARY = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "&&", "||"]
UNARY = ["!", "-", "!!", "--", "size", "int", "double", "string", "bool", "dyn"]
METHODS = ["contains", "startsWith", "endsWith", "matches"]
MACROS = ["all", "exists", "exists_one", "map", "filter"]


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    plain = st.builds("{} {} {}".format, inner, st.sampled_from(BINARY), inner)
    return st.one_of(
        plain,
        st.builds("({} {} {})".format, inner, st.sampled_from(BINARY), inner),
        st.builds("{}({})".format, st.sampled_from(UNARY), inner),
        st.builds("{}.{}({})".format, inner, st.sampled_from(METHODS), inner),
        st.builds("{}.{}(i, {})".format, inner, st.sampled_from(MACROS), inner),
        st.builds("{}.map(i, {}, {})".format, inner, inner, inner),
        st.builds("{} ? {} : {}".format, inner, inner, inner),
        st.builds("{}[{}]".format, inner, inner),
        st.builds("{}.{}".format, inner, st.sampled_from(["a", "b", "size()", "if", "in"])),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
    )


ANY = st.recursive(LEAVES, _grow, max_leaves=6)
NUMBER = st.recursive(
    st.sampled_from(["n", "exit_code", "m.a", "size(rows)", "3", "-7", "2", "0", "9223372036854775807"]),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/%"), inner)
        | st.builds("(b ? {} : -{})".format, inner, inner)
    ),
    max_leaves=5,
)
TRUTH = st.recursive(
    st.builds("{} {} {}".format, NUMBER, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), NUMBER)
    | st.builds("rows.{}(i, i == {})".format, st.sampled_from(["all", "exists", "exists_one"]), NUMBER)
    | st.builds("[1, 2, 3].{}(i, 6 / (i - 1) > {})".format, st.sampled_from(["all", "exists", "exists_one"]), NUMBER)
    | st.builds("stdout.{}({})".format, st.sampled_from(METHODS), st.sampled_from(['"ab"', '"full"', '"^e"', '"é d"'])),
    lambda inner: (
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner) | st.builds("!({})".format, inner)
    ),
    max_leaves=5,
)


@QUICK
@given(ANY)
@example("-7 / 2 == -3 && -7 % 2 == -1")
@example("1 == 1.0")
@example('"a" in "abc"')
@example("n + x")
@example("b == 1")
@example("rows[x]")
def test_never_differs_whatever_is_written(source: str) -> None:
    agree(source)


@QUICK
@given(TRUTH)
def test_answers_all_well_typed_truths_as_the_official_engine(source: str) -> None:
    answered = agree(source)
    assert answered or official(source) is REFUSED, f"{source}: ours refuses what is plain"


@QUICK
@given(
    st.text(alphabet="abfnrtvxuU0123478\\'\"`?e\n", max_size=9), st.sampled_from(['"{}"', "'{}'", 'r"{}"', '"""{}"""'])
)
def test_string_literals_mean_the_same(body: str, form: str) -> None:
    agree(form.format(body))


@QUICK
@given(st.text(alphabet="1290.eExX+-fu ", max_size=8))
def test_number_literals_mean_the_same(source: str) -> None:
    agree(source)


@QUICK
@given(st.text(alphabet="01+-.eE_ \tntrufalseTF", max_size=6), st.sampled_from(["int", "double", "bool"]))
def test_conversions_of_text_mean_the_same(text: str, function: str) -> None:
    agree(f"{function}({_quoted(text)})")


PIECES = st.sampled_from(
    [
        "a",
        "b",
        "k",
        "S",
        "é",
        "_",
        " ",
        "0",
        ".",
        "^",
        "$",
        "|",
        "(",
        ")",
        "(?:",
        "(?i)",
        "(?m)",
        "(?s:",
        "(?P<g>",
        "(?=",
        "*",
        "+",
        "?",
        "{2}",
        "{1,}",
        "{0,2}",
        "{",
        "}",
        "{,2}",
        "[",
        "]",
        "[^",
        "[a-k]",
        "[^a\\n]",
        "[[:alpha:]]",
        "-",
        "\\d",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "\\b",
        "\\B",
        "\\A",
        "\\z",
        "\\Z",
        "\\1",
        "\\.",
        "\\x61",
        "\\141",
        "\\Q",
        "\\E",
        "\n",
    ]
)


@settings(QUICK, max_examples=1500)
@given(st.lists(PIECES, max_size=7).map("".join), st.text(alphabet="abkKsSé\u212aſ_ 0\n-]{}", max_size=6))
@example("(?i)\\w", "ſ")
@example("(?i)\\W", "ſ")
@example("(?i)[^k]", "\u212a")
@example("[\\D]", "\n")
@example("a$", "a\n")
def test_patterns_mean_what_they_mean_to_re2(pattern: str, text: str) -> None:
    agree(f"{_quoted(text)}.matches({_quoted(pattern)})")


@pytest.mark.parametrize("count", [20, 31, 32, 33, 40, 200, 1000])
@pytest.mark.parametrize(
    ("opening", "middle", "closing"),
    [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("!", "b", ""),
        ("-", "1", ""),
        ("1 + ", "1", ""),
        ("b ? 1 : ", "1", ""),
        ("b && ", "b", ""),
        ("!(", "b", ")"),
        ("[1].all(i, ", "b", ")"),
        ("[1].map(i, ", "1", ")"),
        ("m", ".a", ""),
    ],
)
def test_nesting_is_never_deeper_than_the_official_engine_bears(
    opening: str, middle: str, closing: str, count: int
) -> None:
    agree(opening * count + middle + closing * count)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


@pytest.mark.parametrize(
    "source",
    [
        "burn_rate(0.999) == 20.0",
        "burn_rate(0.999) > 14.4",
        "burn_rate(0.999) > 14",
        'burn_rate(0.999, "1h") > 14.4 && burn_rate(0.99, "1h") < 6.0',
        'burn_rate(0.999, "5m") > 14.4 || true',
        'rows.exists(i, burn_rate(0.99, "1h") == 2.0)',
    ],
)
def test_burn_rates_fit_into_the_language_as_an_extension_would(source: str) -> None:
    assert agree(source)
    assert official(source) is not REFUSED


@pytest.mark.parametrize("source", ['burn_rate(0.999, "5m") > 1.0', "burn_rate(x) > 1.0", "burn_rate(n) > 1.0"])
def test_where_there_is_no_burn_rate_both_refuse(source: str) -> None:
    assert not agree(source)
    assert official(source) is REFUSED
