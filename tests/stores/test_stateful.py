"""All stores against each other, over any order of what may be asked of them, and with connections that are cut."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from runbook_runner.errors import HeldElsewhere, StoreError
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.ports import Holder, Lease, Store, Wanted
from runbook_runner.stores.memory import MemoryStore
from runbook_runner.stores.postgresql import PostgresStore
from runbook_runner.stores.sqlite import SqliteStore
from tests.contracts.stores import event
from tests.postgres import Server

RUNS = st.sampled_from(["20261123-0304-aaaa", "20261123-0305-bbbb"])
SELDOM = st.sampled_from([0, 0, 0, 1])
WRITERS = st.sampled_from(["alice", "bob"])


_url: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def _database(cluster: Server) -> None:
    _url[:] = [cluster.create("stateful")]


class Stores(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.memory: Store = MemoryStore()
        self.sqlite: Store = SqliteStore.open(self.folder / "journal.db")
        with psycopg.connect(_url[0], autocommit=True) as connection:
            connection.execute("SET client_min_messages = error")
            connection.execute("DROP SCHEMA IF EXISTS runbook CASCADE")
        self.postgres: Store = PostgresStore(_url[0])
        self.now = 1000.0
        self.leases: list[Lease] = []

    def all(self, method: str, *args: Any, **options: Any) -> Any:
        """Ask all, and return what all answer; an error's class counts as an answer."""
        answers: list[Any] = []
        for store in (self.memory, self.sqlite, self.postgres):
            try:
                answers.append(getattr(store, method)(*args, **options))
            except (StoreError, HeldElsewhere) as error:
                answers.append((type(error), error.message))
        assert answers[0] == answers[1] == answers[2], method
        return answers[0]

    @rule(
        run=RUNS,
        writer=WRITERS,
        behind=st.sampled_from([0, 0, 0, 1]),
        skip=st.sampled_from([0, 0, 0, 1]),
        which=st.integers(-3, 3),
    )
    def append(self, run: str, writer: str, behind: int, skip: int, which: int) -> None:
        events = self.memory.events(run)
        digests = ["", *(event.digest for event in events)]
        parent = digests[max(0, len(digests) - 1 - behind)]
        seq = 1 + sum(1 for event in events if event.writer == writer) + skip
        lease = self.leases[which % len(self.leases)] if self.leases and which >= 0 else None
        first = event(e.Noted("a"), seq, parent, run=run, writer=writer, wall=self.now)
        second = event(e.RunEnded("resolved", "answer"), seq + 1, first.digest, run=run, writer=writer, wall=self.now)
        if lease is None or lease.run == run:
            self.all("append", [first, second], lease=lease)

    @rule(run=RUNS, writer=WRITERS, ttl=st.sampled_from([0.0, 10.0]), take=st.booleans())
    def claim(self, run: str, writer: str, ttl: float, take: bool) -> None:
        answer = self.all("claim", run, Holder(writer, writer, "h", 1, "b"), now=self.now, ttl=ttl, take=take)
        if isinstance(answer, Lease):
            self.leases.append(answer)

    @rule(which=st.integers(0, 5), release=st.booleans())
    def renew_or_release(self, which: int, release: bool) -> None:
        if self.leases:
            lease = self.leases[which % len(self.leases)]
            if release:
                self.all("release", lease)
            else:
                self.all("renew", lease, now=self.now, ttl=5.0)

    @rule(run=RUNS, writer=WRITERS, seq=st.integers(1, 3))
    def scrub(self, run: str, writer: str, seq: int) -> None:
        self.all("scrub", run, writer, seq)

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0, -3.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def cut(self) -> None:
        with psycopg.connect(_url[0], autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    @rule(outcome=st.sampled_from(["", "open", "resolved"]))
    def find(self, outcome: str) -> None:
        self.all("find", Wanted(outcome=outcome, since=self.now - 20.0), limit=1)

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore.open(self.folder / "journal.db")

    @invariant()
    def agree(self) -> None:
        for run in self.all("matching", ""):
            self.all("head", run)
            self.all("lease", run)
            events = self.all("events", run)
            assert all("no event says why" in problem for problem in verify(events))
        self.all("select", ["run_ended", "noted"], since=self.now - 5.0)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.sqlite.close()
            self.postgres.close()
            shutil.rmtree(self.folder)


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
