"""A run that went on in two places: both branches are kept in the journal, and joined once."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.errors import StoreAway
from runbook_runner.formats import Record
from runbook_runner.model import events as e
from runbook_runner.model.branches import split
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Body, Event
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Lease, Wanted
from runbook_runner.run import carrying
from runbook_runner.run.carrying import Carried, carry
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores.memory import MemoryStore
from runbook_runner.stores.sqlite import SqliteStore
from tests.contracts.stores import ALICE, BOB, RUN, event

CLOCK = SystemClock()
START = e.RunStarted("w.md", "Worker", "", "# Worker\n", "alice", "jump1", 1000.0, "payments")


def chain(
    *bodies: Body, parent: str = "", first: int = 1, writer: str = "writer-a", wall: float = 1000.0
) -> list[Event]:
    found: list[Event] = []
    for seq, body in enumerate(bodies, first):
        found.append(event(body, seq, parent, writer=writer, wall=wall + seq))
        parent = found[-1].digest
    return found


def step(name: str, visit: int, attempt: int, printed: str, effect: str = "read") -> tuple[Body, ...]:
    return (
        e.Visited(name, visit, "next"),
        e.AttemptStarted(visit, attempt, name, 0, f"./{name}", "", effect, 1, "2"),
        e.Output(attempt, "stdout", printed, "", len(printed), len(printed)),
        e.AttemptEnded(attempt, "exit", 0, None, 0.1),
        e.StepEnded(visit, "passed", "machine"),
    )


COMMON = chain(START, *step("look", 1, 1, "looked"))
AWAY = chain(*step("mend", 2, 2, "alice mended", "change"), e.Noted("it is slow"), parent=COMMON[-1].digest, first=7)
THERE = chain(
    e.DriverChanged("bob", "jump2", "take"), *step("mend", 2, 2, "bob mended", "change"),
    e.RunEnded("resolved", "answer"),
    parent=COMMON[-1].digest, writer="writer-b", wall=1030.0,
)  # fmt: skip
NOTED = chain(e.Noted("carol was here"), parent=COMMON[-1].digest, writer="writer-c")


def journal(*events: Event) -> MemoryStore:
    store = MemoryStore()
    store.append(events, lease=None)
    return store


def shown(run: RunState, events: Sequence[Event]) -> str:
    return registry.format_for("show_text").render(Record(run, events))


def test_both_branches_are_kept_and_the_one_that_was_driven_there_counts() -> None:
    main = journal(*COMMON, *THERE)
    assert carry(main, RUN, [*COMMON, *AWAY], CLOCK) == Carried(RUN, 6, apart=True, by="bob")
    events = main.events(RUN)
    assert verify(events) == []
    assert [body.type for body in events[-7:]] == ["apart"] * 6 + ["merged"]
    assert events[-1].payload == {"heads": [THERE[-1].digest, AWAY[-1].digest], "stands": ""}
    state = fold(RUN, events)
    assert replace(state, apart=(), last_wall=0.0) == replace(fold(RUN, [*COMMON, *THERE]), last_wall=0.0)
    (beside,) = state.apart
    assert (beside.who, beside.host, beside.events) == ("alice", "jump1", tuple(AWAY))
    assert [attempt.outputs[0].head for attempt in beside.state.attempts.values()] == ["alice mended"]
    text = shown(state, events)
    for said in ("alice, while out of touch", "| alice mended", "| bob mended", "it is slow", "ended resolved"):
        assert text.count(said) >= 1, text
    assert text.index("alice mended") < text.index("the branch ends here") < text.index("bob mended")
    report = registry.format_for("report_markdown").render(Record(state, events))
    assert report.count("Changed: `./mend`") == 2


def test_what_others_only_noted_does_not_take_the_run_from_its_driver() -> None:
    ended = chain(e.RunEnded("mitigated", "answer"), parent=AWAY[-1].digest, first=13)
    main = journal(*COMMON, *NOTED)
    assert carry(main, RUN, [*COMMON, *AWAY, *ended], CLOCK) == Carried(RUN, 7, apart=True)
    assert verify(main.events(RUN)) == []
    state = fold(RUN, main.events(RUN))
    assert (state.outcome, state.ended_wall, state.apart) == ("mitigated", ended[0].wall, ())
    assert {note.text for _, note in state.notes} == {"carol was here", "it is slow"}
    assert main.find(Wanted(outcome="mitigated")) == [RUN]


def test_whoever_holds_the_lease_decides_though_nothing_is_written_yet() -> None:
    main = journal(*COMMON, *NOTED)
    main.claim(RUN, BOB, now=0.0, ttl=1e12)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    assert len(fold(RUN, main.events(RUN)).apart) == 1
    held = journal(*COMMON, *NOTED)
    held.claim(RUN, ALICE, now=0.0, ttl=0.0)
    carry(held, RUN, [*COMMON, *AWAY], CLOCK)
    assert fold(RUN, held.events(RUN)).apart == ()


def test_a_branch_that_goes_on_is_joined_again_and_shown_as_one() -> None:
    more = chain(*step("check", 3, 3, "alice checked"), parent=AWAY[-1].digest, first=13)
    main = journal(*COMMON, *THERE)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    assert carry(main, RUN, [*COMMON, *AWAY, *more], CLOCK).new == 5
    assert carry(main, RUN, [*COMMON, *AWAY, *more], CLOCK) == Carried(RUN, 0)
    events = main.events(RUN)
    assert verify(events) == []
    assert [each.events for each in split(events)[1]] == [(*AWAY, *more)]
    # One that came before hers: somebody takes up what she has brought, and she goes on out of touch.
    main = journal(*COMMON, *NOTED)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    Journal(main, RUN, CLOCK).observe(e.DriverChanged("bob", "jump2", "resume"))
    assert carry(main, RUN, [*COMMON, *AWAY, *more], CLOCK).by == "bob"
    state = fold(RUN, main.events(RUN))
    assert [visit.step for visit in state.visits] == ["look", "mend"]
    assert [visit.step for visit in state.apart[0].state.visits] == ["check"]


class Dying(MemoryStore):
    """Is killed at one of its appends, before or after it."""

    left = 0
    after = False

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise StoreAway("killed")
        super().append(events, lease=lease)
        if self.left == 0:
            raise StoreAway("killed")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_at_any_point_it_is_done_again_and_nothing_is_there_twice(
    monkeypatch: pytest.MonkeyPatch, at: int, after: bool
) -> None:
    monkeypatch.setattr(carrying, "_AT_ONCE", 2)
    main = Dying()
    main.append([*COMMON, *THERE], lease=None)
    main.left, main.after = at, after
    with pytest.raises(StoreAway):
        carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    Journal(main, RUN, CLOCK).observe(e.Noted("in between"))
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    events = main.events(RUN)
    assert verify(events) == []
    assert [each.events for each in split(events)[1]] == [tuple(AWAY)]
    assert sum(each.type == "apart" for each in events) == len(AWAY)
    assert sum(each.type == "merged" for each in events) == 1
    assert carry(main, RUN, [*COMMON, *AWAY], CLOCK) == Carried(RUN, 0)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_killed_at_any_point_the_end_of_a_run_is_still_found_by_lists(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    monkeypatch.setattr(carrying, "_AT_ONCE", 2)
    ended = chain(e.RunEnded("mitigated", "answer"), parent=AWAY[-1].digest, first=13)
    main = Dying()
    main.append([*COMMON, *NOTED], lease=None)
    main.left, main.after = at, True
    with pytest.raises(StoreAway):
        carry(main, RUN, [*COMMON, *AWAY, *ended], CLOCK)
    carry(main, RUN, [*COMMON, *AWAY, *ended], CLOCK)
    assert verify(main.events(RUN)) == []
    assert fold(RUN, main.events(RUN)).outcome == "mitigated"
    assert main.find(Wanted(outcome="mitigated")) == [RUN]
    assert [event.type for event in main.events(RUN)].count("run_ended") == 1


def test_two_machines_that_carry_over_at_once_join_both(tmp_path: Path) -> None:
    SqliteStore.open(tmp_path / "journal.db").append([*COMMON, *THERE], lease=None)
    other = chain(e.Noted("carol, in the dark"), parent=COMMON[-1].digest, writer="writer-c")
    start = threading.Barrier(4)

    def work(branch: list[Event]) -> None:
        store = SqliteStore.open(tmp_path / "journal.db")
        start.wait()
        carry(store, RUN, [*COMMON, *branch], CLOCK)
        store.close()

    threads = [threading.Thread(target=work, args=(branch,)) for branch in (AWAY, other, AWAY, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = SqliteStore.open(tmp_path / "journal.db").events(RUN)
    assert verify(events) == []
    assert sorted((each.events for each in split(events)[1]), key=len) == [tuple(other), tuple(AWAY)]
    assert sum(each.type == "apart" for each in events) == len(AWAY) + 1


def test_what_is_tampered_with_in_either_branch_is_found() -> None:
    main = journal(*COMMON, *THERE)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    events = main.events(RUN)
    for place, each in enumerate(events):
        for told in (
            [*events[:place], *events[place + 1 :]],
            [*events[:place], replace(each, wall=5.0), *events[place + 1 :]],
            [*events[:place], replace(each, payload={**(each.payload or {}), "x": 1}), *events[place + 1 :]],
            [*events[:place], replace(each, salt="", payload=None), *events[place + 1 :]],
        ):
            assert verify(told, head=events[-1].digest) != [], (place, each.type)


def test_an_event_of_a_branch_forged_with_all_hashes_of_the_journal_is_found() -> None:
    """Whoever may write to the journal cannot say that somebody else saw something else."""
    main = journal(*COMMON, *THERE)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    line = main.events(RUN)[:-7]
    kept = [each.payload["event"] for each in main.events(RUN)[-7:-1] if each.payload]
    merged = e.Merged((THERE[-1].digest, AWAY[-1].digest))
    forged = {**kept[2], "payload": {**kept[2]["payload"], "head": "all is well"}}
    for bodies, says in (
        ([*kept[:2], forged, *kept[3:]], "payload was changed"),
        ([*kept[:2], *kept[3:]], "the event before it is missing"),
        (kept[:-1], "a branch that it joins is missing"),
        ([*kept[:2], {"x": 1}, *kept[3:]], "it keeps no event"),
    ):
        told = chain(*map(e.Apart, bodies), merged, parent=THERE[-1].digest, writer="mallory")
        assert any(says in flaw for flaw in verify([*line, *told])), says
    assert verify([*line, *chain(*map(e.Apart, kept), parent=THERE[-1].digest, writer="w")]) != []


def test_scrubbing_one_event_of_a_branch_leaves_the_rest_proven_and_shown() -> None:
    main = journal(*COMMON, *THERE)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    secret = main.events(RUN)[-5]
    Journal(main, RUN, CLOCK).observe(e.Scrubbed(secret.writer, secret.seq, "a password", "bob"))
    main.scrub(RUN, secret.writer, secret.seq)
    events = main.events(RUN)
    assert verify(events) == []
    assert "alice mended" not in shown(fold(RUN, events), events)
    assert [visit.step for visit in fold(RUN, events).apart[0].state.visits] == ["mend"]
    # It is not brought back by the file that it came from.
    assert carry(main, RUN, [*COMMON, *AWAY], CLOCK).new == 0
    assert verify(main.events(RUN)) == []


def test_a_run_with_branches_can_be_pruned() -> None:
    main = journal(*COMMON, *THERE)
    carry(main, RUN, [*COMMON, *AWAY], CLOCK)
    pruned = e.Pruned("carol", "old.jsonl", "w.md", "Worker", "payments", "bob", "resolved", "", (AWAY[-1].digest,))
    Journal(main, RUN, CLOCK).observe(pruned)
    main.empty([RUN])
    events = main.events(RUN)
    assert verify(events) == []
    assert fold(RUN, events).outcome == "resolved"
    assert "archived the record" in shown(fold(RUN, events), events)
    assert carry(main, RUN, [*COMMON, *AWAY], CLOCK).new == 0
