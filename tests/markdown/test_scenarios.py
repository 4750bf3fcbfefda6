"""Scenario files as read, and the schema that editors check them with."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runbook_runner.markdown import schema
from runbook_runner.markdown.front_matter import document
from runbook_runner.markdown.scenarios import read

GOOD = """\
common:
  parameters: {PORT: 80, FORCE: true}
scenarios:
  - name: all forms
    commands:
      ask: '{"status": 200}'
      listen: hangs
      poll: ["busy", {stdout: free, duration: 2s}, null]
    answers:
      ask: yes
      listen: [{expected: no}, {take: fix, wait: 5m}]
      poll: next
    expect: {path: [ask], called: [{to: lead, at: 10m}]}
"""


def test_short_forms_are_written_out() -> None:
    found = read(GOOD)
    (scenario,) = found.scenarios

    assert found.defects == ()
    assert scenario.parameters == {"PORT": "80", "FORCE": "true"}
    assert scenario.commands["listen"][0].hangs
    assert [reply.stdout for reply in scenario.commands["poll"]] == ["busy", "free", ""]
    assert (scenario.answers["ask"][0].expected, scenario.answers["listen"][0].expected) == (True, False)
    assert scenario.answers["poll"][0].take == "next"


def test_what_is_called_like_a_span_of_time_need_not_be_one() -> None:
    commands = "    commands: {wait: soon, at: [{json: {duration: long}}]}\n"
    assert read(f"scenarios:\n  - name: x\n{commands}    parameters: {{paged: x}}\n").defects == ()


def test_calls_and_ends_have_short_forms() -> None:
    text = "scenarios:\n  - name: x\n    answers: {end: false alarm}\n    expect: {called: [storage, lead at 15m]}\n"
    (scenario,) = read(text).scenarios

    assert scenario.answers["end"][0].end == "false alarm"
    assert [(call.to, call.at) for call in scenario.expect.called or ()] == [("storage", ""), ("lead", "15m")]


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("scenarios:\n  - nam: x\n", (2, 5), "nothing is called `nam` here"),
        ("scenarios:\n  - name: x\n    paged: later\n", (3, 5), "'later' is no span of time"),
        ("scenarios:\n  - name: x\n    expect: {outcom: y}\n", (3, 14), "nothing is called `outcom` here"),
        ("scenarios:\n  - name: x\n    commands: {wait: x, at: {stdot: y}}\n", (3, 30), "nothing is called `stdot`"),
        ("scenarios:\n  - name: x\n    expect: {took: 5}\n", (3, 14), "expected text, got a number"),
        ("scenarios:\n  - name: x\n    expect: {outcome: escalate}\n", (3, 14), "'escalate' is no way in which a run"),
        ("scenarios:\n  - name: x\n    answers: {end: resolve}\n", (3, 15), "'resolve' is no way in which a run ends"),
        ("scenarios:\n  - commands: {}\n", (2, 5), "the mapping lacks `name`"),
        ("scenarios:\n  - name: x\n  - name: x\n", (3, 5), "two scenarios are called 'x'"),
        ("- x\n", (1, 1), "is not a list of `key: value` lines"),
    ],
)
def test_what_is_wrong_has_a_place(text: str, place: tuple[int, int], says: str) -> None:
    (defect,) = read(text).defects

    assert (defect.span.line, defect.span.column) == place
    assert says in defect.message


def test_the_schema_accepts_what_is_read_and_refuses_what_is_not() -> None:
    validator = pytest.importorskip("jsonschema_rs").validator_for(json.loads(schema.text("scenarios")))
    good: dict[str, Any] = document(GOOD).values

    assert validator.is_valid(good)
    bad: list[dict[str, Any]] = [{"scenarios": [{}]}, {"scenarios": [{"name": "x", "paths": []}]}, {"scenario": []}]
    for wrong in bad:
        assert not validator.is_valid({**good, **wrong}), wrong


def test_an_output_that_begins_with_spaces_is_told_how_to_stand() -> None:
    text = "scenarios:\n  - name: x\n    commands:\n      look: |\n            PID USER\n        2214 shop\n"

    (defect,) = read(text).defects
    assert "`|2`" in defect.hint
    assert read(text.replace("look: |", "look: |2")).defects == ()


def test_a_number_is_what_a_command_prints() -> None:
    found = read("scenarios:\n  - name: x\n    commands: {a: 97, b: [1.5, {stdout: 3, exit: 1}]}\n")

    assert found.defects == ()
    replies = found.scenarios[0].commands
    assert [reply.stdout for step in ("a", "b") for reply in replies[step]] == ["97", "1.5", "3"]


def test_a_file_of_a_thousand_scenarios_is_read() -> None:
    one = (
        "  - name: number {0}\n    commands: {{measure: {{stdout: '9', exit: 1, duration: 3s}}, again: [a, b, c, d]}}\n"
        "    answers: {{measure: [no, resolved], again: {{take: x, wait: 3m}}}}\n"
        "    expect: {{path: [a, b, c, d, e, f]}}\n"
    )
    found = read("scenarios:\n" + "".join(one.format(number) for number in range(1000)))

    assert (found.defects, len(found.scenarios)) == ((), 1000)
