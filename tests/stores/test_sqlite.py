from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner.errors import StoreError, StoreFull, StoreLocked, StoreTooNew
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.ports import Store
from runbook_runner.stores._sql import latest
from runbook_runner.stores.sqlite import OPEN, SqliteStore, default_path
from tests.contracts.stores import ALICE, RUN, StoreContract, event, notes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, path: Path) -> Iterator[Store]:
        store = OPEN(str(path))
        yield store
        store.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def filled(path: Path, count: int = 3) -> None:
    store = SqliteStore.open(path)
    store.append(notes(count), lease=None)
    store.close()


# --- where it lies


def test_a_journal_that_is_removed_in_use_is_written_again(path: Path) -> None:
    store = SqliteStore.open(path)
    events = notes(3)
    store.append(events[:1], lease=None)
    lease = store.claim(RUN, ALICE, now=1.0, ttl=60.0)
    for file in path.parent.iterdir():
        file.unlink()
    store.append(events[1:2], lease=lease)
    path.unlink()
    store.renew(lease, now=2.0, ttl=60.0)
    store.append(events[2:], lease=lease)
    store.close()
    again = SqliteStore.open(path)
    assert again.events(RUN) == events
    assert again.lease(RUN) is not None
    assert mode(path) == 0o600
    again.close()
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_journal_that_is_replaced_in_use_is_kept_aside(path: Path) -> None:
    store = SqliteStore.open(path)
    store.append(notes(1), lease=None)
    for file in path.parent.iterdir():
        file.unlink()
    filled(path, 2)
    with pytest.raises(StoreError, match="replaced by another file") as caught:
        store.append(notes(2)[1:], lease=None)
    store.close()
    aside = path.with_name(f"journal.db.{os.getpid()}")
    assert str(aside) in caught.value.hint
    for place, count in ((aside, 1), (path, 2)):
        kept = SqliteStore.open(place)
        assert kept.events(RUN) == notes(count)
        kept.close()


def test_lies_in_the_state_folder_for_nobody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = os.umask(0)
    try:
        store = SqliteStore.open()
        store.append(notes(1), lease=None)
    finally:
        os.umask(before)
    folder = tmp_path / "state" / "runbook"
    assert default_path() == folder / "journal.db"
    assert mode(folder) == 0o700
    assert {file.name: mode(file) for file in folder.iterdir()} == {
        "journal.db": 0o600,
        "journal.db-wal": 0o600,
        "journal.db-shm": 0o600,
    }
    store.close()


def test_default_is_in_the_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    for state in (None, "", "relative"):
        if state is None:
            monkeypatch.delenv("XDG_STATE_HOME", raising=False)
        else:
            monkeypatch.setenv("XDG_STATE_HOME", state)
        monkeypatch.setenv("HOME", "/home/nell")
        if os.uname().sysname == "Linux":
            assert default_path() == Path("/home/nell/.local/state/runbook/journal.db")


def test_tightens_its_file_and_leaves_a_named_folder_alone(tmp_path: Path, path: Path) -> None:
    filled(path)
    path.chmod(0o644)
    tmp_path.chmod(0o755)
    SqliteStore.open(path).close()
    assert (mode(path), mode(tmp_path)) == (0o600, 0o755)


def test_sqlite_is_loaded_when_a_journal_is_opened_not_before() -> None:
    code = "import sys, runbook_runner.stores.sqlite as s; s.default_path(); print({'sqlite3'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# --- append-only


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET wall = 0",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE position = 2",
        "INSERT OR REPLACE INTO events SELECT run, 9, writer, seq, parent, wall, mono, boot, type, version,"
        " payload_digest, digest, payload FROM events WHERE position = 2",
        "UPDATE payloads SET body = '{}' WHERE id = 1",
        "UPDATE payloads SET id = 99 WHERE id = 1",
        "DELETE FROM payloads",
        "INSERT OR REPLACE INTO payloads (id, salt, body) VALUES (1, 'x', '{}')",
    ],
)
def test_the_database_itself_refuses_to_forget(path: Path, statement: str) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()
    store = SqliteStore.open(path)
    assert store.events(RUN) == notes(3)
    store.close()


def test_a_scrubbed_secret_is_in_no_file(tmp_path: Path, path: Path) -> None:
    secret = "hunter2-" * 2000
    store = SqliteStore.open(path)
    first = event(e.Noted(secret))
    store.append([first, event(e.Noted("kept-text"), 2, first.digest)], lease=None)
    files = list(tmp_path.iterdir())
    assert any(b"hunter2-" in file.read_bytes() for file in files)
    store.scrub(RUN, "writer-a", 1)
    assert not any(b"hunter2-" in file.read_bytes() for file in tmp_path.iterdir())
    store.close()
    assert not any(b"hunter2-" in file.read_bytes() for file in tmp_path.iterdir())
    assert b"kept-text" in path.read_bytes()


def test_says_when_a_reader_keeps_traces_of_what_was_scrubbed(path: Path) -> None:
    filled(path)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM payloads").fetchall()
    store = SqliteStore.open(path, wait=0.05)
    with pytest.raises(StoreError, match="traces"):
        store.scrub(RUN, "writer-a", 1)
    reader.close()
    store.scrub(RUN, "writer-a", 1)
    store.close()


# --- trouble


def test_two_connections_see_each_other(path: Path) -> None:
    one, two = SqliteStore.open(path), SqliteStore.open(path)
    chain = notes(2)
    one.append(chain[:1], lease=None)
    two.append(chain[1:], lease=None)
    assert one.events(RUN) == chain
    one.close()
    two.close()


def test_a_full_disk_loses_nothing(path: Path) -> None:
    filled(path, 1)
    store = SqliteStore.open(path)
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    head = store.head(RUN)
    big = event(e.Noted("x" * 100_000), 3, event(e.Noted("a"), 2, head).digest)
    with pytest.raises(StoreFull) as caught:
        store.append([event(e.Noted("a"), 2, head), big], lease=None)
    assert caught.value.exit_code == 5
    assert str(path) in caught.value.message
    assert store.events(RUN) == notes(1)
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.append([event(e.Noted("a"), 2, head), big], lease=None)
    store.close()
    store = SqliteStore.open(path)
    assert verify(store.events(RUN)) == []
    assert len(store.events(RUN)) == 3
    store.close()


def test_a_locked_journal_is_said_to_be_locked(path: Path) -> None:
    filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store = SqliteStore.open(path, wait=0.05)
    assert store.events(RUN) == notes(3)
    with pytest.raises(StoreLocked, match="locked"):
        store.append(notes(1, run="other"), lease=None)
    with pytest.raises(StoreLocked):
        store.claim(RUN, ALICE, now=1.0, ttl=1.0)
    other.execute("ROLLBACK")
    store.append(notes(1, run="other"), lease=None)
    other.close()
    store.close()


def test_a_newer_journal_is_left_alone(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {latest('sqlite') + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew) as caught:
        SqliteStore.open(path)
    assert "upgrade" in caught.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, but a letter\n" * 200, b"SQLite format 3\0" + b"\xff" * 8000])
def test_what_is_no_database_is_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not a journal"):
        SqliteStore.open(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        SqliteStore.open(path)
    assert path.read_bytes() == before


def test_a_damaged_page_is_an_error_not_a_traceback(path: Path) -> None:
    filled(path, 200)
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 2000] = b"\xa5" * 2000
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged"):
        SqliteStore.open(path).events(RUN)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no folder"):
        SqliteStore.open(tmp_path / "typo" / "journal.db")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        SqliteStore.open(tmp_path)
