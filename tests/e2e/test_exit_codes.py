"""How the program ends, and what it writes where."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.program import ANSWERS, Program, call, environment, events, of
from tests.e2e.program import RUNBOOK as PROGRAM
from tests.e2e.terminal import Terminal

RUNBOOK = """\
# Exit

## Diagnosis

1. Look:

   ```sh {id=look}
   printf 'looked\\n'
   ```

## Fix

```sh {id=change effect=change}
touch touched
```
"""
LOOKED = "r\n\n1\n"
"""Answers up to the change: look, go on, this applies."""
STOPPED = {r"r: run \(suggested\)[\s\S]*What now\? ": "r", r"Which way on\? ": "", r"Does this apply\? ": "1"}
"""Answers up to the change; that question is left open."""


def at_the_change(told: list[bytes]) -> bool:
    return any(b'"visited"' in line and b'"change"' in line for line in told)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "exit.md").write_text(RUNBOOK)
    return tmp_path / "journal.db"


@pytest.mark.parametrize(
    ("key", "code", "outcome"),
    [
        ("r", 0, "resolved"),
        ("m", 0, "mitigated"),
        ("f", 0, "false_alarm"),
        ("e", 1, "escalated"),
        ("a", 1, "abandoned"),
    ],
)
def test_the_outcome_is_the_exit_code(store: Path, key: str, code: int, outcome: str) -> None:
    done = call(store, "run", "exit.md", "--plain", stdin=f"{LOOKED}s\n{key}\n\n")
    assert done.returncode == code, done.stdout
    assert of(events(store), "run_ended")[0]["outcome"] == outcome


def test_auto_stops_at_a_change_and_waits_for_a_person(store: Path) -> None:
    done = call(store, "run", "exit.md", "--auto")
    assert done.returncode == 3
    assert not (store.parent / "touched").exists()
    recorded = events(store)
    assert [start["step"] for start in of(recorded, "attempt_started")] == ["look"]
    assert of(recorded, "detached")[-1]["reason"] == "waiting"
    assert not of(recorded, "run_ended"), "nobody said that it is resolved"
    assert b"runbook resume" in done.stderr + done.stdout


def test_without_a_terminal_nothing_is_asked(store: Path) -> None:
    done = call(store, "run", "exit.md", stdin="r\nyes\n")
    assert done.returncode == 3
    assert not of(events(store), "attempt_started")


def test_bad_files_are_bad_input(store: Path) -> None:
    folder = store.parent
    (folder / "empty.md").write_text("# Nothing to do\n")
    (folder / "garbage.md").write_bytes(bytes(range(256)) * 40)
    (folder / "folder.md").mkdir()
    for name in ("nowhere.md", "empty.md", "garbage.md", "folder.md"):
        done = call(store, "run", name, "--plain")
        assert done.returncode == 2, (name, done)
        assert done.stderr.strip(), name
        assert b"Traceback" not in done.stderr, name
    for arguments in (["run", "exit.md", "--param", "x"], ["run", "--wrong"], ["resume"], ["show", "zz"], ["nonsense"]):
        done = call(store, *arguments)
        assert done.returncode == 2, (arguments, done)
        assert done.stderr.strip()


def test_a_run_that_somebody_holds_is_not_resumed_until_it_is_taken(store: Path) -> None:
    first = Program(store, "run", "exit.md", answers=STOPPED)
    first.until(at_the_change, 0.2)
    assert call(store, "resume").returncode == 4
    taken = call(store, "resume", "--take", "--plain", stdin="s\nr\n\n")
    assert taken.returncode == 0, taken
    first.answer("s")  # it does not know yet; at its next decision it does
    assert first.finish() == 4, first.said
    assert not (store.parent / "touched").exists()


def test_a_run_whose_runner_was_killed_is_not_said_to_be_running(store: Path) -> None:
    program = Program(store, "run", "exit.md", answers=STOPPED)
    program.until(at_the_change, 0.2)
    assert b" running " in call(store, "runs").stdout
    program.process.kill()
    program.finish()
    for arguments in (["runs"], ["show"], ["report"]):
        assert b"cut off" in call(store, *arguments).stdout, arguments
        assert b"running" not in call(store, *arguments).stdout, arguments


@pytest.mark.parametrize("kind", ["folder", "garbage", "no folder", "read-only bytes"])
def test_a_journal_that_is_none_is_said_to_be_none(store: Path, kind: str) -> None:
    match kind:
        case "folder":
            store.mkdir()
        case "garbage":
            store.write_bytes(b"this is no database\n" * 400)
        case "read-only bytes":
            store.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
        case _:
            store = store.parent / "missing" / "journal.db"
    before = store.read_bytes() if store.is_file() else b""
    for arguments in (["run", "exit.md", "--plain"], ["runs"], ["resume"]):
        done = call(store, *arguments, cwd=store.parent if store.parent.exists() else store.parent.parent)
        assert done.returncode == 5, (arguments, done)
        assert str(store.parent if kind == "no folder" else store).encode() in done.stderr
        assert b"Traceback" not in done.stderr
    assert (store.read_bytes() if store.is_file() else b"") == before, "somebody's file was written to"


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=str
)
def test_a_signal_at_a_prompt_ends_it_and_the_record_says_so(store: Path, number: signal.Signals, code: int) -> None:
    program = Program(store, "run", "exit.md", answers=STOPPED)
    program.until(at_the_change, 0.2)
    os.kill(program.process.pid, number)
    assert program.finish() == code, program.said
    assert of(events(store), "detached"), program.said
    assert Program(store, "resume", answers=ANSWERS).finish() == 0


def test_ctrl_c_at_a_prompt(store: Path) -> None:
    with Terminal(store, "run", "exit.md") as terminal:
        terminal.until("help")
        terminal.keys("\x03")
        assert terminal.code() == 130
    assert of(events(store), "detached")[-1]["reason"] == "interrupted"


def test_a_terminal_that_goes_away_leaves_a_run_that_can_be_resumed(store: Path) -> None:
    with Terminal(store, "run", "exit.md") as terminal:
        terminal.until("help")
        terminal.hang_up()
    assert of(events(store), "detached")[-1]["reason"] == "hangup"
    assert Program(store, "resume").finish() == 0


def test_a_pipe_gets_no_escape_sequences(store: Path) -> None:
    done = call(store, "run", "exit.md", "--plain", stdin=f"{LOOKED}r\nyes\n\nr\n\n")
    assert done.returncode == 0
    texts = [done.stdout, done.stderr]
    for arguments in (["show"], ["runs"], ["report"], ["inspect", "exit.md"], ["run", "exit.md", "--auto"], ["--help"]):
        done = call(store, *arguments)
        texts += [done.stdout, done.stderr]
        assert done.stdout
    assert not any(b"\x1b" in text for text in texts)


def test_a_dumb_terminal_gets_no_escape_sequences(store: Path) -> None:
    with Terminal(store, "run", "exit.md", TERM="dumb") as terminal:
        terminal.until("help")
        terminal.keys("r\r")
        terminal.until("Which way on?")
        terminal.keys("p\r")
        assert terminal.code() in (0, 3)
    assert b"looked" in terminal.raw
    assert b"\x1b" not in terminal.raw


@pytest.mark.parametrize("wanted", [False, True])
def test_no_color_is_heeded(store: Path, wanted: bool) -> None:
    more = {} if wanted else {"NO_COLOR": "1"}
    with Terminal(store, "run", "exit.md", **more) as terminal:
        terminal.until("help")
        terminal.keys("r")
        terminal.until("Which way on?")
    coloured = [part for part in terminal.raw.split(b"\x1b[")[1:] if part.lstrip(b"0123456789;")[:1] == b"m"]
    assert bool(coloured) is wanted, coloured


def test_json_is_all_that_json_prints(store: Path) -> None:
    program = Program(store, "run", "exit.md")
    assert program.finish() == 0, program.said
    told = [json.loads(line) for line in program.lines]
    assert [line["digest"] for line in told] == [event.digest for event in events(store)]
    for arguments in (
        ["runs", "--json"],
        ["show", "--json"],
        ["report", "--json"],
        ["inspect", "exit.md", "--format", "json"],
    ):
        assert json.loads(call(store, *arguments).stdout)
    auto = call(store, "run", "exit.md", "--auto", "--json")
    assert auto.returncode == 3
    assert [json.loads(line)["type"] for line in auto.stdout.splitlines()][-1] == "detached"


@pytest.mark.parametrize("arguments", [("--version",), ("runs",), ("lint", "exit.md")])
def test_output_that_cannot_be_written_is_no_bug(store: Path, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=store.parent,
            env=environment(store),
            check=False,
        )
    assert (done.returncode, done.stderr) == (2, b"runbook: the output cannot be written: no space left on device\n")


def test_what_was_closed_for_us_is_no_bug_and_takes_no_file(store: Path) -> None:
    closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *PROGRAM, "run", "exit.md", "--auto"]
    done = subprocess.run(closed, cwd=store.parent, env=environment(store), check=False)
    assert done.returncode == 3
    assert [of(events(store), "output")[0][key] for key in ("stream", "head")] == ["stdout", "looked\n"]


def test_a_file_that_cannot_be_written_is_bad_input(store: Path) -> None:
    call(store, "run", "exit.md", "--auto")
    done = call(store, "report", "-o", "no-such/folder")
    assert (done.returncode, b"no-such/folder" in done.stderr) == (2, True)
