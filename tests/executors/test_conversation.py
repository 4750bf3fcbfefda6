"""Commands that are requests: what holds for each of them, whatever they speak to."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from msgspec import Struct, field

from runbook_runner.errors import InputError
from runbook_runner.executors._conversation import Conversation, Result, Work, Write
from runbook_runner.ports import Ending, Request
from tests.contracts.executors import Recorder


class Server(Struct):
    """Answers by the text of the request."""

    asked: list[str] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    """It was asked to cancel."""
    over: threading.Event = field(default_factory=threading.Event)
    """The test is over."""

    def prepare(self, request: Request) -> Work:
        if request.text == "refused":
            raise InputError("no such table", "spell it")
        return Asked(self, request.text)


class Asked(Struct):
    server: Server
    text: str

    def perform(self, write: Write) -> Result:
        self.server.asked.append(self.text)
        write("stdout", b"one\n")
        if self.text == "wait":
            self.server.let_go.wait(30)
            return Result(1, note="cancelled")
        if self.text == "deaf":
            self.server.over.wait(120)
        if self.text == "flood":
            for _ in range(2000):
                write("stdout", b"x" * 100)
        if self.text == "bug":
            raise ZeroDivisionError
        if self.text == "cut":
            return Result(1, note="the server closed the connection", lost=True)
        return Result(0 if self.text != "wrong" else 1, {"rows": [1]})

    def cancel(self) -> None:
        self.server.let_go.set()


@pytest.fixture
def server() -> Server:
    return Server()


def request(text: str, **more: object) -> Request:
    return Request(1, text, "sql", {}, **more)  # type: ignore[arg-type]


def test_the_answer_and_its_values(server: Server) -> None:
    sink = Recorder()
    finished = Conversation(server.prepare).execute(request("ask"), sink)
    assert (finished.ending, finished.exit_code, finished.values) == (Ending.EXIT, 0, {"rows": [1]})
    assert sink.stdout == "one\n"
    assert Conversation(server.prepare).execute(request("wrong"), Recorder()).exit_code == 1


def test_what_must_not_be_sent_is_not_started(server: Server) -> None:
    sink = Recorder()
    finished = Conversation(server.prepare).execute(request("refused"), sink)
    assert finished.ending is Ending.NOT_STARTED
    assert "no such table (spell it)" in finished.note
    assert (sink.starts, server.asked) == ([], [])


def test_nothing_is_sent_before_the_start_is_recorded(server: Server) -> None:
    with pytest.raises(OSError, match="disk full"):
        Conversation(server.prepare).execute(request("ask"), Recorder(refuse=OSError("disk full")))
    assert server.asked == []


def test_a_timeout_cancels(server: Server) -> None:
    finished = Conversation(server.prepare).execute(request("wait", timeout=0.3), Recorder())
    assert (finished.ending, finished.exit_code, finished.note) == (Ending.TIMEOUT, None, "cancelled")


def test_ctrl_c_cancels(server: Server) -> None:
    finished = Conversation(server.prepare).execute(request("wait"), Recorder(patience=0.3))
    assert finished.ending is Ending.STOPPED


def test_a_server_that_does_not_let_go_is_left(server: Server) -> None:
    begun = time.monotonic()
    finished = Conversation(server.prepare).execute(request("deaf", timeout=0.2), Recorder())
    assert finished.ending is Ending.TIMEOUT
    assert "not known" in finished.note
    assert time.monotonic() - begun < 60
    server.over.set()


def test_a_flood_arrives_whole(server: Server) -> None:
    sink = Recorder()
    Conversation(server.prepare).execute(request("flood"), sink)
    assert len(sink.stdout) == 4 + 200_000


def test_a_cut_connection_leaves_an_unknown_outcome(server: Server) -> None:
    finished = Conversation(server.prepare).execute(request("cut"), Recorder())
    assert (finished.ending, finished.exit_code) == (Ending.LOST, None)
    assert "closed" in finished.note


def test_a_bug_is_not_hidden(server: Server) -> None:
    with pytest.raises(ZeroDivisionError):
        Conversation(server.prepare).execute(request("bug"), Recorder())


def test_after_a_crash_nothing_is_known(server: Server, tmp_path: Path) -> None:
    from runbook_runner.ports import Finished

    found = Conversation(server.prepare).recover(1, None)
    assert isinstance(found, Finished)
    assert found.ending is Ending.LOST
