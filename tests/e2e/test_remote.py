"""The real program and a machine that is production: the name is typed, steps carry on there, a cut is told."""

from __future__ import annotations

import getpass
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sshd
from tests.e2e.program import ANSWERS, YES, Program, events, of
from tests.e2e.terminal import Terminal
from tests.sshd import living

pytestmark = sshd.needs_sshd
RUNBOOK = """\
# Restart the far worker

## Diagnosis

1. Look there:

   ```sh {id=look target=web-1}
   name=far; cd /; echo "at $PWD"
   ```

2. Talk to it:

   ```sh {id=talk target=web-1 interactive}
   read -p 'who? ' who; echo "it is $who, $name, in $PWD"
   ```

## Mitigation

```sh {id=fix target=web-1}
echo "$name $who" > FOLDER/effect.txt
```
"""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[sshd.Server]:
    folder = tmp_path / "sshd"
    folder.mkdir()
    with sshd.server(folder) as running:
        yield running


@pytest.fixture
def store(tmp_path: Path, web: sshd.Server) -> Path:
    """A folder with a runbook and a configuration that knows a production machine."""
    settings = "".join(f'{key} = "{value}"\n' for key, value in web.target().settings.items())
    (tmp_path / "runbook.toml").write_text(f'[targets.web-1]\nkind = "ssh"\nproduction = true\n{settings}')
    (tmp_path / "far.md").write_text(RUNBOOK.replace("FOLDER", str(tmp_path)))
    return tmp_path / "journal.db"


def test_a_walk_on_a_production_machine(store: Path) -> None:
    effect = store.parent / "effect.txt"
    with Terminal(store, "run", "far.md") as screen:
        screen.until("help")
        screen.keys("r")
        screen.until("Which way on?")
        screen.keys("\r")
        screen.until("help")
        screen.keys("r")
        screen.until("who? ")
        screen.keys("bob\r")
        screen.until("it is bob, far, in /")
        screen.until("Is it as expected?")
        screen.keys("y")
        screen.until("Which way on?")
        screen.keys("\r")
        screen.until("Does this apply?")
        screen.keys("1")
        screen.until(f"runs on web-1 ({getpass.getuser()}@127.0.0.1)")
        screen.until("help")
        screen.keys("r")
        screen.until("Type web-1 to run")
        screen.word("yes")
        screen.until("Nothing done")
        assert not effect.exists()
        screen.until("help")
        screen.keys("r")
        screen.until("Type web-1 to run")
        screen.word("web-1")
        screen.until("Which way on?")
        assert effect.read_text() == "far bob\n"
    recorded = events(store)
    assert [end["exit_code"] for end in of(recorded, "attempt_ended")] == [0, 0, 0]
    [checked] = of(recorded, "preflight")
    # Whether the two seconds of a preflight suffice, a busy machine decides.
    assert {each["name"]: each["ok"] for each in checked["findings"]}["target web-1"] in (True, None)


def test_in_plain_lines_too_yes_is_not_enough(store: Path) -> None:
    effect = store.parent / "effect.txt"
    (store.parent / "far.md").write_text(f"# Fix\n\n## Fix\n\n```sh {{target=web-1}}\ntouch {effect}\n```\n")
    said = r"Type web-1 to run [^\n]*: "
    for word, happened in (("yes", False), ("web-1", True)):
        answers = {YES: "yes", said: word, r"Nothing done[^$]*What now\? ": "q", **ANSWERS}
        program = Program(store, "run", "far.md", answers=answers)
        if happened:
            program.finish()
        else:
            program.until(lambda _: "Nothing done" in program.said)  # noqa: B023
            program.process.kill()
            program.close()
        assert effect.exists() is happened, program.said
        store.unlink(missing_ok=True)


def test_a_machine_that_does_not_let_in(store: Path) -> None:
    text = (store.parent / "runbook.toml").read_text().replace(f'user = "{getpass.getuser()}"', 'user = "nobody-here"')
    (store.parent / "runbook.toml").write_text(text)
    with Terminal(store, "run", "far.md") as screen:
        screen.until("help")
        screen.keys("r")
        screen.until("nothing ran on web-1")
        screen.until("help")
        assert "Permission denied" in screen.text
    assert [end["reason"] for end in of(events(store), "attempt_ended")] == ["not started"]


def test_a_killed_runner_kills_nothing_over_there(store: Path) -> None:
    effect = store.parent / "effect.txt"
    go = store.parent / "go"
    slow = f"echo begun >> {effect}; until [ -e {go} ]; do sleep 0.1; done; echo done >> {effect}; exit 4"
    (store.parent / "far.md").write_text(f"# Fix\n\n## Fix\n\n```sh {{id=fix target=web-1}}\n{slow}\n```\n")
    answers = {r"Type web-1 to run [^\n]*: ": "web-1", **ANSWERS}
    program = Program(store, "run", "far.md", answers=answers)
    program.until(lambda _: effect.exists())
    program.process.kill()
    program.close()
    resumed = Program(store, "resume", answers={**answers, r"Is it as expected\?[^\n]* ": "f"})
    resumed.until(lambda _: "is still running" in resumed.said)
    go.touch()
    resumed.until(lambda lines: any(b'"attempt_ended"' in line for line in lines))
    resumed.process.kill()
    resumed.close()
    assert "is still running" in resumed.said
    [end] = of(events(store), "attempt_ended")
    assert (end["reason"], end["exit_code"]) == ("exit", 4)
    assert effect.read_text().split() == ["begun", "done"]


def test_ctrl_c_ends_it_over_there(store: Path) -> None:
    marker = f"36.{time.time_ns() % 1_000_000:06}1"
    (store.parent / "far.md").write_text(f"# Look\n\n## Checks\n\n```sh {{target=web-1}}\nsleep {marker}\n```\n")
    with Terminal(store, "run", "far.md") as screen:
        screen.until("help")
        screen.keys("r")
        end = time.monotonic() + 60
        while not living(f"sleep\0{marker}"):
            assert time.monotonic() < end
            screen.read(0.1)
        screen.keys("\x03")
        screen.until("you stopped it")
    assert living(f"sleep\0{marker}") == []
    assert [each["reason"] for each in of(events(store), "attempt_ended")] == ["stopped"]


def test_a_line_that_breaks_is_told_and_the_run_goes_on(store: Path, web: sshd.Server) -> None:
    marker = f"37.{time.time_ns() % 1_000_000:06}1"
    (store.parent / "far.md").write_text(f"# Look\n\n## Checks\n\n```sh {{target=web-1}}\nsleep {marker}\n```\n")
    with Terminal(store, "run", "far.md") as screen:
        screen.until("help")
        screen.keys("r")
        end = time.monotonic() + 60
        while not living(f"sleep\0{marker}"):
            assert time.monotonic() < end
            screen.read(0.1)
        web.cut()
        screen.until("outcome unknown: the connection to web-1 broke; ")
        screen.until("help")
        # The far end stops what only reads by itself, and may be sooner.
        assert re.search(r"broke; (it only reads, and was stopped|its process \d+ is gone there)", screen.text)
    assert living(f"sleep\0{marker}") == []
    assert [each["reason"] for each in of(events(store), "attempt_ended")] == ["lost"]
