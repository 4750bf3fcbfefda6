"""Nothing is lost, invented or run twice when the runner or its wrapper is killed at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.ports import Ending, Finished, Place, Session, Started, StillRunning
from tests.contracts.executors import Recorder
from tests.executors.test_shell import wait_for

TEXT = (
    'X=$N; echo "start $N" >>"$LOG"; echo noise; '
    'sleep 0.0$((N % 4)); echo noise; echo "end $N" >>"$LOG"; exit $((N % 7))'
)

GATE = "until [ -e go ]; do sleep 0.05; done"
"""What keeps a command from its end until the test is there."""


def start(folder: Path, text: str = TEXT, timeout: float | None = None, *, die_at: int = 0) -> subprocess.Popen[bytes]:
    more = [str(timeout or 0), str(die_at)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.executors.crashing", str(folder), text, *more],
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )


def read(folder: Path) -> tuple[dict[int, Started], dict[int, str]]:
    """Return the starts and the ends in the journal."""
    starts, ends = {}, {}
    path = folder / "journal"
    for line in path.read_text().splitlines() if path.exists() else ():
        match line.split():
            case ["started", number, pid, begun, boot]:
                starts[int(number)] = Started(int(pid), begun, boot)
            case ["finished", number, code]:
                ends[int(number)] = code
    return starts, ends


def until(folder: Path, word: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if any(word in (folder / name).read_text() for name in ("journal", "log") if (folder / name).exists()):
            return
        time.sleep(0.01)
    raise AssertionError(f"no {word}")


def settle(session: Session, attempt: int, started: Started | None) -> Finished:
    """Recover until it is over."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = session.recover(attempt, started)
        if isinstance(found, Finished):
            return found
        time.sleep(0.02)
    raise AssertionError("it never ends")


def check(folder: Path, *, wrapper_lived: bool) -> Ending | None:
    """Hold what recover says against what the commands did; return how the last one was recovered."""
    starts, ends = read(folder)
    session = EXECUTOR.open(Place(folder / "private", str(folder)))
    open_attempts = [number for number in starts if number not in ends]
    assert len(open_attempts) <= 1
    ending = None
    for number in open_attempts:
        found = settle(session, number, starts[number])
        ending = found.ending
        log = (folder / "log").read_text().splitlines() if (folder / "log").exists() else []
        match found.ending:
            case Ending.EXIT:
                assert f"end {number}" in log
                assert found.exit_code == number % 7
                assert found.snapshot is not None
                assert found.snapshot.variables.get("X") == f'declare -- X="{number}"'
                if wrapper_lived:
                    assert found.whole
                    assert session.recovered_output(number) == {"stdout": b"noise\nnoise\n"}
            case Ending.NOT_STARTED:
                assert f"start {number}" not in log
            case _:
                assert found.ending is Ending.LOST
                assert not wrapper_lived
    time.sleep(0.05)
    log = (folder / "log").read_text().splitlines() if (folder / "log").exists() else []
    assert len(log) == len(set(log))
    assert all(int(line.split()[1]) in starts for line in log), "a command ran whose start was not durable"
    if wrapper_lived:
        assert sum(line.startswith("start") for line in log) == sum(line.startswith("end") for line in log)
        assert wait_for(str(folder))
    session.close(remove=True)
    return ending


def crash(folder: Path, seed: int, *, wrapper_too: bool) -> Ending | None:
    dice = random.Random(seed)
    runner = start(folder)
    until(folder, "wrapper")
    time.sleep(dice.random() * 0.25)
    if wrapper_too:
        victims = [runner.pid]
        path = folder / "private" / "shell" / "wrapper"
        if path.exists() and (words := path.read_text().split()):
            victims.append(int(words[0]))
        dice.shuffle(victims)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
            time.sleep(dice.choice([0, 0.002, 0.02]))
    else:
        os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    return check(folder, wrapper_lived=not wrapper_too)


@pytest.mark.parametrize("seed", range(14))
def test_a_killed_runner(tmp_path: Path, seed: int) -> None:
    crash(tmp_path, seed, wrapper_too=False)


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_runner_and_wrapper(tmp_path: Path, seed: int) -> None:
    crash(tmp_path, seed, wrapper_too=True)


@pytest.mark.slow
def test_two_hundred_times(tmp_path: Path) -> None:
    def one(seed: int) -> None:
        folder = tmp_path / str(seed)
        folder.mkdir()
        crash(folder, 1000 + seed, wrapper_too=seed % 4 == 0)

    with ThreadPoolExecutor(3) as pool:  # most of it is waiting
        list(pool.map(one, range(200)))


def test_a_half_done_change_finishes(tmp_path: Path) -> None:
    text = (
        f'echo "start $N" >>"$LOG"; {GATE}; for i in {{1..3000}}; do echo line $i of some length; done; echo last >&2; '
        'false | true; echo "end $N" >>"$LOG"; exit 5'
    )
    runner = start(tmp_path, text)
    until(tmp_path, "start 1")
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    starts, _ = read(tmp_path)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    assert session.recover(1, starts[1]) == StillRunning(starts[1])
    (tmp_path / "go").touch()
    found = session.attach(1, starts[1], Recorder())
    assert (found.ending, found.exit_code, found.signal) == (Ending.EXIT, 5, None)
    assert (tmp_path / "log").read_text() == "start 1\nend 1\n"
    output = session.recovered_output(1)
    assert output["stdout"].endswith(b"line 3000 of some length\n")
    assert output["stderr"] == b"last\n"


def test_what_outlives_the_runner_is_seen_as_it_prints(tmp_path: Path) -> None:
    text = 'echo "start $N" >>"$LOG"; echo one; until [ -e seen ]; do sleep 0.05; done; echo two >&2; echo three'
    runner = start(tmp_path, text)
    until(tmp_path, "start 1")
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    starts, _ = read(tmp_path)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))

    class Seeing(Recorder):
        def tick(self) -> bool:
            if self.output.get("stdout") == b"one\n":
                (tmp_path / "seen").touch()  # it goes on only once its first line came
            return super().tick()

    sink = Seeing(patience=20.0)
    sink._since = time.monotonic()
    found = session.attach(1, starts[1], sink)
    assert (found.ending, found.exit_code) == (Ending.EXIT, 0)
    output = session.recovered_output(1)
    assert output == {"stdout": b"one\nthree\n", "stderr": b"two\n"}
    assert all(output[stream].startswith(data) for stream, data in sink.output.items())


def test_hanging_up_does_not_reach_the_command(tmp_path: Path) -> None:
    runner = start(tmp_path, 'echo "start $N" >>"$LOG"; sleep 0.6; echo "end $N" >>"$LOG"')
    until(tmp_path, "start 1")
    os.killpg(runner.pid, signal.SIGHUP)
    runner.wait()
    starts, _ = read(tmp_path)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    assert settle(session, 1, starts[1]).exit_code == 0


def test_what_outlives_the_runner_can_be_stopped(tmp_path: Path) -> None:
    marker = f"34.6{os.getpid()}"
    runner = start(tmp_path, f'echo "start $N" >>"$LOG"; sleep {marker}')
    until(tmp_path, "start 1")
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    starts, _ = read(tmp_path)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = session.attach(1, starts[1], Recorder(patience=-1))
    assert found.ending is Ending.STOPPED
    assert wait_for(f"sleep\0{marker}")
    assert wait_for(str(tmp_path))


def test_what_a_lost_command_left_behind_is_named(tmp_path: Path) -> None:
    runner = start(tmp_path, 'echo "start $N" >>"$LOG"; sleep 34.7')
    until(tmp_path, "start 1")
    starts, _ = read(tmp_path)
    wrapper = int((tmp_path / "private" / "shell" / "wrapper").read_text().split()[0])
    for victim in (runner.pid, wrapper, starts[1].pid):
        os.kill(victim, signal.SIGKILL)
    runner.wait()
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = settle(session, 1, starts[1])
    assert found.ending is Ending.LOST
    assert [left.partition(" ")[2] for left in found.leftovers] == ["sleep 34.7"]
    os.kill(int(found.leftovers[0].split()[0]), signal.SIGKILL)


def test_a_killed_wrapper_is_noticed_and_replaced(tmp_path: Path) -> None:
    from runbook_runner.ports import Request

    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    kill = "kill -9 $PPID; sleep 0.3; echo still here; x=5; exit 4"
    sink = Recorder()
    found = session.execute(Request(1, kill, "bash", {}), sink)
    assert (found.ending, found.exit_code, sink.stdout) == (Ending.EXIT, 4, "still here\n")
    assert found.note
    found = session.execute(Request(2, "kill -9 $PPID; exec sleep 0.2", "bash", {}), Recorder())
    assert (found.ending, found.exit_code) == (Ending.LOST, None)
    sink = Recorder()
    assert session.execute(Request(3, "echo $x", "bash", {}), sink).exit_code == 0
    assert sink.stdout == "5\n"


def bereft(folder: Path, text: str, *, timeout: float | None = None) -> tuple[Started, int]:
    """Start a command whose runner is killed; return its name and its wrapper's pid."""
    runner = start(folder, text, timeout)
    until(folder, "start 1")
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    return read(folder)[0][1], int((folder / "private" / "shell" / "wrapper").read_text().split()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGALRM, signal.SIGKILL])
@pytest.mark.parametrize("waits", ["sleep 34.8", "while :; do :; done"])
def test_a_shell_that_a_signal_ends_is_not_said_to_have_exited(
    tmp_path: Path, number: signal.Signals, waits: str
) -> None:
    """Its last note is the status of the command before, and nobody is left who knows better."""
    started, wrapper = bereft(tmp_path, f'echo "start $N" >>"$LOG"; {waits}')
    os.kill(wrapper, signal.SIGKILL)
    os.kill(started.pid, number)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = settle(session, 1, started)
    assert (found.ending, found.exit_code, found.signal) == (Ending.LOST, None, None)
    for left in found.leftovers:
        os.kill(int(left.split()[0]), signal.SIGKILL)


@pytest.mark.parametrize("end", ["exit 7", "(exit 7)", "set -e; (exit 7); echo no", "trap 'exit 7' TERM; kill $$"])
def test_a_shell_that_ends_by_itself_is_believed_though_its_wrapper_was_killed(tmp_path: Path, end: str) -> None:
    started, wrapper = bereft(tmp_path, f'echo "start $N" >>"$LOG"; {GATE}; HISTSIZE=0 X=new; {end}')
    os.kill(wrapper, signal.SIGKILL)
    (tmp_path / "go").touch()
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = settle(session, 1, started)
    assert (found.ending, found.exit_code) == (Ending.EXIT, 7)
    assert found.snapshot is not None
    assert found.snapshot.variables.get("X") == 'declare -- X="new"'
    assert not found.whole


def test_a_signal_is_not_taken_for_an_exit_by_a_runner_without_a_wrapper(tmp_path: Path) -> None:
    from runbook_runner.ports import Request

    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = session.execute(Request(1, "kill -9 $PPID; sleep 0.1; kill -TERM $$", "bash", {}), Recorder())
    assert (found.ending, found.exit_code) == (Ending.LOST, None)
    session.close(remove=True)


@pytest.mark.parametrize("stubborn", ["", "trap '' TERM; "])
def test_a_timeout_holds_though_the_runner_is_gone(tmp_path: Path, stubborn: str) -> None:
    marker = f"34.9{os.getpid()}"
    text = f'{stubborn}echo "start $N" >>"$LOG"; echo seen; sleep {marker}; sleep {marker}'
    started, _ = bereft(tmp_path, text, timeout=3.0)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    assert session.recover(1, started) == StillRunning(started)
    found = session.attach(1, started, Recorder(patience=None))
    assert found.ending is Ending.TIMEOUT
    assert (found.duration or 0) >= 3.0
    assert session.recovered_output(1) == {"stdout": b"seen\n"}
    assert wait_for(f"sleep\0{marker}"), "it left something behind"
    assert wait_for(str(tmp_path)), "its wrapper is still there"


def test_a_change_without_a_timeout_goes_on_to_its_end_after_one_that_has_one(tmp_path: Path) -> None:
    text = 'echo "start $N" >>"$LOG"; [[ $N == 1 ]] || { sleep 1.5; echo "end $N" >>"$LOG"; }'
    runner = start(tmp_path, text)
    until(tmp_path, "start 2")
    os.kill(runner.pid, signal.SIGKILL)
    runner.wait()
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    assert settle(session, 2, read(tmp_path)[0][2]).ending is Ending.EXIT
    assert (tmp_path / "log").read_text() == "start 1\nstart 2\nend 2\n"


@pytest.mark.parametrize("size", [5, 3_000_000])
def test_what_the_runner_had_read_is_kept_with_what_came_after(tmp_path: Path, size: int) -> None:
    from runbook_runner.ports import Request

    text = f'head -c {size} /dev/zero | tr \'\\0\' x; echo err >&2; sleep 0.3; echo "start $N" >>"$LOG"; {GATE}; echo y'
    started, _ = bereft(tmp_path, text)
    (tmp_path / "go").touch()
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = settle(session, 1, started)
    assert (found.ending, found.exit_code, found.whole) == (Ending.EXIT, 0, True)
    output = session.recovered_output(1)
    assert output["stderr"] == b"err\n"
    session.execute(Request(2, "true", "bash", {}), Recorder())
    assert session.recovered_output(1) == {}, "it is recorded, and lies about no more"
    assert output["stdout"].endswith(b"xxxxxy\n")
    if size == 5:
        assert output["stdout"] == b"xxxxxy\n"
    else:
        assert output["stdout"].count(b"x") == 2 * (1 << 20) - 2
        assert b"%d bytes were not kept" % (size + 2 - 2 * (1 << 20)) in output["stdout"]


def test_the_output_of_a_command_that_was_over_is_kept_until_the_next_one_starts(tmp_path: Path) -> None:
    """The runner dies while it makes the next start durable: with it the end of the one before would be recorded."""
    text = 'echo "seen $N"; echo "start $N" >>"$LOG"; [[ $N == 1 ]] || sleep 34.6'
    runner = start(tmp_path, text, die_at=2)
    runner.wait()
    starts, _ = read(tmp_path)
    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    found = settle(session, 1, starts[1])
    assert (found.ending, found.exit_code, found.whole) == (Ending.EXIT, 0, True)
    assert session.recovered_output(1) == {"stdout": b"seen 1\n"}
    assert (tmp_path / "log").read_text() == "start 1\n"


def test_private_files_are_found_by_a_relative_path_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `--store journal.db` gives it."""
    from runbook_runner.ports import Request

    class Broken(Recorder):
        def write(self, stream: str, data: bytes) -> None:
            raise OSError("disk full")

    monkeypatch.chdir(tmp_path)
    session = EXECUTOR.open(Place(Path("private"), "/"))
    finished = session.execute(Request(1, "cd /usr; x=5", "bash", {}), Recorder())
    assert finished.snapshot is not None
    assert (finished.snapshot.directory, finished.snapshot.note) == ("/usr", "")
    sink = Broken()
    with pytest.raises(OSError, match="disk full"):
        session.execute(Request(2, "echo seen; exit 6", "bash", {}), sink)
    assert settle(session, 2, sink.starts[0]).exit_code == 6
    assert session.recovered_output(2) == {"stdout": b"seen\n"}
    session.close(remove=True)


def test_an_orderly_goodbye_writes_no_output_down(tmp_path: Path) -> None:
    from runbook_runner.ports import Request

    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    session.execute(Request(1, "echo opensesame", "bash", {}), Recorder())
    session.close(remove=False)
    assert wait_for(str(tmp_path))
    assert [file for file in tmp_path.rglob("*") if file.is_file() and b"opensesame" in file.read_bytes()] == []


def test_a_shell_that_does_not_get_to_its_gate_is_waited_for_until_told_otherwise(tmp_path: Path) -> None:
    from runbook_runner.ports import Request

    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    assert session.execute(Request(1, "true", "bash", {}), Recorder()).exit_code == 0
    wrapper = int((tmp_path / "private" / "shell" / "wrapper").read_text().split()[0])
    os.kill(wrapper, signal.SIGSTOP)  # as a directory on a dead server would stop it
    try:
        sink = Recorder(patience=0)
        found = session.execute(Request(2, "touch ran", "bash", {}), sink)
        assert found.ending is Ending.NOT_STARTED
        assert sink.starts == []
        assert sink.ticks >= 1
    finally:
        os.kill(wrapper, signal.SIGCONT)
    sink = Recorder()
    assert session.execute(Request(3, "echo next", "bash", {}), sink).exit_code == 0
    assert sink.stdout == "next\n"
    assert not (tmp_path / "ran").exists()


def test_an_error_of_the_runner_is_none_of_the_commands(tmp_path: Path) -> None:
    from runbook_runner.ports import Request

    class Full(Recorder):
        def write(self, stream: str, data: bytes) -> None:
            raise OSError("disk full")

    session = EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))
    sink = Full()
    with pytest.raises(OSError, match="disk full"):
        session.execute(Request(1, "echo one; sleep 0.3; head -c 5000000 /dev/zero; exit 6", "bash", {}), sink)
    assert settle(session, 1, sink.starts[0]).exit_code == 6
    assert len(session.recovered_output(1)["stdout"]) > 1 << 20
