"""A run as a report, a table, a screen and JSON."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from runbook_runner.model.state import RunState
from runbook_runner.registry import format_for
from tests.formats.samples import HOSTILE, hostile, incident, told


def test_a_report_tells_what_happened_and_what_is_not_known() -> None:
    text = format_for("report_markdown").render(incident())
    for fact in (
        "# Incident record: Restart the worker",
        "Driven by: alice on jump1",
        "**mitigated**: for now",
        "Changed: `kubectl rollout restart x` at +02:00",
        "exit 0 after 1.2 s",
        "size(rows) \\> 5 does not hold: 3 \\> 5",
        "80 lines left out",
        "Escalated to dba: no answer recorded",
        "graphs are fine",
        "Edited the command of `restart`",
        "it looks better",
        "Whether `kubectl rollout restart x` took effect: its end is not known",
        "| waiting | +01:01 | 30 s |",
    ):
        assert fact in text
    assert "log line 9\n" in text
    assert "log line 99\n" in text
    assert "log line 50\n" not in text


def test_nothing_in_a_report_is_alive_that_a_command_printed() -> None:
    text = format_for("report_markdown").render(hostile())
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    assert not {"html_block"} & {token.type for token in tokens}
    assert not {"html_inline", "image", "link_open"} & {token.type for token in inner}
    headings = [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]
    assert "Pwned" not in headings
    assert "\x1b" not in text


def test_an_unfinished_run_is_said_to_be_open() -> None:
    text = format_for("report_markdown").render(hostile())
    assert "the run has not ended" in text
    assert "the run is still open" in text


@pytest.mark.parametrize("name", ["report_markdown", "report_json", "show_text"])
def test_a_run_without_any_event_is_no_crash(name: str) -> None:
    assert "nothing" in format_for(name).render(RunState("nothing"))
    assert format_for(name).render(told()).endswith("\n")


def test_json_keeps_every_event() -> None:
    found = json.loads(format_for("report_json").render(incident()))
    assert len(found["events"]) == 15
    assert found["outcome"] == "mitigated"
    assert found["visits"][0]["attempts"][0]["end"]["exit_code"] == 0
    assert found["changes"] == 1


def test_show_is_for_the_terminal() -> None:
    text = format_for("show_text").render(incident())
    assert "$ kubectl logs x" in text
    assert "-> If it waits, go to Mitigation (the evidence: stdout contains it)" in text
    assert "\x1b" not in format_for("show_text").render(hostile())
    assert "\n# Pwned" not in format_for("show_text").render(hostile())


def test_runs_are_a_table() -> None:
    text = format_for("runs_text").render([incident().state, hostile().state])
    lines = text.splitlines()
    assert len(lines) == 3
    assert lines[0].index("OUTCOME") == lines[1].index("mitigated") == lines[2].index("running")
    assert "\x1b" not in text
    assert HOSTILE not in text
    assert [run["outcome"] for run in json.loads(format_for("runs_json").render([incident().state]))] == ["mitigated"]
    assert format_for("runs_text").render([]) == "no runs are recorded here\n"


@pytest.mark.parametrize("name", ["report_markdown", "show_text"])
def test_a_verdict_stands_after_the_command_that_it_judges(name: str) -> None:
    text = format_for(name).render(incident())
    text = text[text.find("## Timeline") :] if "## Timeline" in text else text
    assert text.index("kubectl logs x") < text.index("does not hold") < text.index("kubectl rollout restart x")


def test_a_list_of_runs_shows_each_id_whole_so_that_it_can_be_copied() -> None:
    shown = format_for("runs_text").render([RunState(run="20261123-0312-ab12")])
    assert "20261123-0312-ab12" in shown
