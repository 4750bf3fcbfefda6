"""Over ssh: a walk, a connection that is cut in the middle of a change, and a link that holds keys back."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pexpect
import pytest

from runbook_runner.model.chain import verify
from tests import sshd
from tests.e2e.program import environment, events, of
from tests.e2e.terminal import Terminal
from tests.sshd import Server, needs_sshd

pytestmark = needs_sshd
RUNBOOK = """\
# Over ssh

## Diagnosis

1. Look:

   ```sh {id=look}
   printf 'looked\\n'
   ```

## Fix

```sh {id=change effect=change}
echo start >> effect.txt
WAIT
echo half''way
echo end >> effect.txt
```
"""


class Link(Terminal):
    """The program with a terminal at the far end of an ssh connection."""

    def __init__(self, server: Server, *arguments: str, port: int = 0) -> None:
        self.raw = b""
        self.answers = True
        self._seen = 0
        setting = [f"{name}={value}" for name, value in environment(server.store).items()]
        program = shlex.join(["env", *setting, sys.executable, "-m", "runbook_runner", *arguments])
        remote = f"cd {shlex.quote(str(server.folder))} && exec {program}"
        self.child = pexpect.spawn(
            "ssh", server.command(remote, port or server.port), dimensions=(24, 80), timeout=10, env=dict(os.environ)
        )
        self.child.delaybeforesend = None


class Lag:
    """A relay that lets bytes through in lumps: what comes within a while arrives at once, and late."""

    def __init__(self, port: int, seconds: float) -> None:
        self._target, self.seconds = port, seconds
        self._held = {"there": False, "back": False}
        self.waiting = {"there": 0, "back": 0}
        """How often something came that is held."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            client, _ = self._listener.accept()
            server = socket.create_connection(("127.0.0.1", self._target))
            for way, source, sink in (("there", client, server), ("back", server, client)):
                threading.Thread(target=self._carry, args=(way, source, sink), daemon=True).start()

    @contextmanager
    def holds(self, way: str) -> Iterator[None]:
        """Let nothing through one way meanwhile; all of it comes together then."""
        self.waiting[way] = 0
        self._held[way] = True
        yield
        self._held[way] = False

    def _carry(self, way: str, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                time.sleep(self.seconds)
                self.waiting[way] += 1
                while self._held[way]:
                    time.sleep(0.01)
                source.setblocking(False)
                with suppress(BlockingIOError):
                    data += source.recv(1 << 16)
                source.setblocking(True)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with sshd.server(tmp_path) as running:
        yield running


def write(server: Server, wait: str = "sleep 0.1") -> None:
    (server.folder / "ssh.md").write_text(RUNBOOK.replace("WAIT", wait))


def to_the_change(link: Link) -> None:
    """Look, and go on to where the change is offered."""
    link.until("help")
    link.keys("r")
    link.until("Which way on?")
    link.keys("\r")
    link.until("Does this apply?")
    link.keys("1")
    link.until("help")


def do_the_change(link: Link) -> None:
    to_the_change(link)
    link.keys("r")
    link.until("Type yes")
    link.word("yes")


def to_the_end(link: Link) -> None:
    link.until("How did it end?")
    link.keys("r")
    link.until("the review")
    link.keys("\r")
    assert link.code() == 0


def test_a_walk_to_the_end(server: Server) -> None:
    write(server)
    with Link(server, "run", "ssh.md") as link:
        do_the_change(link)
        link.until("Which way on?")
        link.keys("\r")
        to_the_end(link)
    assert of(events(server.store), "run_ended")[0]["outcome"] == "resolved"
    assert server.effect == ["start", "end"]


@pytest.mark.parametrize("early", [False, True], ids=["resumed when it had ended", "resumed while it runs"])
def test_a_cut_connection_cuts_no_change(early: bool, server: Server) -> None:
    go = server.folder / "go"
    write(server, "until [ -e go ]; do sleep 0.1; done")
    with Link(server, "run", "ssh.md") as link:
        do_the_change(link)
        until(lambda: server.effect == ["start"])
        os.kill(link.child.pid, signal.SIGKILL)
        server.cut()
    if not early:
        go.touch()
        until(lambda: bool(of(events(server.store), "detached")))
        assert server.effect == ["start", "end"]
        assert [end["exit_code"] for end in of(events(server.store), "attempt_ended")] == [0, 0]
        with Link(server, "runs") as link:
            assert link.code() == 0
            assert "detached" in link.text
    else:
        with Link(server, "resume") as link:
            assert link.code() == 4, "the first runner still waits for the change"
    with Link(server, "resume", *(["--take"] if early else [])) as link:
        if early:
            link.until("is still running")
            link.keys("w")
            go.touch()
            link.until("halfway")  # seen by the first runner, and told by it
        link.until("Which way on?")
        link.keys("\r")
        to_the_end(link)
    recorded = events(server.store)
    assert verify(recorded) == []
    starts = [start["attempt"] for start in of(recorded, "attempt_started") if start["step"] == "change"]
    ends = [end for end in of(recorded, "attempt_ended") if end["attempt"] in starts]
    assert [(end["reason"], end["exit_code"]) for end in ends] == [("exit", 0)]
    assert server.effect == ["start", "end"]


def test_keys_that_a_bad_link_joins_answer_nothing_unseen(server: Server) -> None:
    write(server)
    with closing(Lag(server.port, 0.15)) as lag, Link(server, "run", "ssh.md", port=lag.port) as link:
        to_the_change(link)
        for burst in ("ryes\r", "r\ryes\r", "\ryes\r", "rryyeess\r\r"):
            with lag.holds("there"):
                link.keys(*burst)  # as a person types who sees nothing happen
            link.read(0.6)
            assert server.effect == [], link.text
        link.keys("\x1b")
        link.read(0.6)
        link.forget()
        link.keys("r")
        link.until("Type yes")
        with lag.holds("there"):
            link.keys("y", "e", "s", "\r")  # the word and Enter in one lump: that is what a paste looks like
        link.until("ignored: type the word")
        assert server.effect == []
        link.word("yes")
        link.until("Which way on?")
        link.keys("\r")
        to_the_end(link)
    recorded = events(server.store)
    assert [start["step"] for start in of(recorded, "attempt_started")] == ["look", "change"]
    assert server.effect == ["start", "end"]


def test_a_word_typed_before_its_question_was_on_the_screen_does_not_count(server: Server) -> None:
    write(server)
    with closing(Lag(server.port, 0.1)) as lag, Link(server, "run", "ssh.md", port=lag.port) as link:
        to_the_change(link)
        with lag.holds("back"):
            link.keys("r")
            until(lambda: lag.waiting["back"] > 0)  # the key has arrived, and the question is still under way
            link.keys("y", "e", "s")
            link.read(0.5)
            assert "Type yes" not in link.text
        link.until("Type yes")
        link.keys("\r")  # as if the word stood there
        link.until("Nothing done")
        assert server.effect == []
        link.keys("r")
        link.until("Type yes")
        link.word("yes")
        link.until("Which way on?")
        link.keys("\r")
        to_the_end(link)
    assert server.effect == ["start", "end"]


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
