"""What every store must do: inherit StoreContract and say how to make one."""

from __future__ import annotations

import time

import pytest
from msgspec.structs import replace

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreError
from runbook_runner.model import events as e
from runbook_runner.model.chain import seal, verify
from runbook_runner.model.events import Body, Event
from runbook_runner.ports import Holder, Lease, Live, Store, Wanted

RUN = "20261123-0304-k3f9"
ALICE = Holder("writer-a", "alice", "jump1", 11, "boot1")
BOB = Holder("writer-b", "bob", "jump2", 22, "boot2")


def event(
    body: Body,
    seq: int = 1,
    parent: str = "",
    *,
    run: str = RUN,
    writer: str = "writer-a",
    wall: float = 1000.0,
) -> Event:
    return seal(body, run=run, writer=writer, seq=seq, parent=parent, wall=wall, mono=1.5, boot="boot1", salt="ab" * 16)


def notes(count: int, *, run: str = RUN, parent: str = "", first: int = 1, writer: str = "writer-a") -> list[Event]:
    """A chain of notes."""
    chain: list[Event] = []
    for seq in range(first, first + count):
        chain.append(event(e.Noted(f"note {seq}"), seq, parent, run=run, writer=writer, wall=1000.0 + seq))
        parent = chain[-1].digest
    return chain


class StoreContract:
    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    # --- appending

    def test_keeps_events_as_they_were(self, store: Store) -> None:
        body = e.AttemptEnded(
            1, "exit", 0, None, 0.1 + 0.2, (0, 141), ("77 sleep 'ü' \U0001f525 \udcff",), note="a\0b\r\n"
        )
        chain = [event(body), *notes(2, parent=event(body).digest, first=2)]
        store.append(chain[:1], lease=None)
        store.append(chain[1:], lease=None)
        assert store.events(RUN) == chain
        assert store.head(RUN) == chain[-1].digest
        assert verify(store.events(RUN), head=store.head(RUN)) == []

    def test_knows_nothing_of_an_unknown_run(self, store: Store) -> None:
        assert store.events("none") == []
        assert store.head("none") == ""
        assert store.lease("none") is None
        assert store.matching("none") == []

    def test_appending_nothing_changes_nothing(self, store: Store) -> None:
        store.append([], lease=None)
        assert store.matching("") == []

    def test_refuses_what_does_not_follow_the_head(self, store: Store) -> None:
        first, second = notes(2)
        store.append([first], lease=None)
        with pytest.raises(HeadMoved):
            store.append([event(e.Noted("late"), writer="writer-b")], lease=None)
        store.append([second], lease=None)
        with pytest.raises(HeadMoved):
            store.append([event(e.Noted("late"), 1, first.digest, writer="writer-b")], lease=None)
        assert store.events(RUN) == [first, second]

    def test_refuses_the_same_event_twice(self, store: Store) -> None:
        first = event(e.Noted("once"))
        store.append([first], lease=None)
        with pytest.raises(HeadMoved):
            store.append([first], lease=None)
        assert store.events(RUN) == [first]

    @pytest.mark.parametrize(
        "broken",
        [
            replace(notes(2)[1], payload={"text": "forged", "visit": None}),
            replace(notes(2)[1], wall=5.0),
            replace(notes(2)[1], digest="0" * 64),
            event(e.Noted("elsewhere"), 2, "f" * 64),
            event(e.Noted("gap"), 3, notes(1)[0].digest),
            event(e.Noted("again"), 1, notes(1)[0].digest),
            event(e.Noted("other run"), 2, notes(1)[0].digest, run="other"),
        ],
        ids=["payload", "wall", "digest", "parent", "gap", "number", "run"],
    )
    def test_takes_all_or_none(self, store: Store, broken: Event) -> None:
        with pytest.raises(StoreError, match="refused"):
            store.append([*notes(1), broken], lease=None)
        assert store.events(RUN) == []
        assert store.events("other") == []
        assert store.head(RUN) == ""
        store.append(notes(3), lease=None)
        assert store.events(RUN) == notes(3)

    def test_numbers_go_on_by_writer(self, store: Store) -> None:
        chain = notes(2)
        chain += notes(1, parent=chain[-1].digest, writer="writer-b")
        chain += notes(1, parent=chain[-1].digest, first=3)
        store.append(chain[:3], lease=None)
        store.append(chain[3:], lease=None)
        with pytest.raises(StoreError, match="number"):
            store.append(notes(1, parent=chain[-1].digest, writer="writer-b", first=3), lease=None)
        assert store.events(RUN) == chain

    def test_keeps_runs_apart(self, store: Store) -> None:
        store.append(notes(2), lease=None)
        store.append(notes(1, run="other"), lease=None)
        assert store.events("other") == notes(1, run="other")
        assert store.events(RUN) == notes(2)
        assert store.runs() == [RUN, "other"]

    # --- finding

    def test_selects_by_type_and_time_oldest_first(self, store: Store) -> None:
        late = event(e.Noted("late"), run="a", wall=30.0)
        early = event(e.Noted("early"), run="b", wall=10.0)
        ended = event(e.RunEnded("resolved", "answer"), 2, early.digest, run="b", wall=20.0)
        store.append([late], lease=None)
        store.append([early, ended], lease=None)
        assert store.select(["noted"]) == [early, late]
        assert store.select(["run_ended", "noted"]) == [early, ended, late]
        assert store.select(["noted", "run_ended"], since=20.0) == [ended, late]
        assert store.select(["noted"], since=30.1) == []
        assert store.select([]) == []
        assert store.select(["visited"]) == []

    def test_selects_events_of_one_moment_in_their_order(self, store: Store) -> None:
        first = event(e.Visited("a", 1, "start"))
        chain = [first, event(e.Noted("x"), 2, first.digest)]
        chain.append(event(e.Visited("b", 2, "next"), 3, chain[-1].digest))
        store.append(chain, lease=None)
        assert store.select(["noted", "visited"]) == chain

    def test_finds_runs_by_prefix_newest_first(self, store: Store) -> None:
        for run, wall in (("20261123-0304-zzzz", 1.0), ("20261123-0304-aaaa", 2.0), ("20261124-0000-mmmm", 3.0)):
            store.append([event(e.Noted("x"), run=run, wall=wall)], lease=None)
        assert store.matching("") == ["20261124-0000-mmmm", "20261123-0304-aaaa", "20261123-0304-zzzz"]
        assert store.matching("20261123") == ["20261123-0304-aaaa", "20261123-0304-zzzz"]
        assert store.matching("20261123-0304-z") == ["20261123-0304-zzzz"]
        assert store.matching("%") == store.matching("2026112_") == []

    def test_reads_on_from_where_one_was(self, store: Store) -> None:
        store.append(notes(3), lease=None)
        assert store.events(RUN, after=2) == notes(3)[2:]
        assert store.events(RUN, after=3) == []

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (Wanted(), ["d", "c", "b", "a"]),
            (Wanted(since=20.0), ["d", "c", "b"]),
            (Wanted(service="payments"), ["b", "a"]),
            (Wanted(service="pay"), []),
            (Wanted(runbook="disk"), ["c", "a"]),
            (Wanted(runbook="OPS/"), ["b", "a"]),
            (Wanted(runbook="%"), []),
            (Wanted(who="bob"), ["c", "b"]),
            (Wanted(who="bo"), []),
            (Wanted(outcome="open"), ["d", "b"]),
            (Wanted(outcome="resolved"), ["a"]),
            (Wanted(outcome="abandoned", who="bob"), ["c"]),
            (Wanted(service="payments", outcome="open", since=20.0, runbook="queue", who="alice"), ["b"]),
        ],
    )
    def test_finds_the_runs_that_are_wanted(self, store: Store, wanted: Wanted, found: list[str]) -> None:
        for run, wall, path, title, who, service, driver, outcome in (
            ("a", 10.0, "ops/disk.md", "Disk full \ud83d\udcbe \udcff", "alice", "payments", "", "resolved"),
            ("b", 20.0, "ops/queue.md", "Queue", "alice", "payments", "bob", ""),
            ("c", 30.0, "db/d.md", "A DISK that fails", "bob", "", "", "abandoned"),
        ):
            bodies: list[Body] = [e.RunStarted(path, title, "0" * 64, "SOURCE", who, "h", wall, service)]
            bodies += [e.DriverChanged(driver, "h", "take")] if driver else []
            bodies += [e.RunEnded(outcome, "answer")] if outcome else []
            parent = ""
            for seq, body in enumerate(bodies, 1):
                one = event(body, seq, parent, run=run, wall=wall)
                store.append([one], lease=None)
                parent = one.digest
        store.append([event(e.Noted("no start"), run="d", wall=40.0)], lease=None)
        assert store.find(wanted) == found
        assert store.find(wanted, limit=1) == found[:1]
        for run in found:
            store.claim(run, BOB, now=100.0, ttl=30.0)
        assert store.find(replace(wanted, held=120.0)) == found
        assert store.find(replace(wanted, held=131.0)) == []
        if found:
            store.release(store.claim(found[0], BOB, now=100.0, ttl=30.0))
            assert store.find(replace(wanted, held=120.0)) == found[1:]

    @pytest.mark.parametrize(
        "text",
        ["needle", "NEEDLE", "100%", "a_b", 'say "x"', "C:\\dir", "two\nlines", "Zürich", "\udcff", "\t", "\x07", "'"],
    )
    def test_finds_events_that_hold_a_text(self, store: Store, text: str) -> None:
        hit = event(e.Noted(f"before {text.lower()} after"), run="a", wall=10.0)
        late = event(e.Noted(f"{text}"), run="b", wall=20.0)
        store.append([hit], lease=None)
        store.append([event(e.Noted("hay"), run="c", wall=15.0)], lease=None)
        store.append([late], lease=None)
        assert [found for found in store.containing(text, ["noted", "output"]) if found.run != "c"] == [late, hit]
        assert [found for found in store.containing(text, ["noted"], since=15.0) if found.run != "c"] == [late]
        assert store.containing(text, ["output"]) == []

    def test_waits_no_longer_than_asked(self, store: Store) -> None:
        store.wait(0.01)

        def seconds() -> float:
            began = time.monotonic()
            store.wait(0.05)
            return time.monotonic() - began

        assert any(seconds() < 0.6 for _ in range(5))  # not each time: the machine may be busy

    # --- leases

    def test_one_drives_and_another_is_told_who(self, store: Store) -> None:
        lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        assert lease == store.lease(RUN) == Lease(RUN, lease.token, ALICE, 130.0)
        with pytest.raises(HeldElsewhere, match=r"alice on jump1 \(pid 11\)"):
            store.claim(RUN, BOB, now=129.0, ttl=30.0)
        assert store.lease(RUN) == lease
        store.claim("other", BOB, now=129.0, ttl=30.0)

    def test_a_lapsed_lease_is_free(self, store: Store) -> None:
        store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        lease = store.claim(RUN, BOB, now=130.0, ttl=30.0)
        assert store.lease(RUN) == lease
        assert lease.holder == BOB

    def test_a_lapsed_lease_that_nobody_took_still_decides(self, store: Store) -> None:
        lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        store.append(notes(1), lease=lease)
        assert store.renew(lease, now=500.0, ttl=30.0).expires == 530.0
        current = store.lease(RUN)
        assert current is not None
        assert (current.token, current.expires) == (lease.token, 530.0)

    def test_of_those_that_see_its_holder_gone_one_takes_it(self, store: Store) -> None:
        gone = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        taken = store.claim(RUN, BOB, now=101.0, ttl=30.0, over=gone.token)
        with pytest.raises(HeldElsewhere, match="bob"):
            store.claim(RUN, Holder("writer-c", "carol", "jump3", 33, "boot3"), now=101.0, ttl=30.0, over=gone.token)
        assert store.lease(RUN) == taken

    def test_our_own_is_ours_again(self, store: Store) -> None:
        first = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        second = store.claim(RUN, ALICE, now=101.0, ttl=30.0)
        assert second.token > first.token
        with pytest.raises(HeldElsewhere):
            store.append(notes(1), lease=first)

    def test_who_lost_the_run_decides_nothing_but_observes(self, store: Store) -> None:
        lost = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        taken = store.claim(RUN, BOB, now=101.0, ttl=30.0, take=True)
        assert taken.token > lost.token
        with pytest.raises(HeldElsewhere, match="bob"):
            store.append(notes(1), lease=lost)
        with pytest.raises(HeldElsewhere, match="bob"):
            store.renew(lost, now=102.0, ttl=30.0)
        store.release(lost)
        assert store.lease(RUN) == taken
        assert store.events(RUN) == []
        chain = notes(2)
        store.append(chain[:1], lease=None)
        store.append(chain[1:], lease=taken)
        assert store.events(RUN) == chain

    def test_a_released_lease_is_void_and_tokens_still_grow(self, store: Store) -> None:
        lease = store.claim(RUN, ALICE, now=100.0, ttl=30.0)
        store.release(lease)
        store.release(lease)
        assert store.lease(RUN) is None
        with pytest.raises(HeldElsewhere):
            store.append(notes(1), lease=lease)
        with pytest.raises(HeldElsewhere):
            store.renew(lease, now=101.0, ttl=30.0)
        again = store.claim(RUN, BOB, now=101.0, ttl=30.0)
        assert again.token > lease.token
        with pytest.raises(HeldElsewhere):
            store.append(notes(1), lease=lease)

    # --- scrubbing

    def test_scrubs_one_payload_and_leaves_the_chain(self, store: Store) -> None:
        chain = notes(3)
        store.append(chain, lease=None)
        store.scrub(RUN, "writer-a", 2)
        store.scrub(RUN, "writer-a", 2)
        assert store.events(RUN) == [chain[0], replace(chain[1], salt="", payload=None), chain[2]]
        assert store.select(["noted"])[1].payload is None
        why = event(e.Scrubbed("writer-a", 2, "a password", "alice"), 4, chain[-1].digest)
        store.append([why], lease=None)
        assert verify(store.events(RUN)) == []

    def test_empties_whole_runs_and_leaves_the_chain(self, store: Store) -> None:
        chain = notes(2)
        chain.append(event(e.Pruned("alice", "a.jsonl", "w.md", "W", "", "bob", "resolved"), 3, chain[-1].digest))
        store.append(chain, lease=None)
        store.append(notes(1, run="other"), lease=None)
        store.empty([RUN])
        store.empty([RUN, "none"])
        assert store.events(RUN) == [*(replace(each, salt="", payload=None) for each in chain[:2]), chain[2]]
        assert store.events("other") == notes(1, run="other")
        assert verify(store.events(RUN)) == []

    # --- what a command prints just now

    def test_shows_what_was_shown_last_and_nothing_once_it_is_taken_back(self, store: Store) -> None:
        assert store.shown(RUN) is None
        store.show(RUN, Live(1, 3, (("stdout", "one"),)))
        store.show("other", Live(9, 1, (("stdout", "x"),)))
        later = Live(1, 8_000_000_000, (("stdout", "o\ne 'ü' \U0001f525\n"), ("stderr", "two\x1b[0m")))
        store.show(RUN, later)
        assert store.shown(RUN) == later
        store.show(RUN, None)
        store.show(RUN, None)
        assert store.shown(RUN) is None
        assert store.shown("other") is not None
        assert store.events(RUN) == []
        assert store.runs() == []

    def test_what_was_shown_goes_with_the_texts_that_are_removed(self, store: Store) -> None:
        store.append(notes(1), lease=None)
        store.show(RUN, Live(1, 3, (("stdout", "one"),)))
        store.scrub(RUN, "writer-a", 1)
        assert store.shown(RUN) is None
        store.show(RUN, Live(1, 3, (("stdout", "one"),)))
        store.empty([RUN])
        assert store.shown(RUN) is None

    def test_says_that_there_is_nothing_to_scrub(self, store: Store) -> None:
        store.append(notes(1), lease=None)
        for run, writer, seq in ((RUN, "writer-a", 2), (RUN, "writer-b", 1), ("other", "writer-a", 1)):
            with pytest.raises(StoreError, match="no event"):
                store.scrub(run, writer, seq)
        assert store.events(RUN) == notes(1)
