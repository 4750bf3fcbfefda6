"""A step graph as text, JSON, Mermaid and DOT."""

from __future__ import annotations

import json
import re

import pytest
from msgspec.structs import replace

from runbook_runner.model.command import Effect
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import (
    Branch,
    Escalate,
    Facts,
    Parameter,
    Phase,
    Predicate,
    Question,
    Runbook,
    Step,
    StepKind,
    Timer,
    ToAnchor,
)
from runbook_runner.model.span import Defect, Span
from runbook_runner.registry import format_for
from tests.build import command, phase, runbook, step

EVIL = 'x"]; click s0 "http://evil" \n%% <script> \\N & `a` {b} #quot; \x1b[2J end'
HERE = Span(3, 5, 3, 9)


def graph(title: str = "Look") -> Graph:
    branches = (
        Branch(Predicate("exit_code == 1", HERE), ToAnchor("mitigation"), "if", HERE),
        Branch(Timer(300, "After 5m", HERE), Escalate("dba"), "after", HERE),
        Branch(Question("is it broken?", HERE), ToAnchor("nowhere"), "if", HERE),
    )
    look = Step("look", StepKind.COMMAND, title, "diagnosis", HERE, command=command("kubectl get pods"))
    look = replace(look, branches=branches)
    act = Step("act", StepKind.COMMAND, "Act", "mitigation", HERE, command=command("rm x", Effect.CHANGE))
    phases = (
        Phase("diagnosis", title, 2, PhaseKind.READ, HERE, ("diagnosis",), steps=(look,)),
        Phase("mitigation", "Mitigation", 2, PhaseKind.CHANGE, HERE, ("mitigation",), steps=(act,)),
    )
    defects = (Defect("dead-anchor", "there is no #nowhere", Span(9, 4), "did you mean #here?"),)
    parameters = (Parameter("NAMESPACE", default="payments", source="alert.labels.namespace", declared=True),)
    return build(Runbook("r.md", title, Facts(title=title), phases, parameters, defects))


def test_text_says_what_each_step_is_and_where_it_leads() -> None:
    text = format_for("inspect_text").render(graph())
    for fact in (
        "look  (command, line 3)",
        "read, sh, handling: run",
        "change, sh, handling: run",
        "-> if `exit_code == 1`:",
        "-> after 5 min: escalate to dba",
        "-> ask: is it broken?: NOWHERE (no anchor #nowhere)",
        "r.md:9:4: dead-anchor: there is no #nowhere",
        "hint: did you mean #here?",
        "from alert.labels.namespace, default payments",
    ):
        assert fact in text
    assert max(map(len, text.splitlines())) <= 80


def test_json_names_lines_columns_and_targets() -> None:
    found = json.loads(format_for("inspect_json").render(graph()))
    assert [step["id"] for step in found["steps"]] == ["look", "act"]
    assert found["steps"][0]["command"]["effect"] == "read"
    assert (found["defects"][0]["line"], found["defects"][0]["column"]) == (9, 4)
    guards = [edge["guard"] and edge["guard"]["kind"] for edge in found["edges"] if edge["source"] == "look"]
    assert guards == ["predicate", "timer", "question", None]
    assert {edge["target"]["kind"] for edge in found["edges"]} >= {"escalate", "dead"}


@pytest.mark.parametrize("name", ["inspect_text", "inspect_json", "inspect_mermaid", "inspect_dot"])
def test_a_hostile_title_stays_a_title(name: str) -> None:
    assert "\x1b" not in format_for(name).render(graph(EVIL)).replace("\\u001b", "")


def test_a_hostile_title_adds_no_statement_to_a_drawing() -> None:
    quiet, loud = (format_for("inspect_mermaid").render(graph(title)) for title in ("Look", EVIL))
    assert len(quiet.splitlines()) == len(loud.splitlines())
    assert all(re.search(r'[<>&\\`{}\n]|"', label) is None for label in re.findall(r'\["(.*)"\]', loud))
    quiet, loud = (format_for("inspect_dot").render(graph(title)) for title in ("Look", EVIL))
    outside = [re.sub(r'"(?:[^"\\]|\\.)*"', '""', text) for text in (quiet, loud)]
    assert outside[0] == outside[1]


def test_every_edge_of_a_drawing_joins_two_of_its_nodes() -> None:
    text = format_for("inspect_dot").render(graph())
    nodes = set(re.findall(r"^ +(\w+) \[label", text, re.MULTILINE))
    edges = re.findall(r"^ +(\w+) -> (\w+)", text, re.MULTILINE)
    assert edges
    assert {name for edge in edges for name in edge} <= nodes


@pytest.mark.parametrize("name", ["inspect_text", "inspect_json", "inspect_mermaid", "inspect_dot"])
def test_a_runbook_without_steps_is_no_crash(name: str) -> None:
    empty = build(Runbook("empty.md", "", Facts(), ()))
    assert format_for(name).render(empty).endswith("\n")


def test_counts_agree_and_prose_is_said_to_be_prose() -> None:
    one = format_for("inspect_text").render(build(runbook(phase("a", PhaseKind.READ, step("look")))))
    assert "1 step; commands: none; 0 defects" in one
    none = format_for("inspect_text").render(build(runbook(phase("a", PhaseKind.CONTEXT))))
    assert "0 steps; commands: none; 0 defects\nnothing in it is a step" in none
