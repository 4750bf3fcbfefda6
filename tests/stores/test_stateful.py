"""Both stores against each other, over any order of what may be asked of them."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from runbook_runner.errors import HeldElsewhere, StoreError
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.ports import Holder, Lease, Store
from runbook_runner.stores.memory import MemoryStore
from runbook_runner.stores.sqlite import SqliteStore
from tests.contracts.stores import event

RUNS = st.sampled_from(["20261123-0304-aaaa", "20261123-0305-bbbb"])
SELDOM = st.sampled_from([0, 0, 0, 1])
WRITERS = st.sampled_from(["alice", "bob"])


class Stores(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.memory: Store = MemoryStore()
        self.sqlite: Store = SqliteStore.open(self.folder / "journal.db")
        self.now = 1000.0
        self.leases: list[Lease] = []

    def both(self, method: str, *args: Any, **options: Any) -> Any:
        """Ask both, and return what both answer; an error's class counts as an answer."""
        answers: list[Any] = []
        for store in (self.memory, self.sqlite):
            try:
                answers.append(getattr(store, method)(*args, **options))
            except (StoreError, HeldElsewhere) as error:
                answers.append((type(error), error.message))
        assert answers[0] == answers[1], method
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
            self.both("append", [first, second], lease=lease)

    @rule(run=RUNS, writer=WRITERS, ttl=st.sampled_from([0.0, 10.0]), take=st.booleans())
    def claim(self, run: str, writer: str, ttl: float, take: bool) -> None:
        answer = self.both("claim", run, Holder(writer, writer, "h", 1, "b"), now=self.now, ttl=ttl, take=take)
        if isinstance(answer, Lease):
            self.leases.append(answer)

    @rule(which=st.integers(0, 5), release=st.booleans())
    def renew_or_release(self, which: int, release: bool) -> None:
        if self.leases:
            lease = self.leases[which % len(self.leases)]
            if release:
                self.both("release", lease)
            else:
                self.both("renew", lease, now=self.now, ttl=5.0)

    @rule(run=RUNS, writer=WRITERS, seq=st.integers(1, 3))
    def scrub(self, run: str, writer: str, seq: int) -> None:
        self.both("scrub", run, writer, seq)

    @rule(seconds=st.sampled_from([1.0, 6.0, 11.0, -3.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def reopen(self) -> None:
        self.sqlite.close()
        self.sqlite = SqliteStore.open(self.folder / "journal.db")

    @invariant()
    def agree(self) -> None:
        for run in self.both("matching", ""):
            self.both("head", run)
            self.both("lease", run)
            events = self.both("events", run)
            assert all("no event says why" in problem for problem in verify(events))
        self.both("select", ["run_ended", "noted"], since=self.now - 5.0)

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.sqlite.close()
            shutil.rmtree(self.folder)


TestStores = Stores.TestCase
TestStores.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
