"""PostgreSQL at its worst: connections cut in the middle of an append, and a server that dies and comes again."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner.errors import StoreAway, StoreError
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores.postgresql import OPEN
from tests import postgres
from tests.contracts.stores import RUN
from tests.e2e.test_handing import call
from tests.postgres import Server
from tests.stores.test_sqlite_crash import child, ended


@pytest.fixture(scope="module")
def fragile() -> Iterator[Server]:
    """A server that may be broken; the machine goes on, so that nothing need be on its disk."""
    with postgres.server("fsync = off") as running:
        yield running


class Proxy:
    """Stands between a program and the server, and cuts the wire: before a question gets there, or its answer back."""

    def __init__(self, port: int, dice: random.Random) -> None:
        self._port = port
        self._dice = dice
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.cuts = 0
        self.chance = 0.0
        self.mute = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        with near, socket.create_connection(("127.0.0.1", self._port)) as far:
            while True:
                for source in select.select([near, far], [], [])[0]:
                    data = source.recv(65536)
                    while self.mute:
                        time.sleep(0.02)
                    if not data or self._cut(data, source is near):
                        return
                    (far if source is near else near).sendall(data)

    def _cut(self, data: bytes, asked: bool) -> bool:
        # What is asked to be stored is told by the name of a note; its answer by that of the command.
        critical = b"a note" in data if asked else b"INSERT" in data
        cut = critical and self._dice.random() < self.chance
        self.cuts += cut
        return cut

    def close(self) -> None:
        self._listening.close()


def test_a_connection_cut_in_the_middle_of_an_append_loses_and_doubles_nothing(fragile: Server) -> None:
    url = fragile.create("cut")
    OPEN(url).close()
    proxy = Proxy(fragile.port, random.Random(7))
    store = OPEN(url.replace(str(fragile.port), str(proxy.port)))
    proxy.chance = 0.3
    acknowledged = []
    journal = Journal(store, RUN, SystemClock())
    for number in range(80):
        try:
            journal.observe(e.Noted(f"a note {number} first"), e.Noted(f"a note {number} second"))
        except StoreError:
            continue  # cut twice: whether it was stored is not known
        acknowledged.append(number)
    proxy.close()
    store = OPEN(url)
    events = store.events(RUN)
    store.close()
    texts = [event.payload["text"] for event in events if event.payload]
    assert proxy.cuts > 20
    assert len(acknowledged) > 40
    assert verify(events) == []
    assert len(texts) == len(set(texts))
    assert {f"a note {n} {which}" for n in acknowledged for which in ("first", "second")} <= set(texts)
    assert [text.split()[3] for text in texts] == ["first", "second"] * (len(texts) // 2)


def test_a_line_that_goes_dead_delays_a_step_by_a_second(fragile: Server) -> None:
    url = fragile.create("dead")
    OPEN(url).close()
    proxy = Proxy(fragile.port, random.Random(7))
    store = OPEN(url.replace(str(fragile.port), str(proxy.port)))
    journal = Journal(store, RUN, SystemClock())
    journal.observe(e.Noted("a note before"))
    proxy.mute = True
    began = time.monotonic()
    with pytest.raises(StoreAway, match="did not answer within 1 s"):
        journal.observe(e.Noted("a note into the void"))
    assert time.monotonic() - began < 15
    proxy.mute = False
    journal.observe(e.Noted("a note after"))
    proxy.close()
    texts = [event.payload["text"] for event in store.events(RUN) if event.payload]
    assert texts in (
        ["a note before", "a note after"],
        ["a note before", "a note into the void", "a note after"],
    )
    assert verify(store.events(RUN)) == []
    store.close()


@pytest.mark.slow
def test_a_server_that_is_killed_and_started_loses_and_doubles_nothing(fragile: Server) -> None:
    url = fragile.create("killed")
    OPEN(url).close()
    acknowledged: set[str] = set()
    over = threading.Event()

    def write(writer: str) -> None:
        number = 0
        journal = Journal(OPEN(url), RUN + writer, SystemClock(), writer=writer)
        while not over.is_set():
            number += 1
            try:
                journal.observe(e.Noted(f"{writer} {number}"))
            except StoreError:
                time.sleep(0.02)
                continue
            acknowledged.add(f"{writer} {number}")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.3)
        fragile.stop("immediate")
        time.sleep(0.1)
        fragile.start()
    known = len(acknowledged)
    postgres.wait_for(lambda: len(acknowledged) > known + 30)
    over.set()
    for thread in threads:
        thread.join()
    store = OPEN(url)
    stored = []
    for writer in ("a", "b", "c"):
        events = store.events(RUN + writer)
        assert verify(events) == []
        stored += [event.payload["text"] for event in events if event.payload]
    store.close()
    assert len(stored) == len(set(stored))
    assert acknowledged <= set(stored)
    assert len(acknowledged) > 30


@pytest.mark.slow
def test_an_acknowledged_event_outlives_any_kill_of_its_writer(fragile: Server) -> None:
    url = fragile.create("writers")
    OPEN(url).close()
    dice = random.Random(20261123)
    acknowledged: set[str] = set()
    for life in range(12):
        reading, writing = os.pipe()

        def work(writer: str = f"w{life}", out: int = writing) -> None:
            journal = Journal(OPEN(url), RUN, SystemClock(), writer=writer)
            for number in range(100_000):
                text = f"{writer}-{number}"
                # Not `decide`: the server may still be at the last append of a writer that is dead.
                journal.observe(e.Noted(f"{text} first"), e.Noted(f"{text} second " + "x" * 3000))
                os.write(out, f"{text}\n".encode())

        pid = child(work)
        os.close(writing)
        heard = os.read(reading, 4096)  # the first word, so that the kill hits it at work
        time.sleep(dice.uniform(0.0, 0.03))
        os.kill(pid, signal.SIGKILL)
        while more := os.read(reading, 65536):
            heard += more
        os.close(reading)
        assert ended(pid) == -signal.SIGKILL
        acknowledged.update(heard.decode().split())
    store = OPEN(url)
    events = store.events(RUN)
    store.close()
    texts = [event.payload["text"].split() for event in events if event.payload]
    assert verify(events) == []
    assert [text[1] for text in texts] == ["first", "second"] * (len(texts) // 2)
    assert acknowledged <= {text[0] for text in texts}
    assert len({text[0] for text in texts}) == len(texts) // 2
    assert len(acknowledged) >= 12


def test_a_server_that_is_down_is_said_to_be(fragile: Server) -> None:
    url = fragile.create("down")
    store = OPEN(url)
    fragile.stop("fast")
    try:
        began = time.monotonic()
        with pytest.raises(StoreAway, match="cannot be reached") as caught:
            store.events(RUN)
        assert time.monotonic() - began < 25
        assert caught.value.exit_code == 5
        assert "runbook resume" in caught.value.hint
    finally:
        fragile.start()
    assert store.events(RUN) == []
    store.close()


@pytest.mark.slow
def test_a_replica_is_read_and_not_written(fragile: Server, tmp_path: Path) -> None:
    url = fragile.create("copied")
    store = OPEN(url)
    journal = Journal(store, RUN, SystemClock())
    journal.observe(
        e.RunStarted("w.md", "Worker", "0" * 64, "# Worker\n", "alice", "h", 1.0),
        e.Visited("look", 1, "start"),
        e.AttemptStarted(1, 1, "look", 0, "df", "", "read", 4242, "1"),
        e.RunEnded("resolved", "answer"),
    )
    replica = fragile.replica(fragile.folder.with_name(fragile.folder.name + "-replica"))
    replica.start()
    try:
        copy = OPEN(replica.url("copied"))
        assert copy.events(RUN) == store.events(RUN)
        watched = call(tmp_path, replica.url("copied"), "eve", "watch", RUN)
        assert (watched.returncode, watched.stderr) == (0, "")
        assert watched.stdout.count("a standby's: what a command prints comes here when it has ended") == 1
        with pytest.raises(StoreError, match="can only be read") as caught:
            Journal(copy, RUN, SystemClock()).observe(e.Noted("b"))
        assert "primary" in caught.value.hint
        copy.close()
    finally:
        replica.stop("immediate")
        shutil.rmtree(replica.folder)
        store.close()
