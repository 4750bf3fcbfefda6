"""Drills: the real program and its keys, with nothing behind the commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runbook_runner.run.drilled import last_drilled
from runbook_runner.stores.sqlite import SqliteStore
from tests.e2e.program import call
from tests.e2e.terminal import Terminal

RUNBOOK = """\
---
escalation:
  - {after: 10m, to: storage}
---
# Drill

## Diagnosis

```sh {id=look timeout=2s}
echo re''al
```

- If `stdout.contains("full")`, go to [Fix](#fix).
- Otherwise, resolved.

## Fix

```sh {id=change effect=change}
touch changed
```

## Verify

```sh {id=again}
echo re''al
```

- If `stdout.contains("fine")`, resolved.
- Otherwise, escalate.
"""
SCENARIOS = """\
scenarios:
  - name: it is full
    about: a log that nobody rotates
    paged: 12m
    commands: {look: {stdout: full, duration: 1s}, change: '', again: fine}
    expect: {path: [look, change, again], outcome: resolved}
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "drill.md").write_text(RUNBOOK)
    (tmp_path / "drill.scenarios.yaml").write_text(SCENARIOS)
    return tmp_path / "journal.db"


def test_nothing_runs_and_the_debrief_tells_how_it_went(store: Path) -> None:
    with Terminal(store, "drill", "drill.md", "--surprises", "0") as terminal:
        terminal.until("DRILL: no command runs")
        terminal.until("help")
        terminal.keys("r")
        terminal.until("full")
        terminal.until("Which way on?")
        terminal.keys("\r")
        terminal.until("help")
        terminal.keys("r")
        terminal.until("Type yes")
        terminal.word("yes")
        terminal.until("Which way on?")
        terminal.keys("\r")
        terminal.until("What now?")
        terminal.keys("r")
        terminal.until("Which way on?")
        terminal.keys("\r")
        terminal.until("Is it?")
        terminal.keys("\r")
        assert terminal.code() == 0
        assert "It ended resolved" in terminal.text
        assert "No wrong turn" in terminal.text
        assert "storage was due 10 min after the page, and was never called." in terminal.text
        assert "real" not in terminal.text
    assert not (store.parent / "changed").exists()


def test_a_drill_is_recorded_apart_from_incidents(store: Path) -> None:
    done = call(store, "drill", "drill.md", "--plain", "--json", "--surprises", "0", stdin="r\n2\nr\n\n")
    told = json.loads(done.stdout[done.stdout.index(b'{\n  "run"') :])

    assert done.returncode == 0
    assert [turn["at"] for turn in told["turns"]] == ["look"]
    assert told["outcome"] == "resolved"
    assert b"no runs are recorded" in call(store, "runs").stdout
    assert b"Drill" in call(store, "runs", "--drills").stdout
    drills = SqliteStore.open(store.with_name("journal-drills.db"))
    assert list(last_drilled(drills)) == [str((store.parent / "drill.md").resolve())]
    drills.close()


def test_a_surprise_comes_and_is_told(store: Path) -> None:
    for seed in ("1", "2", "3", "4", "5", "6"):
        done = call(store, "drill", "drill.md", "--plain", "--surprises", "1", "--seed", seed, stdin="r\n")
        assert b"took nine seconds" not in done.stdout, "it was never reached"
        if b"surprise: the first time, `look` hung until its timeout" in done.stdout:
            assert b"it ran into its timeout" in done.stdout
            return
    pytest.fail("six seeds, and it never hung")


def test_what_cannot_be_drilled_is_told(store: Path) -> None:
    nobody = call(store, "drill", "drill.md")
    unknown = call(store, "drill", "drill.md", "--scenario", "flood", "--plain")
    listed = call(store, "drill", "drill.md", "--list")

    assert (nobody.returncode, unknown.returncode, listed.returncode) == (3, 2, 0)
    assert b"no scenario is called like 'flood'" in unknown.stderr
    assert listed.stdout == b"drill.scenarios.yaml: it is full\n"


def test_what_tells_no_story_is_drilled_only_by_its_name(store: Path) -> None:
    file = store.parent / "drill.scenarios.yaml"
    file.write_text(
        SCENARIOS
        + SCENARIOS.partition("\n")[2]
        .replace("full", "nearly full")
        .replace("    about: a log that nobody rotates\n", "")
    )

    assert call(store, "drill", "drill.md", "--list").stdout == b"drill.scenarios.yaml: it is full\n"
    named = call(store, "drill", "drill.md", "--list", "--scenario", "nearly")
    assert named.stdout == b"drill.scenarios.yaml: it is nearly full\n"


def test_a_few_letters_of_a_runbook_are_enough(store: Path) -> None:
    (store.parent / "runbook.toml").write_text('runbooks = ["."]\n')
    done = call(store, "drill", "Dri", "--list")
    assert (done.returncode, done.stdout) == (0, b"drill.scenarios.yaml: it is full\n")
    done = call(store, "drill", "nothing")
    assert done.returncode == 2
    assert b"no runbook here matches 'nothing'" in done.stderr
