"""The runbooks that come with the program are as good as what it asks of others."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.command import Effect, Handling
from runbook_runner.model.graph import AskOutcome, Choose, GoTo, Next, Target, build
from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.runbook import Otherwise, Predicate, Question, Runbook, Step, Timer, ToAnchor
from runbook_runner.syntax.sql_text import mistake_in_sql
from tests.shipped import recorded

FOLDER = Path(__file__).parent.parent / "runbooks"
NAMES = sorted(file.name for file in FOLDER.glob("*.md"))
HERE = "127.0.0.1"
NOTHING = "/srv/runbook-test/none"
VALUES = {
    **{"ADDRESS": HERE, "APPLICATION": "none", "CERT_FILE": NOTHING, "CERT_NAME": "none", "CERTIFICATE": "none"},
    **{"DB_HOST": HERE, "DB_PORT": "9", "DB_USER": "none", "FD": "1", "FOLDER": NOTHING, "HOST": "localhost"},
    **{"KEEPER": "chrony.service", "KEY_FILE": NOTHING, "LIMIT": "2G", "NAME": "localhost", "NEW_FILE": NOTHING},
    **{"OTHER": "localhost", "POD": "none", "POOLER_PORT": "9", "PORT": "9", "REFERENCE": "localhost"},
    **{"RESOLVER": HERE, "SERVER_PORT": "9", "SERVICE": "none.service", "UNIT": "none.service"},
    **{"KUBECONFIG": NOTHING, "PID": str(os.getpid())},
}
SLOW = {"folders", "recent", "file-counts"}
"""They read a whole disk."""
MAY_FAIL = {"ask", "cm-status", "compare", "test-new", "wanted"}
"""Whose exit code is the answer; or that read a file or ask a cluster which is not here."""
ELSEWHERE = {"payments-worker-deadlock.md", "database-connections-time-out.md"} | {
    "kubernetes-crash-looping.md", "kubernetes-node-not-ready.md", "kubernetes-rollout-stuck.md",
    "kubernetes-volume-filling.md", "kubernetes-worker-deadlocked.md", "error-budget-burning.md",
}  # fmt: skip
"""They ask a cluster or a server, and there is none here."""
OTHERS = {"kubernetes", "promql", "http"}
"""Languages whose steps are run against the real thing in `tests/shipped`."""
SHORT = 24
"""Columns of a branch's key on a narrow screen with many of them."""


@cache
def runbook(name: str) -> Runbook:
    file = FOLDER / name
    return read(file.read_bytes(), str(file), registry.executor)


def steps(effect: Effect, *languages: str) -> list[tuple[str, str]]:
    return [
        (name, step.id)
        for name in NAMES
        for step in runbook(name).steps
        if step.command and step.command.effect is effect and step.command.handling is Handling.RUN
        if not languages or step.command.language in languages
    ]


def in_shell(one: Step) -> bool:
    return one.command is not None and one.command.language not in OTHERS


def step(name: str, wanted: str) -> Step:
    return next(step for step in runbook(name).steps if step.id == wanted)


@pytest.mark.parametrize("name", NAMES)
def test_it_has_no_defect_and_no_unknown_effect(name: str) -> None:
    found = runbook(name)

    assert [f"{d.span.line}:{d.span.column} {d.message}" for d in found.defects] == []
    assert steps(Effect.UNKNOWN) == []
    assert all(step.command is None or step.command.handling is Handling.RUN for step in found.steps)


@pytest.mark.parametrize("name", NAMES)
def test_its_facts_are_complete(name: str) -> None:
    facts = runbook(name).facts

    assert facts.title
    assert facts.service
    assert facts.owner
    assert facts.triggers
    assert facts.dashboard
    assert facts.logs
    assert len(facts.escalation) > 1
    assert all(rung.after and rung.via for rung in facts.escalation)
    assert facts.reviewed
    assert facts.reviewed.by
    assert facts.reviewed.every
    assert date.fromisoformat(facts.reviewed.date) + timedelta(seconds=facts.reviewed.every) > date(2026, 12, 1)


@pytest.mark.parametrize("name", NAMES)
def test_its_parts_are_complete(name: str) -> None:
    found = runbook(name)

    titles = [phase.title for phase in found.phases]
    wanted = ["Meaning", "Impact", "Prerequisites", "Diagnosis", "Mitigation", "Verify", "Escalation"]
    assert [title for title in titles if title in wanted] == wanted
    assert len(titles) == len(set(titles))
    assert all(parameter.typed and parameter.description for parameter in found.parameters)
    assert set(re.findall(r"escalate to `([^`]+)`", found.source)) <= {rung.to for rung in found.facts.escalation}


@pytest.mark.parametrize("name", NAMES)
def test_every_fence_became_a_step_and_runs_as_it_is_written(name: str) -> None:
    found = runbook(name)
    written = re.findall(r"^ *```[a-z]+ \{id=([a-z-]+)", found.source, re.MULTILINE)
    commands = [(step.id, step.command) for step in found.steps if step.command]

    assert [id for id, _ in commands] == written
    assert [id for id, command in commands if "".join(command.parts) != command.source] == []
    assert [id for id, command in commands if command.attributes.timeout is None] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_branch_was_recognised_and_leads_somewhere(name: str) -> None:
    found = runbook(name)
    anchors = {anchor for phase in found.phases for anchor in phase.anchors}
    branches = [branch for step in found.steps for branch in step.branches]

    written = re.findall(r"^ *- ((?:If|After|Otherwise)\b.*)\.$", found.source, re.MULTILINE)
    assert len(branches) == len(written)
    for branch in branches:
        match branch.destination:
            case ToAnchor(anchor, path=""):
                assert anchor in anchors
            case ToAnchor(anchor, path):
                assert (FOLDER / path).is_file()
                assert not anchor or anchor in {a for phase in runbook(path).phases for a in phase.anchors}
            case _:
                pass


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_reached_and_none_runs_off_the_end(name: str) -> None:
    graph = build(runbook(name))
    reached: set[str] = set()
    ahead = leads_to(graph.start)
    while ahead:
        here = ahead.pop()
        if here not in reached:
            reached.add(here)
            ahead += [step for edge in graph.edges if edge.source == here for step in leads_to(edge.target)]

    assert reached == set(graph.steps)
    for one in runbook(name).steps:
        settled = any(isinstance(branch.guard, Otherwise | Timer) for branch in one.branches)
        assert settled or not isinstance(graph.after(one.id), AskOutcome), one.id


def leads_to(target: Target | Next) -> list[str]:
    match target:
        case GoTo(step):
            return [step]
        case Choose(options=options, none=none):
            return [step for _, step in options] + leads_to(none)
        case _:
            return []


@pytest.mark.parametrize("name", NAMES)
def test_every_decision_has_both_answers_that_can_be_told_apart(name: str) -> None:
    for one in runbook(name).steps:
        guards = [branch.guard for branch in one.branches]
        assert sum(isinstance(guard, Otherwise) for guard in guards) <= 1, one.id
        assert not guards or isinstance(guards[-1], Otherwise | Timer), one.id
        assert len(guards) <= 9, f"{one.id}: there are nine keys"
        asked = [guard.text for guard in guards if isinstance(guard, Question)]
        assert len({text[:SHORT] for text in asked}) == len(asked), one.id
        for branch in one.branches:
            if isinstance(branch.guard, Question):
                assert branch.text.startswith(f"If {branch.guard.text}, "), f"`{branch.text}` is asked in part"


@pytest.mark.parametrize("name", NAMES)
def test_every_look_says_what_is_expected_and_every_wait_for_what(name: str) -> None:
    found = runbook(name)
    for one in found.steps:
        if one.command and found.phase(one.phase).kind is PhaseKind.READ:
            assert one.expected or one.branches, one.id
        if one.command and one.command.attributes.every:
            assert one.expected, one.id
            assert any(isinstance(branch.guard, Timer) for branch in one.branches), f"{one.id} waits for ever"


@pytest.mark.parametrize(("name", "id"), steps(Effect.CHANGE))
def test_each_change_says_how_to_undo_it_and_is_verified(name: str, id: str) -> None:
    found, change = runbook(name), step(name, id)
    slugs = [phase.slug for phase in found.phases]

    assert change.rollback
    assert any(phase.role == "verify" for phase in found.phases[slugs.index(change.phase) :])


@pytest.mark.parametrize("name", NAMES)
def test_its_commands_parse(name: str, tmp_path: Path) -> None:
    for one in runbook(name).steps:
        if one.command and one.command.language == "sql":
            assert mistake_in_sql(one.command.source) is None, one.id
        elif one.command and in_shell(one):
            text = "\n".join(one.command.parts)
            done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, timeout=180, cwd=tmp_path)
            assert (done.returncode, done.stderr) == (0, ""), one.id


@pytest.mark.parametrize(("name", "id"), [pair for pair in steps(Effect.READ, "sh") if pair[1] not in SLOW])
def test_each_read_works_here(name: str, id: str, tmp_path: Path) -> None:
    command = step(name, id).command
    assert command
    defaults = {p.name: p.default for p in runbook(name).parameters if p.default is not None}
    work, tools = tmp_path / "work", tmp_path / "tools"
    work.mkdir()
    tools.mkdir()
    (tools / "sleep").symlink_to("/bin/true")  # what is measured does not matter here

    done = subprocess.run(
        ["bash", "-c", "\n".join(command.parts)],
        env={**os.environ, **defaults, **VALUES, "PATH": f"{tools}:{os.environ['PATH']}"},
        cwd=work,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
    )

    missing = done.returncode == 127 and "not installed here" in done.stderr
    assert done.returncode == 0 or missing or id in MAY_FAIL or name in ELSEWHERE, done.stderr
    assert "syntax error" not in done.stderr
    assert list(work.iterdir()) == [], "a read leaves nothing behind"


@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_an_alert_is_parsed_as_code(name: str) -> None:
    found = runbook(name)
    again = {name for step in found.steps if step.command for name in step.command.analysis.reevaluated}

    assert all(parameter.typed for parameter in found.parameters if parameter.name in again)


@pytest.mark.parametrize("case", recorded.cases(), ids=str)
def test_it_decides_rightly_on_a_recorded_answer(case: recorded.Case, tmp_path: Path) -> None:
    found, one = runbook(case.runbook), step(case.runbook, case.step)

    verdict, chosen = recorded.decide(one, recorded.observe(case, found, one, tmp_path))

    leads = "ask" if chosen is None else recorded.where(found, one.branches[chosen])
    assert f"{verdict}: {leads}" == case.result


@pytest.mark.parametrize("name", NAMES)
def test_a_recorded_answer_takes_each_branch_that_the_machine_decides(name: str) -> None:
    found = runbook(name)
    cases = [case for case in recorded.cases() if case.runbook == name]
    taken = {(case.step, case.result.partition(": ")[2]) for case in cases}

    for one in filter(lambda one: one.command is None or in_shell(one), found.steps):
        machine = [branch for branch in one.branches if isinstance(branch.guard, Predicate)]
        questions = any(isinstance(branch.guard, Question) for branch in one.branches)
        decided = [b for b in one.branches if isinstance(b.guard, Otherwise)] if machine and not questions else []
        for branch in [*machine, *decided]:
            assert (one.id, recorded.where(found, branch)) in taken, f"{one.id}: {branch.text}"
        if one.expected and all(expectation.predicate for expectation in one.expected):
            assert any(case.step == one.id for case in cases), one.id
