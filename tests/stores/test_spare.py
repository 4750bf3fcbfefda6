"""A journal whose server goes away: the same store to whoever uses it, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from runbook_runner.cli.journal import carry
from runbook_runner.errors import HeldElsewhere, StoreAway
from runbook_runner.model.branches import split
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Event
from runbook_runner.ports import Lease, Store
from runbook_runner.run.carrying import Carried
from runbook_runner.stores._spare import SpareStore
from runbook_runner.stores.memory import MemoryStore
from tests.contracts.stores import ALICE, BOB, RUN, StoreContract, notes


class Fickle(MemoryStore):
    """Goes away before or after it has kept what it is given."""

    gone = ""

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
