"""Values in commands: the page's script, run in an engine of its own, against the runner and a real shell."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_runner.model.runbook import Parameter, ParameterType
from runbook_runner.run.parameters import refusal
from runbook_runner.site import slots
from runbook_runner.site.patterns import for_script
from tests.postgres import Server
from tests.site.sites import TREE

quickjs = pytest.importorskip("quickjs")

SCRIPT = (TREE / "runbook_runner/site/assets/values.js").read_text("utf-8")
HOSTILE = [
    "plain",
    "a b",
    "a'b",
    'a"b',
    "$(id)",
    "`id`",
    "$HOME",
    "\\",
    "!x",
    "-rf",
    "*",
    "~",
    "a;b",
    "#x",
    "'",
    "''",
    "é",
]


def script() -> Any:
    engine = quickjs.Context()
    engine.eval(SCRIPT)
    engine.eval("globalThis.ask = (name, text) => JSON.stringify(runbookValues[name](...JSON.parse(text)))")
    return engine


ENGINE = script()


def ask(name: str, *arguments: object) -> Any:
    return json.loads(ENGINE.get("ask")(name, json.dumps(arguments)))


def rule(parameter: Parameter) -> dict[str, object]:
    return {
        "type": str(parameter.type),
        "choices": list(parameter.choices),
        "pattern": for_script(parameter.pattern),
        "patterned": bool(parameter.pattern),
    }


def filled(text: str, name: str, value: str) -> str:
    """What the page's script makes of a command."""
    found = slots.find(text, frozenset({name}), frozenset())
    pieces, at, before = [], 0, bool(found.assigned)
    for slot in found.slots:
        put = ask("fill", slot.kind, value)
        before = before or put is None
        pieces += [text[at : slot.start], text[slot.start : slot.end] if put is None else put]
        at = slot.end
    prefix = f"{name}={ask('quote', value, False)}\n" if before else ""
    return prefix + "".join(pieces) + text[at:]


def run(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", text], capture_output=True, text=True, env=environment, timeout=180)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "command",
    [
        'printf %s "$X"',
        'printf %s "pre-$X-post"',
        'printf %s "a$(printf %s "$X")b"',
        "printf %s pre\"$X\"'post $X'",
        'printf %s "${X}"',
        'printf %s "${X:-none}"',
        "cat <<END\n-$X-\nEND",
        'for x in a "$X"; do printf %s "$x"; done',
        'printf %s "$X">&2',
        'f() { printf %s "$1"; }; f "$X"',
        'y=$X; printf %s "$y"',
        '[[ "$X" == "$X" ]] && printf %s "${#X}"',
    ],
)
def test_a_filled_command_does_what_the_runner_does(command: str, value: str) -> None:
    assert "X" in command
    want, have = run(command, X=value), run(filled(command, "X", value))

    assert (have.stdout, have.stderr, have.returncode) == (want.stdout, want.stderr, want.returncode)


@pytest.mark.parametrize("command", ["printf %s $X", "printf %s a$X", "printf %s a/$X/b $X"])
@pytest.mark.parametrize("value", ["plain", "a b", "*", "a/b:c"])
def test_without_quotes_it_splits_as_in_the_runner(tmp_path: Path, command: str, value: str) -> None:
    assert run(filled(command, "X", value)).stdout == run(command, X=value).stdout


@pytest.mark.parametrize("command", ['"$X" one', "$X one", "echo one $X>f", 'echo one "$X">f', "X=1; echo $X"])
def test_what_would_change_its_meaning_is_quoted_or_goes_before(command: str) -> None:
    assert " 2>f" not in filled(command, "X", "2")
    assert not filled(command, "X", "time").startswith("time ")


def test_no_value_stops_the_shell() -> None:
    kinds = {"word": 'echo "$X" ran', "double": 'echo "a$X" ran', "bare": "echo $X ran"}
    for kind, text in kinds.items():
        (slot,) = slots.find(text, frozenset({"X"}), frozenset()).slots
        assert slot.kind == kind
        done = run(text[: slot.start] + ask("guard", kind, "X") + text[slot.end :])
        assert (done.stdout, done.returncode != 0) == ("", True)


PARAMETERS = [
    Parameter("A"),
    Parameter("A", ParameterType.INTEGER),
    Parameter("A", ParameterType.NUMBER),
    Parameter("A", ParameterType.BOOLEAN),
    Parameter("A", choices=("one", "two words", "a'b")),
    Parameter("A", pattern="/[A-Za-z0-9_.:@+/-]*"),
    Parameter("A", pattern=r"(?P<x>[a-z]+) \d{1,3}"),
]


@given(
    st.sampled_from(PARAMETERS),
    st.one_of(st.text(st.characters(min_codepoint=32, max_codepoint=126)), st.integers().map(str)),
)
@settings(max_examples=400, deadline=None)
def test_it_takes_what_the_runner_takes(parameter: Parameter, value: str) -> None:
    if value or parameter.pattern:
        assert bool(ask("refuse", rule(parameter), value)) == (bool(refusal(parameter, value)) or not value)


@pytest.mark.parametrize("value", ["a\nb", "a\x1b[0m", "a\u202eb", "a\u200bb", "\x00", "", "x" * 5000])
def test_no_pattern_lets_through_what_nobody_sees(value: str) -> None:
    assert ask("refuse", rule(Parameter("A", pattern="(?:.|\\n)*")), value)


@pytest.mark.parametrize("pattern", ["(?i)x.*", r"a++", r"(?(1)a|b)", r"(?#c).*", r"a{,3}", "(?a:.*)"])
def test_a_pattern_that_means_something_else_there_lets_plain_words_through_only(pattern: str) -> None:
    its = rule(Parameter("A", pattern=pattern))

    assert its["pattern"] == ""
    assert ask("refuse", its, "plain") == ""
    assert ask("refuse", its, "a b")


def test_where_values_stand_in_sql() -> None:
    text = "select :'a', ':a', \"x\" from :\"t\" where n = :n -- :n\n and b::int = 1"
    found = slots.find_sql(text, frozenset({"a", "t", "n", "int"}))
    assert [(text[one.start : one.end], one.kind) for one in found.slots] == [
        (":'a'", "sql-value"), (':"t"', "sql-name"), (":n", "sql-number"),
    ]  # fmt: skip
    assert found.assigned == ()
    assert ask("guard", "sql-value", "a") is None


@pytest.mark.parametrize(
    ("value", "filled"), [("7", "7"), ("-7", "(-7)"), ("1.5", "1.5"), ("1; drop", None), ("", None)]
)
def test_only_a_number_stands_bare_in_sql(value: str, filled: str | None) -> None:
    assert ask("fill", "sql-number", value) == filled


@pytest.mark.parametrize("value", [*HOSTILE, "'; drop table x; --", '"; drop table x; --', "\\'"])
def test_sql_with_a_value_is_taken_whole_by_a_server(cluster: Server, value: str) -> None:
    text = f"select {ask('fill', 'sql-value', value)} as {ask('fill', 'sql-name', value)}"
    with psycopg.connect(cluster.url()) as connection:
        cursor = connection.execute(text.encode())
        assert cursor.fetchone() == (value,)
        assert cursor.description is not None
        assert cursor.description[0].name == value
