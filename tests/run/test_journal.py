from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreFull
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Lease
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal, body_of, new_run_id
from runbook_runner.stores.memory import MemoryStore
from tests.fakes import FakeClock

RUN = "r"


class Unlucky(MemoryStore):
    """Fails once, before or after the events are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.fail = ""

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        fail, self.fail = self.fail, ""
        if fail == "before":
            raise StoreFull("no room")
        super().append(events, lease=lease)
        if fail == "after":
            raise KeyboardInterrupt


def journal(store: MemoryStore, writer: str, clock: FakeClock | None = None) -> Journal:
    return Journal(store, RUN, clock or FakeClock(), writer=writer)


def texts(store: MemoryStore) -> list[str]:
    return [body.text for event in store.events(RUN) if isinstance(body := body_of(event), e.Noted)]


def test_writes_a_chain_that_holds() -> None:
    store, clock = MemoryStore(), FakeClock()
    heard: list[Event] = []
    one = Journal(store, RUN, clock, on_event=heard.append)
    first = one.decide(e.Noted("a"), e.Noted("b"))
    clock.wait(5.0)
    second = one.observe(e.Noted("c", visit=2))
    events = store.events(RUN)
    assert first + second == events == heard
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[2].wall - events[0].wall == events[2].mono - events[0].mono == 5.0
    assert len({event.salt for event in events}) == 3
    assert body_of(events[2]) == e.Noted("c", visit=2)
    assert verify(events, head=store.head(RUN)) == []


def test_goes_on_where_another_process_ended() -> None:
    store = MemoryStore()
    journal(store, "a").decide(e.Noted("1"))
    two = journal(store, "b")
    assert [event.seq for event in two.decide(e.Noted("2"))] == [1]
    assert verify(store.events(RUN)) == []


def test_a_decision_on_an_old_view_is_void_until_it_has_caught_up() -> None:
    store = MemoryStore()
    one, two = journal(store, "a"), journal(store, "b")
    one.decide(e.Noted("1"))
    two.decide(e.Noted("2"))
    for _ in range(2):
        with pytest.raises(HeadMoved):
            one.decide(e.Noted("void"))
    assert [body_of(event) for event in one.catch_up()] == [e.Noted("2")]
    one.decide(e.Noted("3"))
    assert texts(store) == ["1", "2", "3"]
    assert verify(store.events(RUN)) == []


def test_an_observation_is_accepted_behind_what_others_wrote() -> None:
    store = MemoryStore()
    one, two = journal(store, "a"), journal(store, "b")
    one.decide(e.Noted("1"))
    two.decide(e.Noted("2"), e.Noted("3"))
    new = one.observe(e.Noted("4"), e.Noted("5"))
    assert [body_of(event) for event in new] == [e.Noted(text) for text in "2345"]
    assert texts(store) == list("12345")
    assert verify(store.events(RUN)) == []


def test_who_lost_the_lease_still_observes() -> None:
    store = MemoryStore()
    one, two = journal(store, "a"), journal(store, "b")
    one.lease = store.claim(RUN, Holder("a", "alice", "h", 1, "boot"), now=0.0, ttl=30.0)
    one.decide(e.Noted("1"))
    two.lease = store.claim(RUN, Holder("b", "bob", "h", 2, "boot"), now=1.0, ttl=30.0, take=True)
    with pytest.raises(HeldElsewhere):
        one.decide(e.Noted("void"))
    two.decide(e.Noted("2"))
    one.observe(e.Noted("3"))
    assert texts(store) == ["1", "2", "3"]


def test_an_append_that_failed_leaves_no_gap() -> None:
    store = Unlucky()
    one = journal(store, "a")
    one.decide(e.Noted("1"))
    store.fail = "before"
    with pytest.raises(StoreFull):
        one.decide(e.Noted("lost"))
    one.decide(e.Noted("2"))
    assert texts(store) == ["1", "2"]
    assert verify(store.events(RUN)) == []


def test_an_append_interrupted_after_it_was_kept_is_found_again() -> None:
    store = Unlucky()
    one = journal(store, "a")
    one.decide(e.Noted("1"))
    store.fail = "after"
    with pytest.raises(KeyboardInterrupt):
        one.decide(e.Noted("2"))
    assert [body_of(event) for event in one.decide(e.Noted("3"))] == [e.Noted("2"), e.Noted("3")]
    assert texts(store) == ["1", "2", "3"]
    assert verify(store.events(RUN)) == []


def test_what_cannot_be_read_says_why() -> None:
    store = MemoryStore()
    (event,) = journal(store, "a").decide(e.Noted("secret"))
    store.scrub(RUN, "a", 1)
    assert body_of(store.events(RUN)[0]) == e.Unreadable("noted", scrubbed=True)
    assert body_of(replace(event, type="from_the_future")) == e.Unreadable("from_the_future", scrubbed=False)


def test_run_ids_sort_by_time_and_can_be_read_aloud() -> None:
    clock = FakeClock()
    first = new_run_id(clock)
    clock.wait(60.0)
    assert re.fullmatch(r"\d{8}-\d{4}-[2-9a-hjkmnp-z]{4}", first)
    assert first < new_run_id(clock)
    assert len({new_run_id(clock) for _ in range(50)}) == 50


def test_the_machines_clock_moves_forward_within_one_boot() -> None:
    clock = SystemClock()
    wall, mono = clock.wall(), clock.mono()
    clock.wait(0.01)
    clock.wait(-1.0)
    assert clock.mono() - mono >= 0.01
    assert clock.wall() > wall
    assert clock.boot() == SystemClock().boot() != ""
