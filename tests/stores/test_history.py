"""Runners that drive one run against each other, cut off, killed and with clocks that jump, against what must hold.

Two of them share a machine, and the file that takes the place of the journal there. Whatever comes: nothing that was
acknowledged is lost, nothing is there twice, nobody decides who is not the last to have claimed the run where it is
kept, and every record proves itself.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, cast

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from runbook_runner.cli.journal import carry
from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreAway
from runbook_runner.model import events as e
from runbook_runner.model.branches import every, split
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Body, Event
from runbook_runner.model.state import fold
from runbook_runner.ports import Clock, Holder, Lease, Store
from runbook_runner.run.journal import Journal
from runbook_runner.stores._spare import SpareStore, spares
from runbook_runner.stores.memory import MemoryStore
from runbook_runner.stores.postgresql import PostgresStore
from runbook_runner.stores.sqlite import SqliteStore
from tests.postgres import Server

RUN = "20261123-0304-k3f9"
TTL = 60.0
RUNNERS = st.integers(0, 2)
MACHINES = st.sampled_from(["near", "far"])


class Wire:
    """The way from a machine to the journal: it may be cut, or lose the answer to what has been stored."""

    def __init__(self) -> None:
        self.cut = False
        self.loses_answers = False

    def to(self, store: Store) -> Store:
        if self.cut:
            raise StoreAway("the wire is cut")
        return cast(Store, _Far(self, store))


class _Far:
    def __init__(self, wire: Wire, store: Store) -> None:
        self._wire, self._store = wire, store

    def __getattr__(self, name: str) -> Any:
        answer: Any = getattr(self._store, name)
        if not callable(answer) or name == "close":
            return answer

        def ask(*arguments: Any, **options: Any) -> Any:
            if self._wire.cut:
                raise StoreAway("the wire is cut")
            got = answer(*arguments, **options)
            if name == "append" and self._wire.loses_answers:
                self._wire.cut = True
                raise StoreAway("the answer is lost")
            return got

        return ask


class Knock:
    """Tries the journal whenever it is looked for."""

    tries = 0

    def __init__(self, opens: Callable[[], Store], _done: int) -> None:
        self._open = opens

    def answer(self) -> Store | None:
        try:
            return self._open()
        except StoreAway:
            return None

    def stop(self) -> None:
        pass


class Watch:
    """A machine's clock."""

    def __init__(self) -> None:
        self.now = 1000.0

    def wall(self) -> float:
        self.now += 0.01
        return self.now

    def mono(self) -> float:
        return self.now

    def boot(self) -> str:
        return "boot"

    def wait(self, seconds: float) -> None:
        self.now += seconds


class Runner:
    """One process: what it believes to hold, and what it was told is recorded."""

    def __init__(self, name: str, store: SpareStore, clock: Clock) -> None:
        self.name, self.store, self.clock = name, store, clock
        self.journal: Journal | None = None
        self.lease: Lease | None = None


class History(RuleBasedStateMachine):
    main: ClassVar[Callable[[], Store]]
    """Opens the journal; all that it returns until `fresh` are one."""
    fresh: ClassVar[Callable[[], None]]

    @initialize()
    def begin(self) -> None:
        # Where writing costs nothing: hundreds of files are made, and none is to outlive a machine.
        self.folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
        type(self).fresh()
        self.home = {name: self.folder / name / "spare.db" for name in ("near", "far")}
        self.wires = {name: Wire() for name in self.home}
        self.clocks = {name: Watch() for name in self.home}
        self.count = 0
        self.acknowledged: list[Event] = []
        self.claimed: dict[Path | None, str] = {}
        """Who claimed the run last, by where it is kept; None for the journal."""
        self.judge = type(self).main()
        self.runners = [self._runner(number) for number in range(3)]
        self._take(self.runners[0], take=False)

    def _machine(self, number: int) -> str:
        return "far" if number == 2 else "near"

    def _runner(self, number: int) -> Runner:
        self.count += 1
        where = self._machine(number)
        wire = self.wires[where]

        def opens() -> Store:
            if wire.cut:
                raise StoreAway("the wire is cut")
            return wire.to(type(self).main())

        store = SpareStore(opens, self.home[where], lambda _: None, knock=Knock)
        return Runner(f"writer{self.count}", store, self.clocks[where])

    def _place(self, runner: Runner) -> Path | None:
        return runner.store._path if runner.store.away else None

    def _held(self, runner: Runner, before: Path | None) -> None:
        """Take note that whoever moves with a run takes its lease along."""
        place = self._place(runner)
        if place != before and runner.lease is not None:
            if before is not None:
                assert self.claimed[before] == runner.name, "it took along what somebody had taken from it"
            self.claimed[place] = runner.name

    def _take(self, runner: Runner, *, take: bool) -> None:
        before, old = self._place(runner), runner.lease
        try:
            now = runner.clock.wall()
            lease = runner.store.claim(RUN, Holder(runner.name, runner.name, "h", 1, "b"), now=now, ttl=TTL, take=take)
        except HeldElsewhere:
            self._held(runner, before)
            return
        self.claimed[self._place(runner)] = runner.name
        runner.lease, runner.journal = lease, runner.journal if old else None
        known = runner.store.events(RUN)
        runner.journal = Journal(runner.store, RUN, runner.clock, lease, writer=runner.name)
        first: Body = e.DriverChanged(runner.name, "h", "take")
        self._say(runner, first if known else e.RunStarted("p", "t", "", "s", runner.name, "h", 1.0), decided=True)

    def _say(self, runner: Runner, body: Body, *, decided: bool) -> None:
        before = self._place(runner)
        if runner.journal is None:
            return
        try:
            said = (runner.journal.decide if decided else runner.journal.observe)(body)
        except HeldElsewhere:
            runner.journal = runner.lease = None
            return
        except HeadMoved:
            self._held(runner, before)
            runner.journal.catch_up()
            return
        self._held(runner, before)
        self.acknowledged += [event for event in said if event.writer == runner.name]
        if decided:
            assert self.claimed[self._place(runner)] == runner.name, "it decided what was not its to decide"

    @rule(number=RUNNERS)
    def decide(self, number: int) -> None:
        self.count += 1
        self._say(self.runners[number], e.GuardAnswered(1, f"decision {self.count}", True), decided=True)

    @rule(number=RUNNERS)
    def observe(self, number: int) -> None:
        self.count += 1
        self._say(self.runners[number], e.Noted(f"note {self.count}"), decided=False)

    @rule(number=RUNNERS, take=st.booleans())
    def takeover(self, number: int, take: bool) -> None:
        runner = self.runners[number]
        if runner.store.events(RUN):
            self._take(runner, take=take)

    @rule(number=RUNNERS)
    def tick(self, number: int) -> None:
        runner = self.runners[number]
        before = self._place(runner)
        if runner.lease is None:
            return
        try:
            lease = runner.store.renew(runner.lease, now=runner.clock.wall(), ttl=TTL)
        except HeldElsewhere:
            runner.journal = runner.lease = None
        else:
            self._held(runner, before)
            runner.lease = lease
            if runner.journal is not None:
                runner.journal.lease = lease

    @rule(where=MACHINES, loses=st.booleans())
    def cut(self, where: str, loses: bool) -> None:
        self.wires[where].loses_answers, self.wires[where].cut = loses, not loses

    @rule(seen=st.booleans(), notes=st.integers(0, 2))
    def part(self, seen: bool, notes: int) -> None:
        """One machine goes on without the journal, and the other with it."""
        for number, cut in ((0, False), (0, True), (2, False)):
            self.wires[self._machine(number)].cut = cut
            if number == 2 and not seen:
                self.observe(2)  # who reads only, or notes something, takes nothing
            else:
                self.takeover(number, take=True)
            for _ in range(notes):
                self.decide(number)

    @rule(mends=st.booleans())
    def two_here(self, mends: bool) -> None:
        """One takes the run from the other in the file that they share; then he is heard again."""
        self.takeover(0, take=True)
        self.wires["near"].cut = True
        self.decide(0)
        self.takeover(1, take=True)
        self.wires["near"].cut = not mends
        for _ in range(2):
            self.tick(0) if mends else self.decide(0)

    @rule(where=MACHINES)
    def mend(self, where: str) -> None:
        self.wires[where].loses_answers = self.wires[where].cut = False

    @rule(where=MACHINES, seconds=st.sampled_from([1.0, 61.0, 3600.0, -90.0]))
    def jump(self, where: str, seconds: float) -> None:
        self.clocks[where].now += seconds

    @rule(number=RUNNERS)
    def note_from_elsewhere(self, number: int) -> None:
        """Somebody else writes to the journal, and takes nothing."""
        Journal(self.judge, RUN, self.clocks["far"], writer=f"other{number}").observe(e.Noted("from elsewhere"))

    @rule(number=RUNNERS)
    def kill(self, number: int) -> None:
        self.runners[number].store.close()
        self.runners[number] = self._runner(number)

    @rule(where=MACHINES, mends=st.booleans())
    def sync(self, where: str, mends: bool) -> None:
        if mends:
            self.mend(where)
        try:
            carry(self.wires[where].to(type(self).main()), self.home[where])
        except StoreAway:
            assert self.wires[where].cut

    @invariant()
    def every_record_proves_itself_and_holds_all(self) -> None:
        records = [self.judge.events(RUN)]
        for file in (file for home in self.home.values() for file in spares(home)):
            kept = SqliteStore.open(file)
            records.append(kept.events(RUN))
            kept.close()
        there: set[str] = set()
        for events in records:
            assert verify(events) == []
            digests = [event.digest for event in every(events)]
            assert len(set(digests)) == len(digests), "something is there twice"
            there.update(digests)
        assert there >= {event.digest for event in self.acknowledged}, "something was lost"

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        for wire in self.wires.values():
            wire.cut = wire.loses_answers = False
        for _ in range(2):
            for home in self.home.values():
                carry(type(self).main(), home)
        events = self.judge.events(RUN)
        assert verify(events) == []
        assert {event.digest for event in every(events)} >= {event.digest for event in self.acknowledged}
        line, branches = split(events)
        told = [event.digest for part in (line, *(each.events for each in branches)) for event in part]
        assert sorted(told) == sorted(event.digest for event in every(events)), "each stands in one branch"
        assert fold(RUN, events) == fold(RUN, self.judge.events(RUN))
        for runner in self.runners:
            runner.store.close()
        self.judge.close()
        shutil.rmtree(self.folder)


_CHECKS = [HealthCheck.too_slow, HealthCheck.filter_too_much]
_memory: list[MemoryStore] = []


class InMemory(History):
    main = lambda: _memory[0]  # noqa: E731
    fresh = lambda: _memory.__setitem__(slice(None), [MemoryStore()])  # noqa: E731


def test_nothing_is_lost_doubled_or_decided_by_two() -> None:
    few = settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=_CHECKS)
    run_state_machine_as_test(InMemory, settings=few)


@pytest.mark.slow
def test_nothing_is_lost_doubled_or_decided_by_two_on_postgresql(cluster: Server) -> None:
    url = cluster.create("history")

    def fresh() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET client_min_messages = error")
            connection.execute("DROP SCHEMA IF EXISTS runbook CASCADE")

    class OnPostgres(History):
        pass

    OnPostgres.main, OnPostgres.fresh = staticmethod(lambda: PostgresStore(url)), staticmethod(fresh)
    few = settings(max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=_CHECKS)
    run_state_machine_as_test(OnPostgres, settings=few)
