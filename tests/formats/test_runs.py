"""A run as a report, a table, a screen and JSON."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt
from msgspec.structs import replace

from runbook_runner.formats import Record
from runbook_runner.formats.runs_text import RunsText
from runbook_runner.model import events as e
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import StepKind
from runbook_runner.model.state import RunState
from runbook_runner.registry import format_for
from tests.build import otherwise, phase, runbook, step
from tests.formats.samples import HOSTILE, PAGE, hostile, incident, started, told


def test_a_report_tells_what_happened_and_what_is_not_known() -> None:
    text = format_for("report_markdown").render(incident())
    for fact in (
        "# Incident record: Restart the worker",
        "Driven by: alice on jump1",
        "**mitigated**: for now",
        "Changed: `kubectl rollout restart x` at +02:00",
        "exit 0 after 1.2 s",
        "`size(rows) > 5` does not hold: `3 > 5`",
        "80 lines left out",
        "Escalated to dba: no answer recorded",
        "graphs are fine",
        "+02:00 Edited the command at restart",
        "Overruled the verdict: none became passed at restart",
        "Reason: graphs are fine",
        "dba (slack:\\#dba) | not on the ladder | +02:40 | no threshold | not recorded |",
        "it looks better",
        "Whether `kubectl rollout restart x` took effect: its end is not known",
        "| waiting | +01:01 | 30 s | 1.2 s |",
    ):
        assert fact in text
    assert "log line 9\n" in text
    assert "log line 99\n" in text
    assert "log line 50\n" not in text


def test_the_summary_tells_what_failed_and_what_was_decided_without_evidence() -> None:
    check = {"source": "stdout == 'x'", "holds": False, "evidence": "'y' == 'x'", "error": ""}
    text = format_for("report_markdown").render(
        told(
            (60, started()),
            (61, e.Visited("waiting", 1, "start")),
            (63, e.Judged(1, 1, "failed", (check,), ())),
            (64, e.StepEnded(1, "failed", "machine")),
            (90, e.BranchTaken(1, 0, "step:restart", "After 5m, go to Mitigation", "timer")),
            (91, e.Visited("restart", 2, "branch")),
            (92, e.StepEnded(2, "failed", "answer", "it ran into its timeout")),
        )
    )
    assert "- Failed: “waiting”: expected `stdout == 'x'` does not hold: `'y' == 'x'`" in text
    assert "- Decided at “waiting”: After 5m, go to Mitigation (its time was up)" in text
    assert "- Failed: “restart”: it ran into its timeout" in text


def test_a_narrow_list_of_runs_still_names_the_runbook() -> None:
    states = [incident().state, replace(incident().state, ended=None, detached="handed to robert")]
    for width, kept in (
        (0, ["RUN", "STARTED (UTC)", "TOOK", "OUTCOME", "WHO", "RUNBOOK"]),
        (80, ["RUN", "OUTCOME", "WHO", "RUNBOOK"]),
        (140, ["RUN", "STARTED (UTC)", "TOOK", "OUTCOME", "WHO", "RUNBOOK"]),
    ):
        head, *rows = RunsText(width).render(states).splitlines()
        assert re.split(r"  +", head) == kept
        assert all("Restart the worker" in row[:width] for row in rows if width)


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


@pytest.mark.parametrize("name", ["report_markdown", "report_html", "report_json", "show_text"])
def test_a_run_without_any_event_is_no_crash(name: str) -> None:
    assert "nothing" in format_for(name).render(RunState("nothing"))
    assert format_for(name).render(told()).endswith("\n")


def test_json_keeps_every_event() -> None:
    found = json.loads(format_for("report_json").render(incident()))
    assert len(found["events"]) == 15
    assert found["outcome"] == "mitigated"
    assert found["visits"][0]["attempts"][0]["end"]["exit_code"] == 0
    assert found["changes"] == 1
    review = found["review"]
    assert [(each["step"], each["reason"]) for each in review["overrides"]] == [
        ("restart", ""),
        ("restart", "graphs are fine"),
    ]
    assert review["called"] == [
        {"to": "dba", "via": "slack:#dba", "due": None, "wall": PAGE + 160, "late": None, "result": ""}
    ]
    assert review["unknown"][0] == "Whether kubectl rollout restart x took effect: its end is not known."


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


@pytest.mark.parametrize("name", ["report_markdown", "report_html", "show_text"])
def test_a_verdict_stands_after_the_command_that_it_judges(name: str) -> None:
    text = format_for(name).render(incident())
    text = text[max(text.find("## Timeline"), text.find('id="timeline"'), 0) :]
    assert text.index("kubectl logs x") < text.index("does not hold") < text.index("kubectl rollout restart x")


def test_a_list_of_runs_shows_each_id_whole_so_that_it_can_be_copied() -> None:
    shown = format_for("runs_text").render([RunState(run="20261123-0312-ab12")])
    assert "20261123-0312-ab12" in shown


def changing() -> Record:
    """A run that changed something twice with different values, in a runbook that it led to."""
    inner = told(
        (10, e.RunStarted("c.md", "Child", "0" * 64, "", "alice", "jump1", PAGE, parent_run="r1")),
        (11, e.ParameterSet("PID", "7", "flag")),
        (12, e.Visited("kill", 1, "start")),
        (13, e.ParameterSet("PID", "42", "typed")),
        (14, e.AttemptStarted(1, 1, "kill", 0, 'kill "$PID"', "", "change", 7, "1")),
        (15, e.AttemptEnded(1, "exit", 0, None, 0.0)),
        (16, e.ParameterSet("PID", "43", "typed")),
        (17, e.AttemptStarted(1, 2, "kill", 0, "kill ${PID}", "", "change", 8, "1")),
        (18, e.AttemptEnded(2, "exit", 1, None, 0.0)),
        (19, e.StepEnded(1, "failed", "answer", "exit 1")),
        (20, e.RunEnded("resolved", "answer")),
        run="r2",
    )
    outer = told(
        (0, started("Parent")),
        (1, e.ParameterSet("PID", "7", "typed")),
        (2, e.Visited("look", 1, "start")),
        (3, e.StepEnded(1, "passed", "machine")),
        (9, e.ChildEntered(1, "r2", "c.md")),
        (21, e.ChildReturned("r2", "resolved")),
        (30, e.RunEnded("mitigated", "answer")),
    )
    book = replace(runbook(phase("fix", PhaseKind.CHANGE, step("kill"))), title="Child")
    inner = replace(inner, runbook=book)
    decisive = runbook(phase("d", PhaseKind.READ, step("look", otherwise("end"), kind=StepKind.DECISION)))
    return replace(outer, runbook=decisive, children=(inner,))


def test_what_a_child_changed_was_changed_and_stands_in_its_place_in_the_timeline() -> None:
    text = format_for("report_markdown").render(changing())
    assert "Nothing was changed" not in text
    assert '- Changed: `kill "$PID"` with `PID=42` at +00:14 (exit 0).' in text
    assert "- Changed: `kill ${PID}` with `PID=43` at +00:17 (exit 1)." in text
    assert "- Led to: `c.md` (run `r2`): resolved" in text
    times = [text.index(each) for each in ("went on in c.md", "Child \\> Kill", "PID = 42", "back from run r2")]
    assert times == sorted(times)
    assert "(flag)" not in text
    assert text.count("alice started the run") == 1
    undo = text[text.index("## How to undo") :]
    assert undo.index("PID=43") < undo.index("PID=42")


def test_show_tells_the_child_and_the_values_of_each_command() -> None:
    text = format_for("show_text").render(changing())
    assert "Child > Kill" in text
    assert text.index("with PID=42") < text.index("with PID=43")


def test_a_decision_is_not_said_to_have_passed() -> None:
    for name in ("report_markdown", "show_text"):
        assert "passed" not in format_for(name).render(changing()).lower()


def test_json_holds_the_child() -> None:
    found = json.loads(format_for("report_json").render(changing()))
    assert [child["run"] for child in found["walked"]] == ["r2"]


def test_a_predicate_is_code_wherever_it_stands() -> None:
    branch = {"index": 0, "holds": True, "evidence": "3 < 5", "error": "", "source": "a_b < 5"}
    of = told(
        (0, started()),
        (1, e.Visited("look", 1, "start")),
        (2, e.AttemptStarted(1, 1, "look", 0, "df", "", "read", 7, "1")),
        (3, e.AttemptEnded(1, "exit", 0, None, 0.0)),
        (3, e.Judged(1, 1, "passed", (), (branch,))),
        (3, e.StepEnded(1, "passed", "machine")),
        (4, e.BranchTaken(1, 0, "outcome", "If a_b < 5, go to the_end", "predicate", "3 < 5")),
    )
    text = format_for("report_markdown").render(of)
    assert "- went on: If `a_b < 5`, go to the\\_end (the evidence: `3 < 5`)" in text
