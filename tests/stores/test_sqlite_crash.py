"""What is left of a journal when processes die in the middle of it, race for it, or may not write it."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runbook_runner.errors import HeldElsewhere, StoreError, StoreFull
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.ports import Holder
from runbook_runner.run.journal import Journal
from runbook_runner.stores.sqlite import SqliteStore
from tests.contracts.stores import RUN, notes
from tests.fakes import FakeClock


def child(work: Callable[[], None]) -> int:
    """Start a process that does some work; it ends with 0, or with 1 if the work raised."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:  # noqa: BLE001  nothing may return into the test's own process
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
    return pid


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    SqliteStore.open(path).close()
    return path


@pytest.mark.slow
def test_an_acknowledged_event_outlives_any_kill(path: Path) -> None:
    dice = random.Random(20261123)
    acknowledged: set[str] = set()
    for life in range(25):
        reading, writing = os.pipe()

        def work(writer: str = f"w{life}", out: int = writing) -> None:
            journal = Journal(SqliteStore.open(path), RUN, FakeClock(), writer=writer)
            for number in range(100_000):
                # Two at once, so that a half would show; some span many pages.
                text = f"{writer}-{number}-" + "x" * random.Random(number).choice((0, 300, 20_000))
                journal.decide(e.Noted(text + "-first"), e.Noted(text + "-second"))
                os.write(out, f"{writer}-{number}\n".encode())

        pid = child(work)
        os.close(writing)
        # Wait for the first word, so that the kill hits it at work.
        heard = os.read(reading, 4096)
        signal.sigtimedwait((), dice.uniform(0.0, 0.02))
        os.kill(pid, signal.SIGKILL)
        while more := os.read(reading, 65536):
            heard += more
        os.close(reading)
        assert ended(pid) == -signal.SIGKILL
        acknowledged.update(heard.decode().split())
    store = SqliteStore.open(path)
    events = store.events(RUN)
    store.close()
    assert verify(events) == []
    texts = [event.payload["text"] for event in events if event.payload]
    firsts = [text.removesuffix("first") for text in texts[::2]]
    assert firsts == [text.removesuffix("second") for text in texts[1::2]]
    assert len(acknowledged) >= 25
    assert acknowledged <= {"-".join(text.split("-")[:2]) for text in firsts}


def test_racing_writers_make_one_chain(path: Path) -> None:
    def work(writer: str) -> None:
        journal = Journal(SqliteStore.open(path), RUN, FakeClock(), writer=writer)
        for number in range(25):
            journal.observe(e.Noted(f"{writer} {number}"))

    pids = [child(lambda writer=writer: work(writer)) for writer in ("a", "b", "c")]  # type: ignore[misc]
    assert [ended(pid) for pid in pids] == [0, 0, 0]
    store = SqliteStore.open(path)
    events = store.events(RUN)
    store.close()
    assert verify(events) == []
    assert sorted((event.writer, event.seq) for event in events) == [(w, s) for w in "abc" for s in range(1, 26)]


def test_of_racing_claims_one_wins(path: Path) -> None:
    def work(pid: int) -> None:
        store = SqliteStore.open(path)
        for run in range(10):
            try:
                store.claim(f"run{run}", Holder(f"w{pid}", "x", "h", pid, "b"), now=0.0, ttl=30.0)
            except HeldElsewhere:
                continue
            store.append(notes(1, run=f"run{run}", writer=f"w{pid}"), lease=store.lease(f"run{run}"))

    pids = [child(lambda n=n: work(n)) for n in range(3)]  # type: ignore[misc]
    assert [ended(pid) for pid in pids] == [0, 0, 0]
    store = SqliteStore.open(path)
    for run in range(10):
        lease = store.lease(f"run{run}")
        assert lease is not None
        assert lease.token == 1
        assert [event.writer for event in store.events(f"run{run}")] == [lease.holder.writer]
    store.close()


def test_racing_first_starts_make_one_journal(tmp_path: Path) -> None:
    for attempt in range(5):
        path = tmp_path / f"new{attempt}.db"

        def work(run: str, path: Path = path) -> None:
            store = SqliteStore.open(path)
            store.append(notes(1, run=run), lease=None)
            store.close()

        pids = [child(lambda run=run: work(run)) for run in ("a", "b", "c")]  # type: ignore[misc]
        assert [ended(pid) for pid in pids] == [0, 0, 0]
        store = SqliteStore.open(path)
        assert sorted(store.matching("")) == ["a", "b", "c"]
        store.close()


def test_a_limit_on_file_sizes_is_a_full_disk(path: Path) -> None:
    def work() -> None:
        store = SqliteStore.open(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        journal = Journal(store, RUN, FakeClock())
        for number in range(100):
            try:
                journal.decide(e.Noted(f"{number} " + "x" * 20_000))
            except StoreFull:
                # What was kept before can still be read.
                assert 0 < number == len(store.events(RUN))
                return
        raise AssertionError("the limit was not met")

    assert ended(child(work)) == 0
    store = SqliteStore.open(path)
    events = store.events(RUN)
    store.close()
    assert events
    assert verify(events) == []


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users can reach, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o000, 0o755), (0o644, 0o555)])
def test_what_may_not_be_written_is_said(shared: Path, file_mode: int, folder_mode: int) -> None:
    path = shared / "journal.db"
    store = SqliteStore.open(path)
    store.append(notes(3), lease=None)
    store.close()
    nobody = 65534
    if os.geteuid() == 0:
        os.chown(path, nobody if file_mode == 0o644 else 0, -1)
    path.chmod(file_mode)
    shared.chmod(folder_mode)

    def work() -> None:
        if os.geteuid() == 0:
            os.setuid(nobody)  # root may write everywhere
        with pytest.raises(StoreError, match=str(path)):
            SqliteStore.open(path).append(notes(1, run="other"), lease=None)

    assert ended(child(work)) == 0
    shared.chmod(0o755)
    path.chmod(0o600)
    store = SqliteStore.open(path)
    assert store.events(RUN) == notes(3)
    store.close()
