"""A real run becomes a scenario, and the scenario goes the way of the run."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import call
from tests.e2e.terminal import Terminal

RUNBOOK = """\
---
parameters:
  PASS: {secret: true, pattern: '.*'}
---
# Record

## Diagnosis

1. Look:

   ```sh {id=look}
   echo "used: 97 of 100"; echo noise >&2
   ```

   - If `stdout.contains("97")`, go to [Fix](#fix).
   - Otherwise, resolved.

## Fix

```sh {id=change effect=change}
echo "with $PASS"; exit 3
```

- If it helped, resolved.
- If it did not, escalate.
"""


def test_a_run_is_recorded_and_walks_the_same_way_again(tmp_path: Path) -> None:
    store = tmp_path / "journal.db"
    (tmp_path / "record.md").write_text(RUNBOOK)
    answers = "r\n\nr\nhunter2hunter2\nr\nyes\nf\n1\n\n"
    done = call(store, "run", "record.md", "--plain", stdin=answers)
    assert done.returncode == 0, done

    shown = call(store, "record", "--name", "it helped")
    assert b"hunter2" not in shown.stdout
    assert b"used: 97 of 100" in shown.stdout
    saved = call(store, "record", "--name", "it helped", "--save")
    assert saved.returncode == 0, saved
    again = call(store, "record", "--name", "once more", "--save")
    assert (again.returncode, again.stderr) == (0, b""), again
    text = (tmp_path / "record.scenarios.yaml").read_text()
    taken = call(store, "record", "--name", "once more", "--save")
    assert (taken.returncode, b"there is a scenario 'once more' already" in taken.stderr) == (2, True)
    assert (tmp_path / "record.scenarios.yaml").read_text() == text

    tested = call(store, "test", "record.md", "-v")
    assert tested.returncode == 0, (tested.stdout.decode(), (tmp_path / "record.scenarios.yaml").read_text())
    assert b"2 passed" in tested.stdout


def test_a_run_that_goes_on_is_not_recorded(tmp_path: Path) -> None:
    store = tmp_path / "journal.db"
    (tmp_path / "record.md").write_text(RUNBOOK)
    call(store, "run", "record.md", "--plain", stdin="r\np\n")
    done = call(store, "record")

    assert done.returncode == 2
    assert b"has not ended" in done.stderr


def test_a_scenario_that_cannot_walk_as_the_run_did_is_said_to_be_none(tmp_path: Path) -> None:
    store = tmp_path / "journal.db"
    (tmp_path / "record.md").write_text(RUNBOOK)
    call(store, "run", "record.md", "--plain", stdin="j\nchange\ns\n2\no\ne\n\n")
    saved = call(store, "record", "--save")
    assert saved.returncode == 0, saved
    assert b"it does not walk as the run did" in saved.stderr


def test_show_is_wrapped_below_its_words_and_no_command_is(tmp_path: Path) -> None:
    store = tmp_path / "journal.db"
    long = "echo " + " ".join(f"word{number}" for number in range(12))
    title = "Look at all the things that might have gone wrong in the course of this long and eventful night"
    (tmp_path / "long.md").write_text(f"# Long\n\n## Diagnosis\n\n1. {title}:\n\n   ```sh\n   {long}\n   ```\n")
    assert call(store, "run", "long.md", "--plain", stdin="r\n\nr\n\n").returncode == 0
    assert list((tmp_path / "journal.db.runs").iterdir()) == [], "a run that is over leaves nothing beside its journal"
    with Terminal(store, "show") as terminal:
        assert terminal.code() == 0
    lines = terminal.text.splitlines()
    assert any(long in line for line in lines), lines
    split = next(number for number, line in enumerate(lines) if "Look at all" in line)
    assert len(lines[split]) <= 80
    assert lines[split + 1].startswith(" " * 20)
    assert " ".join((lines[split][18:] + lines[split + 1]).split()) == title
