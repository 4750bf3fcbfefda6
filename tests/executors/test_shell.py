"""Shell fences: their ends, their output, and what they leave."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.model.command import Analysis, Attributes, Command, Effect, Handling
from runbook_runner.model.span import Span
from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Session, Where
from tests.contracts.executors import ExecutorContract, Recorder
from tests.postgres import wait_for as until


class TestShellContract(ExecutorContract):
    language = "bash"
    succeeds = "echo fine"
    fails = "exit 3"
    waits = "sleep 30"

    def executor(self) -> Executor:
        return EXECUTOR

    def touches(self, path: Path) -> str:
        return f"touch {path}"


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return EXECUTOR.open(Place(tmp_path / "private", str(tmp_path)))


_attempts = iter(range(1, 1 << 30))


def run(
    session: Session, text: str, sink: Recorder | None = None, env: Mapping[str, str] | None = None, **more: object
) -> tuple[Finished, Recorder]:
    sink = sink or Recorder()
    finished = session.execute(Request(next(_attempts), text, "bash", env or {}, **more), sink)  # type: ignore[arg-type]
    return finished, sink


def gone(marker: str) -> bool:
    """Whether no process has the marker in its command line."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and marker.encode() in (entry / "cmdline").read_bytes():
                return False
        except OSError:
            continue
    return True


def wait_for(marker: str) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if gone(marker):
            return True
        time.sleep(0.03)
    return False


@pytest.mark.parametrize(
    ("text", "code", "signal", "statuses"),
    [
        ("true", 0, None, (0,)),
        ("exit 3", 3, None, None),
        ("false | true", 0, None, (1, 0)),
        ("(exit 4) | (exit 5) | true | (exit 6)", 6, None, (4, 5, 0, 6)),
        ("true\nfalse | true\n", 0, None, (1, 0)),
        ("set -eo pipefail\nfalse | true\necho never", 1, None, (1, 0)),
        ("set -u\necho $nothing_here", 127, None, None),
        ("kill -9 $$", 137, 9, None),
        ("no-such-command-x", 127, None, None),
        ("sh -c 'kill -TERM $$'", 143, None, None),
        ("exec sh -c 'exit 9'", 9, None, None),
        ("if", 2, None, None),
        ("echo a\n)", 2, None, None),
        ("trap 'exit 12' EXIT", 12, None, None),
        ("# only a comment", 0, None, None),
        ("", 0, None, None),
    ],
)
def test_ends(session: Session, text: str, code: int, signal: int | None, statuses: tuple[int, ...] | None) -> None:
    finished, _ = run(session, text)
    assert (finished.ending, finished.exit_code, finished.signal) == (Ending.EXIT, code, signal)
    if statuses is not None:
        assert finished.statuses == statuses


def test_streams_are_kept_apart(session: Session) -> None:
    _, sink = run(session, "echo out; echo err >&2; printf 'no end'")
    assert (sink.stdout, sink.stderr) == ("out\nno end", "err\n")


def test_output_streams_as_it_comes(session: Session, tmp_path: Path) -> None:
    sink = Recorder(patience=60, first=(tmp_path / "seen").touch)
    finished, _ = run(session, "echo first; until [ -e seen ]; do sleep 0.05; done", sink)
    assert (finished.exit_code, sink.stdout) == (0, "first\n")


def test_errors_name_the_lines_of_the_fence(session: Session) -> None:
    assert "line 3" in run(session, "true\n\nno-such-command-x")[1].stderr
    assert "line 2" in run(session, "true\n)\n")[1].stderr
    assert run(session, "echo $LINENO\necho $LINENO $0 $#")[1].stdout == "1\n2 bash 0\n"


def test_a_half_written_text_does_not_swallow_ours(session: Session) -> None:
    assert run(session, "cat <<EOF\nbody\n")[1].stdout == "body\n"
    assert run(session, "echo a\\")[1].stdout == "a\n" or run(session, "echo a\\")[1].stdout == "a\\\n"
    assert run(session, "echo a |")[0].exit_code == 2


def test_stdin_is_closed(session: Session) -> None:
    assert run(session, "cat; read x; echo $?")[1].stdout == "1\n"


def test_nul_bytes_are_refused(session: Session, tmp_path: Path) -> None:
    for finished, _ in (run(session, f"touch {tmp_path}/x\0"), run(session, f"touch {tmp_path}/x", env={"A": "\0"})):
        assert finished.ending is Ending.NOT_STARTED
        assert finished.note
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("size", [99_000, 131_072, 1_000_000])
def test_long_texts_run(session: Session, size: int) -> None:
    body = "x=" + "é" * (size // 2)
    finished, sink = run(session, f"{body}\necho ${{#x}}; false | true")
    assert sink.stdout == f"{size // 2}\n"
    assert finished.exit_code == 0


def test_hostile_values_are_data(session: Session, tmp_path: Path) -> None:
    for value in ("$(touch bad)", "`touch bad`", "'; touch bad; '", '"\n\\\t\x01$x', "-rf", "é\udcff", ""):
        assert run(session, 'printf %s "$V"', env={"V": value})[1].stdout == value
        assert run(session, 'printf %s "$V"', env={"V": value})[1].stdout == value
    assert not (tmp_path / "bad").exists()


def test_bash_env_of_the_caller_does_not_run(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rc").write_text("echo rc ran\n")
    monkeypatch.setenv("BASH_ENV", str(tmp_path / "rc"))
    assert run(session, "echo x")[1].stdout == "x\n"


@pytest.mark.parametrize(
    "text",
    [
        "sleep 31.7",
        "sleep 31.7 & wait",
        "trap '' TERM; sleep 31.7; sleep 31.7",
        "setsid sleep 31.7 & sleep 31.7",
        "set -m; sleep 31.7 & wait",
        "(trap '' TERM; sleep 31.7) & exec sleep 31.7",
        "kill -STOP $$; sleep 31.7",
    ],
)
def test_a_timeout_leaves_no_orphans(session: Session, text: str) -> None:
    marker = f"31.7{os.getpid()}{next(_attempts):06}"  # no other run of these tests has it, nor the beginning of it
    begun = time.monotonic()
    finished, _ = run(session, text.replace("31.7", marker), timeout=0.3)
    assert finished.ending is Ending.TIMEOUT
    assert finished.leftovers == ()
    assert time.monotonic() - begun < 25, "it was waited for, not ended"
    assert wait_for(marker)


def test_a_grandchild_does_not_hold_the_step(session: Session) -> None:
    begun = time.monotonic()
    finished, sink = run(session, "sleep 32.9 & echo $!")
    assert time.monotonic() - begun < 20, "the grandchild held it"
    assert finished.leftovers == (f"{sink.stdout.strip()} sleep 32.9",)
    os.kill(int(sink.stdout), 9)


def test_a_daemon_that_lets_go_of_its_output_lets_go_of_the_step(session: Session) -> None:
    """It holds the pipe by nothing but its own stdout and stderr."""
    _, sink = run(session, "exec 3>/dev/null; for fd in 1 2; do readlink /proc/$$/fd/$fd; done; ls -l /proc/$$/fd")
    pipes, listing = sink.stdout.splitlines()[:2], sink.stdout.splitlines()[2:]
    held = [line.split()[-3] for line in listing if "w" in line.split()[0] and line.split()[-1] in pipes]
    assert held == ["1", "2"]


def test_a_leftover_may_go_on_printing(session: Session, tmp_path: Path) -> None:
    end = tmp_path / "end"
    run(session, f"(sleep 0.5; head -c 3000000 /dev/zero; echo $? > {end}) & ")
    until(lambda: end.exists() and end.read_text())
    assert end.read_text() == "0\n"


def test_a_folder_that_was_removed_is_there_again(session: Session, tmp_path: Path) -> None:
    assert run(session, "echo one")[1].stdout == "one\n"
    shutil.rmtree(tmp_path / "private")
    finished, sink = run(session, "touch ran")
    assert (finished.ending, sink.stdout) == (Ending.NOT_STARTED, "")
    assert "run it once more" in finished.note
    assert not (tmp_path / "ran").exists()
    assert run(session, "echo two")[1].stdout == "two\n"


def test_background_lives_until_it_is_stopped(session: Session) -> None:
    marker = f"33.8{os.getpid()}"
    finished, _ = run(session, f"echo up; sleep {marker}", background=True)
    assert finished.ending is Ending.BACKGROUND
    assert run(session, "echo next")[1].stdout == "next\n"
    (shown,) = session.background()
    assert shown.endswith(f"bash -c echo up; sleep {marker}")  # what she wrote, and nothing of ours
    session.stop_background()
    assert session.background() == ()
    assert gone(f"sleep\0{marker}")


def test_the_wrapper_goes_with_the_session(session: Session, tmp_path: Path) -> None:
    run(session, "true")
    assert not gone(str(tmp_path))
    session.close(remove=True)
    assert wait_for(str(tmp_path))


def test_much_output_in_flat_memory(session: Session) -> None:
    import resource

    class Counter(Recorder):
        size: int = 0

        def write(self, stream: str, data: bytes) -> None:
            self.size += len(data)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counter = Counter()
    run(session, "head -c 300M /dev/zero; head -c 1M /dev/zero >&2", counter)
    assert counter.size == 301 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 10 << 10


def test_it_runs_from_a_thread(session: Session) -> None:
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(run(session, "echo thread")[1].stdout))
    thread.start()
    thread.join()
    assert seen == ["thread\n"]


def test_a_vanished_directory_is_told(session: Session, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    run(session, "cd sub")
    (tmp_path / "sub").rmdir()
    finished, _ = run(session, "pwd")
    assert finished.ending is Ending.NOT_STARTED
    assert "sub" in finished.note


def test_interactive_without_a_terminal_does_not_start(session: Session) -> None:
    if os.isatty(0) and os.isatty(1):
        pytest.skip("there is a terminal")
    assert run(session, "true", interactive=True)[0].ending is Ending.NOT_STARTED


def test_preflight_and_check() -> None:
    analysis = Analysis(tools=("cat", "no-such-tool-x"))
    command = Command("bash", "", ("",), Handling.RUN, "", Effect.READ, analysis, Attributes(), Span())
    checks = {check.name: check.ok for check in EXECUTOR.preflight([command], Where())}
    assert checks == {"bash": True, "cat": True, "no-such-tool-x": False}
    assert EXECUTOR.check(command) == ()


def test_the_registry_finds_it() -> None:
    assert {registry.executor(name) for name in EXECUTOR.languages} == {EXECUTOR}
    assert registry.names("executors").count("shell") == 1
