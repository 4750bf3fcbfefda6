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


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("scenarios:\n  - nam: x\n", (2, 5), "unknown field `nam`"),
        ("scenarios:\n  - name: x\n    paged: later\n", (3, 5), "'later' is no span of time"),
        ("scenarios:\n  - name: x\n    expect: {outcom: y}\n", (3, 5), "unknown field `outcom`"),
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
