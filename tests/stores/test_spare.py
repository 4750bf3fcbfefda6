"""A journal whose server goes away: the same store to whoever uses it, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner.cli.journal import carry
from runbook_runner.errors import HeldElsewhere, StoreAway
from runbook_runner.model.branches import every, split
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Event
from runbook_runner.ports import Lease, Store
from runbook_runner.run.carrying import Carried
from runbook_runner.stores import _knocking
from runbook_runner.stores._spare import SpareStore
from runbook_runner.stores.memory import MemoryStore
from runbook_runner.stores.sqlite import SqliteStore
from tests.contracts.stores import ALICE, BOB, RUN, StoreContract, notes
from tests.postgres import wait_for


class Fickle(MemoryStore):
    """Goes away before or after it has kept what it is given."""

    gone = ""

    def there(self) -> Store:
        if self.gone:
            raise StoreAway("it is gone")
        return self

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        if self.gone == "before":
            raise StoreAway("it is gone")
        super().append(events, lease=lease)
        if self.gone:
            raise StoreAway("it is gone")


class TestInFrontOfAStoreThatIsThere(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return SpareStore(MemoryStore, tmp_path / "spare.db", lambda _: None)


@pytest.mark.parametrize("gone", ["before", "after"])
def test_goes_on_in_the_file_under_the_same_lease_and_is_carried_over(tmp_path: Path, gone: str) -> None:
    main = Fickle()
    said: list[str] = []
    store = SpareStore(lambda: main, tmp_path / "away" / "spare.db", said.append)
    chain = notes(5)
    lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
    store.append(chain[:2], lease=lease)
    assert (store.away, said) == ("", [])
    main.gone = gone
    store.append(chain[2:3], lease=lease)
    assert "it is gone; it goes on in" in said[0]
    assert store.away == "it is gone"
    lease = store.renew(lease, now=110.0, ttl=30.0)
    assert store.lease(RUN) == lease
    store.append(chain[3:], lease=lease)
    assert store.events(RUN) == chain
    with pytest.raises(HeldElsewhere, match="alice"):
        store.claim(RUN, BOB, now=111.0, ttl=30.0)
    store.release(lease)
    assert store.lease(RUN) is None
    with pytest.raises(HeldElsewhere):
        store.append(notes(1, parent=chain[-1].digest, first=6), lease=lease)
    store.close()
    main.gone = ""
    there = 2 if gone == "before" else 3
    assert carry(main, tmp_path / "away" / "spare.db") == [Carried(RUN, 5 - there)]
    assert carry(main, tmp_path / "away" / "spare.db") == []
    assert main.events(RUN) == chain
    assert verify(main.events(RUN)) == []


def test_whoever_takes_the_run_in_the_file_decides_there(tmp_path: Path) -> None:
    def gone() -> Store:
        raise StoreAway("it is gone")

    alice = SpareStore(gone, tmp_path / "spare.db", lambda _: None)
    bob = SpareStore(gone, tmp_path / "spare.db", lambda _: None)
    chain = notes(2)
    lease = alice.claim(RUN, ALICE, now=100.0, ttl=30.0)
    alice.append(chain[:1], lease=lease)
    taken = bob.claim(RUN, BOB, now=101.0, ttl=30.0, take=True)
    with pytest.raises(HeldElsewhere, match="bob"):
        alice.append(chain[1:], lease=lease)
    bob.append(chain[1:], lease=taken)
    assert alice.events(RUN) == chain
    with pytest.raises(StoreAway):
        bob.scrub(RUN, "writer-a", 1)


def test_a_run_that_went_on_in_both_is_kept_as_two_branches_and_may_fall_back_again(tmp_path: Path) -> None:
    main = Fickle()
    store = SpareStore(lambda: main, tmp_path / "spare.db", lambda _: None)
    chain = notes(3)
    lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
    store.append(chain[:1], lease=lease)
    main.gone = "before"
    store.append(chain[1:], lease=lease)
    main.gone = ""
    other = notes(1, parent=chain[0].digest, writer="writer-b")
    main.append(other, lease=None)
    file = tmp_path / "spare.db"
    assert carry(main, file) == [Carried(RUN, 2, apart=True)]
    assert carry(main, file) == []
    assert main.events(RUN)[:2] == [chain[0], *other]
    assert [*split(main.events(RUN))[0]][:-1] == [chain[0], *other, *chain[1:]]
    assert verify(main.events(RUN)) == []
    assert store.events(RUN) == chain

    # The file has another history than the journal now: another file takes its place.
    again = SpareStore(lambda: main, file, lambda _: None)
    lease = again.claim(RUN, BOB, now=200.0, ttl=30.0)
    main.gone = "before"
    more = notes(2, parent=main.head(RUN), writer="writer-b", first=2)
    again.append(more, lease=lease)
    assert again.events(RUN)[-2:] == more
    main.gone = ""
    assert carry(main, file) == [Carried(RUN, 2)]
    assert main.events(RUN)[-2:] == more
    assert verify(main.events(RUN)) == []


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_knocking, "PAUSES", (0.01,))


@pytest.mark.usefixtures("quick")
def test_goes_on_in_the_store_once_it_is_back_under_the_same_lease(tmp_path: Path) -> None:
    main = Fickle()
    said: list[str] = []
    store = SpareStore(main.there, tmp_path / "spare.db", said.append)
    chain = notes(9)
    lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
    store.append(chain[:2], lease=lease)
    for gone in (2, 6):  # twice
        main.gone = "before"
        store.append(chain[gone : gone + 1], lease=lease)
        child = store.claim("child", ALICE, now=100.0, ttl=30.0) if gone == 2 else None
        assert store.away
        assert main.events(RUN) == chain[:gone]
        main.gone = ""
        wait_for(lambda: not store.renew(lease, now=101.0, ttl=30.0) or not store.away)
        assert "the journal is back" in said[-1]
        assert main.events(RUN) == chain[: gone + 1]
        store.append(chain[gone + 1 : gone + 3], lease=store.renew(lease, now=102.0, ttl=30.0))
        assert main.events(RUN) == chain[: gone + 3] == store.events(RUN)
        assert store.lease(RUN) == replace(main.lease(RUN), token=lease.token)  # type: ignore[type-var]
        if child is not None:
            store.append(notes(1, run="child"), lease=child)
            assert main.events("child") == notes(1, run="child")
            store.append(chain[5:6], lease=lease)
    main.claim(RUN, BOB, now=103.0, ttl=30.0, take=True)
    with pytest.raises(HeldElsewhere, match="bob"):
        store.append(notes(1, parent=main.head(RUN), first=10), lease=lease)
    store.close()
    assert carry(main, tmp_path / "spare.db") == []


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["claims", "appends", "takes it in the file"])
def test_stays_in_the_file_where_somebody_has_the_run_now(tmp_path: Path, how: str) -> None:
    main = Fickle()
    said: list[str] = []
    store = SpareStore(main.there, tmp_path / "spare.db", said.append)
    chain = notes(4)
    lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
    store.append(chain[:1], lease=lease)
    main.gone = "before"
    store.append(chain[1:2], lease=lease)
    if how == "claims":
        main.claim(RUN, BOB, now=100.0, ttl=1e12, take=True)
    elif how == "appends":
        MemoryStore.append(main, notes(1, parent=chain[0].digest, writer="writer-b"), lease=None)
    else:
        SqliteStore.open(tmp_path / "spare.db").claim(RUN, BOB, now=100.0, ttl=30.0, take=True)
    there = main.events(RUN)
    main.gone = ""

    def told() -> bool:
        store.wait(0.0)
        return "the journal is back, but" in said[-1]

    wait_for(told)
    assert store.away
    assert main.events(RUN) == there
    if how != "takes it in the file":
        store.append(chain[2:], lease=lease)
        assert store.events(RUN) == chain
    assert len(said) == 2
    store.close()
    carry(main, tmp_path / "spare.db")
    assert verify(main.events(RUN)) == []
    assert {each.digest for each in every(main.events(RUN))} >= {each.digest for each in store_events(tmp_path)}


def store_events(folder: Path) -> list[Event]:
    return SqliteStore.open(folder / "spare.db").events(RUN)


def test_a_store_that_stays_away_is_tried_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_knocking, "PAUSES", (0.001, 60.0))
    tries = []

    def gone() -> Store:
        tries.append(1)
        raise StoreAway("it is gone")

    store = SpareStore(gone, tmp_path / "spare.db", lambda _: None)
    lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
    wait_for(lambda: len(tries) == 2)
    for each in notes(50):
        store.append([each], lease=lease)
    assert len(tries) == 2
    store.close()
