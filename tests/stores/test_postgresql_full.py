"""PostgreSQL without room, for its tables or for its log: runs go on here, and are carried over when there is some."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from runbook_runner.cli.journal import carry
from runbook_runner.errors import StoreFull
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores import _knocking
from runbook_runner.stores._spare import SpareStore
from runbook_runner.stores.postgresql import PostgresStore
from tests import postgres
from tests.contracts.stores import ALICE, RUN
from tests.postgres import Disk, Server

_LONG = random.Random(7).randbytes(10_000).hex()
"""Nothing makes this smaller."""


@pytest.fixture
def little() -> Iterator[Disk]:
    with postgres.disk(24) as mounted:
        yield mounted


@pytest.fixture
def full(cluster: Server, little: Disk) -> Iterator[str]:
    """A database whose tables lie on the small disk."""
    place = little.folder / "tables"
    place.mkdir()
    shutil.chown(place, little.folder.stat().st_uid, little.folder.stat().st_gid)
    with psycopg.connect(cluster.url(), autocommit=True) as owner:
        owner.execute(f"CREATE TABLESPACE little LOCATION '{place}'")
        try:
            owner.execute("CREATE DATABASE crowded TABLESPACE little TEMPLATE template0 ENCODING 'UTF8'")
            yield cluster.url("crowded")
        finally:
            little.clear()
            owner.execute("DROP DATABASE IF EXISTS crowded WITH (FORCE)")
            owner.execute("DROP TABLESPACE little")


def texts(store: PostgresStore) -> list[str]:
    events = store.events(RUN)
    assert verify(events) == []
    return [event.payload["text"][:9] for event in events if event.payload]


def test_nothing_is_lost_when_there_is_no_room_for_the_tables(
    tmp_path: Path, full: str, little: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_knocking, "PAUSES", (0.05,))
    main, said = PostgresStore(full), list[str]()
    store = SpareStore(lambda: PostgresStore(full), tmp_path / "spare.db", said.append)
    lease = store.claim(RUN, ALICE, now=time.time(), ttl=60.0)
    journal = Journal(store, RUN, SystemClock(), lease, writer=ALICE.writer)
    journal.decide(e.Noted("note 0000"))
    little.fill()
    known = 0
    for number in range(1, 60):
        # What still fits into the pages that there are is taken; then it goes on in the file.
        journal.decide(e.Noted(f"note {number:04} {_LONG}"))
        known = number
        if store.away and number > 5:
            break
    assert "there is no room" in store.away
    assert "it goes on in" in said[0]
    with pytest.raises(StoreFull, match="no room"):
        carry(main, tmp_path / "spare.db")
    assert len(texts(main)) <= known
    assert journal.decide(e.Noted("note last")), "it is asked for seldom, and does no harm"
    little.clear()
    postgres.wait_for(lambda: not store.renew(lease, now=time.time(), ttl=60.0) or not store.away)
    journal.decide(e.Noted("and after"))
    assert texts(main) == [f"note {number:04}" for number in range(known + 1)] + ["note last", "and after"]
    assert carry(main, tmp_path / "spare.db") == []
    store.close()
    main.close()


@pytest.mark.slow
def test_nothing_is_lost_when_the_server_dies_for_want_of_room_for_its_log(tmp_path: Path) -> None:
    with postgres.disk(72) as little, postgres.server("max_wal_size = 32MB", "min_wal_size = 32MB") as server:
        url = server.create("logged")
        PostgresStore(url).close()
        server.stop()
        log = server.folder / "data" / "pg_wal"
        shutil.move(log, little.folder / "wal")
        _own_all(little.folder / "wal", little.folder.stat().st_uid)
        log.symlink_to(little.folder / "wal")
        server.start()
        store = SpareStore(lambda: PostgresStore(url), tmp_path / "spare.db", lambda _: None)
        lease = store.claim(RUN, ALICE, now=time.time(), ttl=60.0)
        journal = Journal(store, RUN, SystemClock(), lease, writer=ALICE.writer)
        little.fill()
        number = 0
        while not store.away or number < 20:
            assert number < 5000, "48 MB were written to a full disk"
            journal.decide(e.Noted(f"note {number:04} {_LONG}"))
            number += 1
        store.close()
        little.clear()
        _stopped(server)
        server.start()
        main = PostgresStore(url)
        carry(main, tmp_path / "spare.db")
        assert texts(main) == [f"note {each:04}" for each in range(number)]
        assert carry(main, tmp_path / "spare.db") == []
        main.close()


def _own_all(folder: Path, user: int) -> None:
    for each in (folder, *folder.rglob("*")):
        shutil.chown(each, user, user)


def _stopped(server: Server) -> None:
    """End what is left of a server, which may be trying to come back by itself."""
    try:
        server.stop("immediate")
    except RuntimeError:  # it has gone already
        (server.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
