"""What a walk left behind, as a scenario: it goes the same way again."""

from __future__ import annotations

from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.markdown.scenario_writing import added, updated, written
from runbook_runner.markdown.scenarios import read as read_scenarios
from runbook_runner.model.graph import build
from runbook_runner.model.scenario import Expect
from runbook_runner.rehearsal.coverage import coverage
from runbook_runner.rehearsal.transcript import expectation, transcript
from tests.rehearsal.play import play
from tests.rehearsal.test_rehearse import DISK


@pytest.mark.parametrize(
    "scenario",
    [
        "commands: {measure: '97', clean: '', again: ['90', '85', '40']}",
        "commands: {measure: '97', clean: '', again: '85'}",
        "commands: {measure: '50'}\n    answers: {measure: resolved}",
        "commands: {measure: '50'}\n    answers: {measure: the owner is known}\n    reach: {lead: no answer}",
        "commands: {measure: hangs}\n    answers: {measure: [no, resolved]}",
        "commands: {measure: '97', clean: {exit: 2}, again: '40'}\n    answers: {clean: [no, next]}",
        "paged: 9m\n    commands: {measure: {stdout: '97', duration: 12s}, clean: '', again: '40'}",
        "commands: {measure: '50'}\n    answers: {measure: [{overrule: it lies}, {take: resolved}]}",
        "commands: {measure: '50', clean: '', again: '40'}\n    answers: {measure: [{take: lead}, {called: stay}]}",
        "commands: {measure: '97'}\n    answers: {measure: {take: resolved, anyway: true}}",
    ],
)
def test_it_goes_the_same_way_again(scenario: str) -> None:
    seen = play(DISK, f"  - name: a\n    {scenario}\n")
    assert seen.stuck == ""
    graph = build(read(DISK.encode(), "book.md", registry.executor))
    text = written(transcript("again", [(state, graph) for state in seen.states]))

    replayed = play(DISK, "".join("  " + line for line in text.splitlines(keepends=True)))

    assert replayed.stuck == "", text
    assert (replayed.path, replayed.outcome, replayed.changed) == (seen.path, seen.outcome, seen.changed)
    assert [to for to, _ in replayed.called] == [to for to, _ in seen.called]
    assert [branch[:2] for branch in replayed.branches] == [branch[:2] for branch in seen.branches]


def test_new_expectations_leave_the_rest_of_the_file_alone() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: '', again: '40'}\n")
    text = (
        "# kept\nscenarios:\n  # of the first\n  - name: a\n    expect: {path: [x],\n      outcome: y}\n"
        "    commands: {}  # kept too\n\n  # of the second\n  - name: b\n"
    )
    places = read_scenarios(text).places

    assert updated(text, places, {0: expectation(seen)}).splitlines() == [
        "# kept", "scenarios:", "  # of the first", "  - name: a", "    expect:",
        "      path: [measure, clean, again]", "      branches:",
        "        - {at: measure, to: clean, because: 97 > 90}", "        - {at: again, to: resolved, because: 40 < 80}",
        "      because: {measure: 97 > 90, again: 40 < 80}",
        "      outcome: resolved", "      failed: []", "      changed: [clean]", "      called: []", "      took: 0s",
        "    commands: {}  # kept too", "", "  # of the second",
        "  - name: b",
    ]  # fmt: skip
    assert updated(text, places, {1: Expect(outcome="resolved")}).endswith(
        "  - name: b\n    expect: {outcome: resolved}\n"
    )


def test_texts_that_look_like_something_else_stay_texts() -> None:
    seen = play(DISK, "  - name: a\n    commands: {measure: '97', clean: 'hangs on', again: '40'}\n")
    graph = build(read(DISK.encode(), "book.md", registry.executor))
    whole = transcript("1e3", [(state, graph) for state in seen.states])

    found = read_scenarios(added(added("", whole), transcript("no", [(seen.states[0], graph)])))

    assert found.defects == ()
    assert [scenario.name for scenario in found.scenarios] == ["1e3", "no"]
    assert found.scenarios[0] == whole


def test_another_runbook_that_was_walked_is_walked_again(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text(
        "## Diagnosis\n\n```sh {id=there}\nuptime\n```\n\n- If `exit_code == 0`, resolved.\n"
    )
    book = (
        "## Diagnosis\n\n```sh {id=here}\nuptime\n```\n\n- If it is the other, follow [it](other.md).\n"
        "- Otherwise, resolved.\n"
    )
    text = (
        "  - name: a\n    commands: {here: x, 'other.md#there': up}\n"
        "    answers: {here: other.md, end: {end: mitigated}}\n"
    )
    seen = play(book, text, tmp_path)
    assert (seen.stuck, seen.outcome) == ("", "mitigated")

    graphs = [build(read(path.read_bytes(), str(path), registry.executor)) for path in sorted(tmp_path.glob("*.md"))]
    again = written(transcript("again", list(zip(seen.states, graphs, strict=True))))
    replayed = play(book, "".join("  " + line for line in again.splitlines(keepends=True)), tmp_path)
    assert (replayed.stuck, replayed.path, replayed.branches) == ("", seen.path, seen.branches), again
    assert coverage(graphs[0], [seen]).covered >= {("branch", "here", "0")}
