"""Shell fences on another machine: their ends, what carries, what a broken line leaves."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.executors import _ssh_far as far
from runbook_runner.executors._ssh import address
from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.model.command import Effect
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Session, Started, StillRunning, Where
from tests import sshd
from tests.build import command
from tests.contracts.executors import ExecutorContract, Recorder
from tests.sshd import living

pytestmark = sshd.needs_sshd


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sshd.Server]:
    with sshd.server(tmp_path_factory.mktemp("sshd")) as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[sshd.Server]:
    """One to be broken."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    with sshd.server(folder) as running:
        yield running


def place(folder: Path, target: Target) -> Place:
    private = folder / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    return Place(private, str(folder), "a-run", Where(dict(os.environ), target))


class TestRemoteContract(ExecutorContract):
    language = "bash"
    succeeds = "echo fine"
    fails = "exit 3"
    waits = "sleep 30"

    def executor(self) -> Executor:
        return EXECUTOR

    def touches(self, path: Path) -> str:
        return f"touch {path}"

    @pytest.fixture
    def place(self, tmp_path: Path, web: sshd.Server) -> Place:
        return place(tmp_path, web.target())

    @pytest.fixture
    def session(self, place: Place) -> Iterator[Session]:
        session = self.executor().open(place)
        session.execute(self.request("true", 0), Recorder())  # from now on there is a connection
        yield session
        session.close(remove=True)


@pytest.fixture
def session(tmp_path: Path, web: sshd.Server) -> Iterator[Session]:
    session = EXECUTOR.open(place(tmp_path, web.target()))
    yield session
    session.close(remove=True)


_attempts = iter(range(1, 1 << 30))


def run(
    session: Session, text: str, sink: Recorder | None = None, env: Mapping[str, str] | None = None, **more: object
) -> tuple[Finished, Recorder]:
    sink = sink or Recorder()
    language = str(more.pop("language", "bash"))
    finished = session.execute(Request(next(_attempts), text, language, env or {}, **more), sink)  # type: ignore[arg-type]
    return finished, sink


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


# --- what comes back ---------------------------------------------------------------------------


def test_it_runs_over_there(session: Session) -> None:
    finished, sink = run(session, 'echo "$SSH_CONNECTION"; echo bad >&2; false | exit 4 | true')
    assert "127.0.0.1" in sink.stdout
    assert sink.stderr == "bad\n"
    assert (finished.exit_code, finished.statuses) == (0, (1, 4, 0))


def test_output_comes_as_it_is_and_as_it_comes(session: Session, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    waits = f"until [ -e {seen} ]; do sleep 0.1; done"
    sink = Recorder(patience=60, first=seen.touch)
    finished, _ = run(session, f"printf 'a\\0b\\377'; {waits}; printf '\\0'; head -c 400000 /dev/zero", sink)
    assert finished.exit_code == 0
    assert sink.output["stdout"] == b"a\0b\xff\0" + bytes(400000)


def test_state_carries(session: Session, tmp_path: Path) -> None:
    run(session, f"cd {tmp_path}; A=1; export B='two words'; list=(x 'y z'); greet() {{ echo \"hi $1\"; }}")
    finished, sink = run(session, 'pwd; greet "$A"; echo "${list[1]}"; bash -c \'echo "$B"\'; unset A')
    assert sink.stdout.splitlines() == [str(tmp_path), "hi 1", "y z", "two words"]
    assert finished.snapshot is not None
    assert finished.snapshot.directory == str(tmp_path)
    assert not [name for name in finished.snapshot.variables if name.startswith(("SSH_", "__rb"))]
    _, sink = run(session, 'echo "${A-gone}"')
    assert sink.stdout == "gone\n"


def test_what_is_as_here_carries_too(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RB_SAME", "value")
    run(session, "export RB_SAME=value")
    assert run(session, "echo $RB_SAME")[1].stdout == "value\n"


def test_state_outlives_the_session(tmp_path: Path, web: sshd.Server) -> None:
    first = EXECUTOR.open(place(tmp_path, web.target()))
    run(first, "A=kept; cd /")
    first.close(remove=False)
    second = EXECUTOR.open(place(tmp_path, web.target()))
    assert run(second, "echo $A $PWD")[1].stdout == "kept /\n"
    second.close(remove=True)


def test_a_shell_that_ends_without_its_state(session: Session) -> None:
    run(session, "A=1")
    finished, _ = run(session, "A=2; exec sh -c 'exit 9'")
    assert finished.exit_code == 9
    assert finished.snapshot is not None
    assert "starts from the state before" in finished.snapshot.note
    assert run(session, "echo $A")[1].stdout == "1\n"


def test_a_directory_that_is_gone(session: Session, tmp_path: Path) -> None:
    (tmp_path / "soon").mkdir()
    run(session, f"cd {tmp_path}/soon")
    (tmp_path / "soon").rmdir()
    finished, sink = run(session, "echo x")
    assert finished.ending is Ending.NOT_STARTED
    assert "soon cannot be entered" in finished.note
    assert sink.output == {}


@pytest.mark.parametrize(
    "value",
    [
        "$(touch {0})",
        "`touch {0}`",
        "'; touch {0}; '",
        '"; touch {0}; "',
        "x\ntouch {0}\n",
        "-o ProxyCommand=x",
        "\x00",
    ],
)
def test_values_are_data(session: Session, tmp_path: Path, value: str) -> None:
    trace = tmp_path / "trace"
    given = value.format(trace)
    finished, sink = run(session, 'printf %s "$V"', env={"V": given})
    if "\0" in given:
        assert finished.ending is Ending.NOT_STARTED
    else:
        assert sink.stdout == given
    assert not trace.exists()


def test_no_value_is_in_a_process_list(session: Session) -> None:
    secret = "hunter2-unseen"
    run(session, "sneaked='hunter2-unseen too'", env={"DB_PASSWORD": secret}, secrets=frozenset({"DB_PASSWORD"}))
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.extend(look(secret)))
    thread.start()
    _, sink = run(session, "sleep 0.7; echo $DB_PASSWORD", env={"DB_PASSWORD": secret})
    thread.join()
    assert sink.stdout == secret + "\n"
    assert found == []


def look(secret: str) -> list[int]:
    found: list[int] = []
    for _ in range(25):
        found += living(secret)
        time.sleep(0.02)
    return found


def test_a_secret_is_not_kept(session: Session, tmp_path: Path) -> None:
    run(session, "X=1", env={"TOKEN_": "s3cret-value"}, secrets=frozenset({"TOKEN_"}))
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert not any(b"s3cret-value" in data for data in files)


def test_nothing_stays_there(session: Session, tmp_path: Path) -> None:
    run(session, f"export TMPDIR={tmp_path}/empty; mkdir -p $TMPDIR")
    run(session, "A=1", env={"B": "2"})
    assert list((tmp_path / "empty").iterdir()) == []


def test_standard_input_is_closed(session: Session) -> None:
    assert run(session, "cat; read -r line || echo nothing")[1].stdout == "nothing\n"


def test_a_long_text_and_much_state(session: Session) -> None:
    run(session, "big=$(head -c 300000 /dev/zero | tr '\\0' x)")
    assert run(session, "echo ${#big}\n" + "# padding\n" * 15000)[1].stdout == "300000\n"


def test_zsh_carries_the_directory_and_exports(session: Session) -> None:
    finished, sink = run(session, "cd /; export Z=3; echo $ZSH_NAME", language="zsh")
    if finished.ending is Ending.NOT_STARTED:
        assert "zsh is not on PATH there" in finished.note
        pytest.skip("no zsh here")
    assert sink.stdout == "zsh\n"
    assert finished.snapshot is not None
    assert sorted(finished.snapshot.variables) == ["OLDPWD", "Z"]
    assert run(session, "echo $Z $PWD", language="zsh")[1].stdout == "3 /\n"


def test_steps_share_one_connection(session: Session) -> None:
    run(session, "true")
    first = run(session, "echo $SSH_CONNECTION")[1].stdout
    assert run(session, "echo $SSH_CONNECTION")[1].stdout == first
    begun = time.monotonic()
    for _ in range(5):
        run(session, "true")
    assert time.monotonic() - begun < 50


# --- ending it ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["timeout", "ctrl-c"])
def test_it_is_ended_over_there(session: Session, how: str) -> None:
    run(session, "true")  # connects
    marker = f"30.{time.time_ns() % 1_000_000:06}1"
    sink = Recorder(patience=None if how == "timeout" else 0.7)
    text = f"sleep {marker} & (trap '' TERM; sleep {marker}; sleep {marker})"
    finished, _ = run(session, text, sink, timeout=0.7 if how == "timeout" else None)
    assert finished.ending is (Ending.TIMEOUT if how == "timeout" else Ending.STOPPED)
    assert living(f"sleep\0{marker}") == []
    assert finished.note == ""


def test_what_it_leaves_is_named_and_does_not_hold_it_up(session: Session) -> None:
    marker = f"31.{time.time_ns() % 1_000_000:06}1"
    begun = time.monotonic()
    finished, _ = run(session, f"sleep {marker} & echo begun")
    assert time.monotonic() - begun < 25, "it was waited for"
    assert finished.exit_code == 0
    assert [each for each in finished.leftovers if f"sleep {marker} (on web-1)" in each]
    for pid in living(f"sleep\0{marker}"):
        os.kill(pid, signal.SIGKILL)


def test_one_in_the_background(session: Session) -> None:
    marker = f"32.{time.time_ns() % 1_000_000:06}1"
    finished, _ = run(session, f"sleep {marker}", background=True)
    assert finished.ending is Ending.BACKGROUND
    assert run(session, "echo beside")[1].stdout == "beside\n"
    assert [each for each in session.background() if f"sleep {marker} (on web-1)" in each]
    session.stop_background()
    assert session.background() == ()
    assert living(f"sleep\0{marker}") == []


# --- a line that breaks ------------------------------------------------------------------------


@pytest.mark.slow
def test_a_broken_line_is_an_unknown_outcome(own: sshd.Server, tmp_path: Path) -> None:
    session = EXECUTOR.open(place(tmp_path, own.target()))
    marker = f"33.{time.time_ns() % 1_000_000:06}1"
    sink = Recorder()

    def cut() -> None:
        until(lambda: begun(sink, tmp_path))
        own.cut()

    threading.Thread(target=cut).start()
    finished, _ = run(session, f"echo begun; sleep {marker}", sink, effect=Effect.CHANGE)
    assert finished.ending is Ending.LOST
    assert finished.exit_code is None
    [stop] = re.findall(r"this stops it: (ssh .* kill -- -\d+|ssh .* 'kill -- -\d+')$", finished.note)
    assert f"-p {own.port}" in stop
    assert "outcome unknown: the connection to web-1 broke" in finished.note
    assert "it still runs there (process" in finished.note
    assert len(living(f"sleep\0{marker}")) == 1
    subprocess.run(shlex.split(stop), check=True, timeout=30)  # as she would paste it
    until(lambda: not living(f"sleep\0{marker}"))
    until(lambda: bool(left_behind(tmp_path)))
    finished, sink = run(session, "echo again")
    assert (finished.exit_code, sink.stdout) == (0, "again\n")
    assert f"`echo begun; sleep {marker}`, whose connection broke: it went on there: exit 143" in finished.note
    assert left_behind(tmp_path) == []
    session.close(remove=True)


def left_behind(folder: Path) -> list[Path]:
    """Return the files in which ends are kept that nobody has asked for yet."""
    marks = [json.loads(path.read_text())[0] for path in folder.rglob("*.far")]
    return [path for mark in marks for path in (Path("/tmp") / f"runbook-{mark}",) if path.exists()]


def begun(sink: Recorder, folder: Path) -> bool:
    """Whether a command has printed something and it is known here which process it is there: that may come later."""
    known = [path for path in folder.rglob("*.far") if json.loads(path.read_text())[1]]
    return "begun" in sink.stdout and bool(known)


def cut_when(own: sshd.Server, sink: Recorder, folder: Path, *, gone: bool = False) -> threading.Thread:
    """Break the line once the command has begun."""

    def cut() -> None:
        until(lambda: begun(sink, folder))
        if gone:
            own.process.send_signal(signal.SIGSTOP)  # no new ones
        own.cut()
        if gone:
            own.stop()

    thread = threading.Thread(target=cut)
    thread.start()
    return thread


@pytest.mark.slow
def test_a_change_goes_on_to_its_end_over_a_broken_line(own: sshd.Server, tmp_path: Path) -> None:
    session = EXECUTOR.open(place(tmp_path, own.target()))
    sink, cut = Recorder(), tmp_path / "cut"
    cutting = cut_when(own, sink, tmp_path)

    def go_on() -> None:
        cutting.join()
        cut.touch()

    threading.Thread(target=go_on).start()
    prints = "for i in {1..3000}; do echo $i >&$((i % 2 + 1)); done"  # nobody reads it: it must not end of that
    text = f"echo begun; until [ -e {cut} ]; do sleep 0.05; done; {prints}; touch {tmp_path}/done; exit 7"
    finished, _ = run(session, text, sink, effect=Effect.CHANGE)
    assert (finished.ending, finished.exit_code, finished.unseen) == (Ending.EXIT, 7, True)
    assert "the connection to web-1 broke, and it went on there: exit 7" in finished.note
    assert (tmp_path / "done").exists()
    assert left_behind(tmp_path) == []
    session.close(remove=True)


@pytest.mark.slow
@pytest.mark.parametrize("gone", [False, True], ids=["asked", "by itself"])
def test_a_read_is_stopped_when_its_line_breaks(own: sshd.Server, tmp_path: Path, gone: bool) -> None:
    session = EXECUTOR.open(place(tmp_path, own.target()))
    marker = f"36.{time.time_ns() % 1_000_000:06}1"
    sink = Recorder()
    cutting = cut_when(own, sink, tmp_path, gone=gone)
    finished, _ = run(session, f"echo begun; sleep {marker}", sink, effect=Effect.READ)
    cutting.join()
    assert finished.ending is Ending.LOST
    # The far end stops it by itself too, and may be sooner than we are.
    stopped = r"it only reads, and was stopped there|its process \d+ is gone there"
    assert re.search("does not answer now" if gone else stopped, finished.note)
    until(lambda: not living(f"sleep\0{marker}"))
    session.close(remove=True)


def test_a_machine_that_is_gone(own: sshd.Server, tmp_path: Path) -> None:
    session = EXECUTOR.open(place(tmp_path, own.target()))
    sink = Recorder()

    def die() -> None:
        until(lambda: begun(sink, tmp_path))
        own.process.send_signal(signal.SIGSTOP)  # no new ones
        own.cut()
        own.stop()

    run(session, "true")
    threading.Thread(target=die).start()
    finished, _ = run(session, "echo begun; sleep 30", sink, effect=Effect.READ)
    assert finished.ending is Ending.LOST
    assert "does not answer now" in finished.note
    finished, sink = run(session, "echo again")
    assert finished.ending is Ending.NOT_STARTED
    assert "Connection refused" in finished.note
    assert sink.starts == []
    session.close(remove=True)


def test_a_program_that_ends_with_255_has_ended(session: Session) -> None:
    finished, _ = run(session, "exit 255")
    assert (finished.ending, finished.exit_code) == (Ending.EXIT, 255)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"port": 1}, "Connection refused"),
        ({"host": "nowhere.invalid"}, "Could not resolve"),
        ({"user": "nobody-here"}, "Permission denied"),
        ({"identity_file": "/dev/null", "config": "/dev/null"}, "host key is not known"),
    ],
)
def test_why_nobody_got_in(web: sshd.Server, tmp_path: Path, wrong: dict[str, object], said: str) -> None:
    session = EXECUTOR.open(place(tmp_path, web.target("web-1", **wrong)))
    finished, sink = run(session, f"touch {tmp_path}/trace")
    assert finished.ending is Ending.NOT_STARTED
    assert said in finished.note
    assert "nothing ran on web-1" in finished.note
    assert sink.starts == []
    assert not (tmp_path / "trace").exists()
    session.close(remove=True)


def test_a_host_key_that_changed(own: sshd.Server, tmp_path: Path) -> None:
    target = own.target()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "other"], check=True)
    other = (tmp_path / "other.pub").read_text().split()
    (own.folder / "known_hosts").write_text(f"[127.0.0.1]:{own.port} {other[0]} {other[1]}\n")
    session = EXECUTOR.open(place(tmp_path, target))
    finished, _ = run(session, "true")
    assert finished.ending is Ending.NOT_STARTED
    assert "its host key is not the one that was known" in finished.note


def test_a_login_that_talks_is_no_output(tmp_path: Path) -> None:
    folder = tmp_path / "sshd"
    folder.mkdir()
    force = folder / "login"
    force.write_text('#!/bin/sh\necho Welcome\necho Careful >&2\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n')
    force.chmod(0o755)
    with sshd.server(folder, ForceCommand=str(force)) as noisy:
        session = EXECUTOR.open(place(tmp_path, noisy.target()))
        _, sink = run(session, "echo mine")
        assert (sink.stdout, sink.stderr) == ("mine\n", "")
        session.close(remove=True)


def test_a_machine_without_bash(tmp_path: Path) -> None:
    folder = tmp_path / "sshd"
    folder.mkdir()
    force = folder / "login"
    force.write_text('#!/bin/sh\nPATH=/nowhere\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n')
    force.chmod(0o755)
    with sshd.server(folder, ForceCommand=str(force)) as bare:
        session = EXECUTOR.open(place(tmp_path, bare.target()))
        finished, _ = run(session, "echo mine")
        assert finished.ending is Ending.NOT_STARTED
        assert "bash" in finished.note
        assert "not found" in finished.note
        session.close(remove=True)


# --- a runner that dies ------------------------------------------------------------------------


class Died(Exception):
    """As if the runner were killed."""


class Mortal(Recorder):
    """A sink whose runner dies once something was printed."""

    def tick(self) -> bool:
        if "begun" in self.stdout:
            raise Died
        return super().tick()


class Seeing(Recorder):
    """A sink that says so, by a file that the command waits for, as soon as something was printed."""

    file: Path = Path()

    def tick(self) -> bool:
        if self.stdout:
            self.file.touch()
        return super().tick()


def orphan(tmp_path: Path, web: sshd.Server, text: str) -> tuple[Session, int, Started]:
    session = EXECUTOR.open(place(tmp_path, web.target()))
    sink = Mortal()
    attempt = next(_attempts)
    with pytest.raises(Died):
        session.execute(Request(attempt, text, "bash", {}), sink)
    return EXECUTOR.open(place(tmp_path, web.target())), attempt, sink.starts[0]


def test_a_command_outlives_its_runner(tmp_path: Path, web: sshd.Server) -> None:
    seen = tmp_path / "seen"
    text = f"echo begun; A=5; cd /; sleep 0.5; echo later; until [ -e {seen} ]; do sleep 0.05; done; exit 4"
    resumed, attempt, started = orphan(tmp_path, web, text)
    assert isinstance(resumed.recover(attempt, started), StillRunning)
    sink = Seeing(file=seen)
    finished = resumed.attach(attempt, started, sink)
    assert sink.stdout == "later\n"
    assert (finished.ending, finished.exit_code) == (Ending.EXIT, 4)
    assert resumed.recovered_output(attempt)["stdout"] == b"later\n"
    assert run(resumed, "echo $A $PWD")[1].stdout == "5 /\n"
    resumed.close(remove=True)


def test_a_resumed_run_can_end_it_there(tmp_path: Path, web: sshd.Server) -> None:
    marker = f"34.{time.time_ns() % 1_000_000:06}1"
    resumed, attempt, started = orphan(tmp_path, web, f"echo begun; sleep {marker}")
    finished = resumed.attach(attempt, started, Recorder(patience=-1))
    assert finished.ending is Ending.STOPPED
    assert living(f"sleep\0{marker}") == []
    resumed.close(remove=True)


def test_a_line_that_broke_meanwhile(tmp_path: Path, own: sshd.Server) -> None:
    marker = f"35.{time.time_ns() % 1_000_000:06}1"
    resumed, attempt, _ = orphan(tmp_path, own, f"echo begun; sleep {marker}")
    own.cut()
    found: list[Finished] = []

    def lost() -> bool:
        end = resumed.recover(attempt, None)
        if isinstance(end, Finished):
            found.append(end)
        return bool(found)

    until(lost)
    assert found[0].ending is Ending.LOST
    assert "it still runs there" in found[0].note
    for pid in living(f"sleep\0{marker}"):
        os.kill(pid, signal.SIGKILL)
    until(lambda: bool(left_behind(tmp_path)))
    for path in left_behind(tmp_path):
        path.unlink()
    resumed.close(remove=True)


@pytest.mark.slow
def test_what_ended_meanwhile_over_a_broken_line_is_found(tmp_path: Path, own: sshd.Server) -> None:
    cut = tmp_path / "cut"
    text = f"echo begun; until [ -e {cut} ]; do sleep 0.05; done; echo more; exit 6"
    resumed, attempt, started = orphan(tmp_path, own, text)
    assert isinstance(resumed.recover(attempt, started), StillRunning)
    own.cut()
    cut.touch()
    until(lambda: bool(left_behind(tmp_path)))
    found = resumed.attach(attempt, started, Recorder())
    assert (found.ending, found.exit_code, found.whole) == (Ending.EXIT, 6, False)
    assert left_behind(tmp_path) == []
    again = EXECUTOR.open(place(tmp_path, own.target())).recover(attempt, None)  # its runner died once more
    assert isinstance(again, Finished)
    assert (again.ending, again.exit_code) == (Ending.EXIT, 6)
    resumed.close(remove=True)


# --- before it runs ----------------------------------------------------------------------------


def test_preflight_asks_there(web: sshd.Server) -> None:
    wanted = replace(command("true"), analysis=replace(command("true").analysis, tools=("ls", "no-such-tool")))
    checks = EXECUTOR.preflight((wanted,), Where(dict(os.environ), web.target()))
    assert [(check.name, check.ok) for check in checks] == [("target web-1", True), ("no-such-tool on web-1", False)]


def test_preflight_says_why_not(web: sshd.Server) -> None:
    [check] = EXECUTOR.preflight((), Where(dict(os.environ), web.target(port=1)))
    assert check.ok is False
    assert "Connection refused" in check.detail


def test_its_reach_is_the_machine(web: sshd.Server) -> None:
    assert EXECUTOR.reach(command("true"), Where({}, web.target(user="deploy"))) == "runs on web-1 (deploy@127.0.0.1)"


@pytest.mark.parametrize(
    ("settings", "flags"),
    [
        ({"url": "ssh://deploy@web:2222"}, ("-l", "deploy", "-p", "2222")),
        ({"url": "ssh://[::1]:22"}, ("-p", "22")),
        ({"host": "web", "jump": "a,b"}, ("-J", "a,b")),
    ],
)
def test_addresses(settings: dict[str, object], flags: tuple[str, ...]) -> None:
    assert address(Target("x", "ssh", settings)).flags == flags


@pytest.mark.parametrize(
    "settings",
    [{}, {"host": "-oProxyCommand=x"}, {"url": "ssh://a:secret@b"}, {"host": "a b"}, {"host": "a", "user": "-x"}],
)
def test_addresses_that_cannot_be_meant(settings: dict[str, object]) -> None:
    with pytest.raises(InputError, match="target `x`"):
        address(Target("x", "ssh", settings))


def test_a_path_that_is_too_long_for_a_socket(
    web: sshd.Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "rt"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime) if len(str(runtime)) < 60 else "/nowhere")
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    session = EXECUTOR.open(place(deep, web.target()))
    first = run(session, "A=1; echo $SSH_CONNECTION")[1].stdout
    again = EXECUTOR.open(place(deep, web.target()))
    assert run(again, "echo $SSH_CONNECTION")[1].stdout == first, "the connection is found again"
    link = deep / "private" / "ssh" / "socket"
    short = link.readlink()
    assert short.stat().st_mode & 0o077 == 0
    again.close(remove=True)
    assert not short.exists()
    session.close(remove=True)


def test_through_a_jump_host(web: sshd.Server, tmp_path: Path) -> None:
    user = str(web.target().settings["user"])
    session = EXECUTOR.open(place(tmp_path, web.target("web-1", jump=f"{user}@localhost:{web.port}")))
    finished, sink = run(session, "echo through")
    assert (finished.ending, sink.stdout) == (Ending.EXIT, "through\n"), finished.note
    session.close(remove=True)


@pytest.mark.parametrize("knows", [True, False], ids=["ps", "a ps that knows nothing"])
def test_a_far_machine_tells_the_truth_about_its_processes(tmp_path: Path, knows: bool) -> None:
    if not knows:
        (tmp_path / "ps").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "ps").chmod(0o755)
    there = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    sleeper = subprocess.Popen(["sh", "-c", "sleep 38 & sleep 38"], start_new_session=True)
    who = [str(sleeper.pid), str(sleeper.pid), ""]

    def ask(script: str) -> str:
        told = far.question(script, "mark", *who)
        done = subprocess.run(["sh", "-c", far.line()], input=told, capture_output=True, env=there, check=False)
        return far.answer("mark", done.stdout) or done.stderr.decode()

    until(lambda: ask("look").startswith("alive"))
    threading.Thread(target=sleeper.wait).start()  # as init would
    assert ask("end") == "gone"
    assert ask("look") == "gone"
    assert sleeper.wait() != 0


def test_a_secret_goes_only_where_it_is_named(session: Session) -> None:
    given = {"DB_PASSWORD": "hunter2-a", "API_TOKEN": "hunter2-b"}
    _, sink = run(session, 'echo "$API_TOKEN"; env | grep -c hunter2', env=given, secrets=frozenset(given))
    assert sink.stdout == "hunter2-b\n1\n"
    run(session, 'ask() { echo "$DB_PASSWORD"; }', env=given, secrets=frozenset(given))
    assert run(session, "ask", env=given, secrets=frozenset(given))[1].stdout == "hunter2-a\n"


def test_what_belongs_to_one_connection_is_not_carried_to_another(web: sshd.Server, tmp_path: Path) -> None:
    first = EXECUTOR.open(place(tmp_path, web.target()))
    before = run(first, "A=1; echo $SSH_CONNECTION")[1].stdout
    first.close(remove=False)
    second = EXECUTOR.open(place(tmp_path, web.target()))
    now = run(second, "echo $SSH_CONNECTION")[1].stdout
    assert now != before
    finished, sink = run(second, "echo $SSH_CONNECTION $A")
    assert sink.stdout == now.strip() + " 1\n"
    assert finished.snapshot is not None
    assert list(finished.snapshot.variables) == ["A"]
    second.close(remove=True)
