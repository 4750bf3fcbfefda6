"""What is written in one piece, when it is on disk, and what becomes of it when somebody else writes meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runbook_runner.errors import HeldElsewhere, NeedsPerson, StoreFull
from runbook_runner.model import events as e
from runbook_runner.model.chain import verify
from runbook_runner.model.events import Event
from runbook_runner.ports import Finished, Lease, Request, Sink
from runbook_runner.run.auto import Unattended
from runbook_runner.run.begin import Cause, take_up
from runbook_runner.run.journal import Journal
from runbook_runner.run.walk import Walk
from runbook_runner.run.whole import walked
from runbook_runner.stores.memory import MemoryStore
from tests.build import command, step
from tests.commands import Answer, FakeExecutor
from tests.people import ScriptedPrompt, Typed
from tests.run.test_drive import Table


class Pieces(MemoryStore):
    """Remembers what was appended at once, and how many commands had run by then."""

    def __init__(self, ran: Callable[[], int]) -> None:
        super().__init__()
        self.ran = ran
        self.pieces: list[tuple[int, list[str]]] = []
        self.full = ""
        """The type of event for which there is no room."""

    def append(self, events: Sequence[Event], *, lease: Lease | None) -> None:
        if any(event.type == self.full for event in events):
            raise StoreFull("no room")
        super().append(events, lease=lease)
        self.pieces.append((self.ran(), [event.type for event in events]))


class Interfered(FakeExecutor):
    """Something happens while a command runs."""

    meanwhile: Callable[[], None] = lambda: None

    def execute(self, request: Request, sink: Sink) -> Finished:
        finished = super().execute(request, sink)
        self.meanwhile()
        return finished


class Looks(Table):
    """A walk of three reads."""

    def __init__(self) -> None:
        names = ("a", "b", "c")
        super().__init__(*(step(name, run=command(name)) for name in names))
        self.executor: Interfered = Interfered({name: Answer(f"{name}\n") for name in names})
        self.pieces = Pieces(lambda: len(self.executor.ran))
        self.store = self.pieces

    def alone(self, tmp: Path) -> Walk:
        return self.walk(tmp, prompt=Unattended(self.clock))

    @property
    def ran(self) -> list[str]:
        return [request.text for request in self.executor.ran]

    def of(self, walk: Walk, kind: type[e.Body]) -> list[e.Body]:
        return [body for body in self.bodies(walk) if isinstance(body, kind)]


def test_a_start_is_recorded_before_it_starts_and_with_all_that_led_to_it(tmp_path: Path) -> None:
    table = Looks()
    walk = table.alone(tmp_path)
    with pytest.raises(NeedsPerson):
        walked(walk, table.why)
    starts = [(ran, piece) for ran, piece in table.pieces.pieces if "attempt_started" in piece]
    assert [ran for ran, _ in starts] == [0, 1, 2]
    assert all(piece[-1] == "attempt_started" for _, piece in starts)
    assert starts[1][1][:3] == ["output", "attempt_ended", "judged"]
    assert "detached" in table.pieces.pieces[-1][1]
    assert verify(table.store.events(walk.state.run)) == []
    assert table.reporter.events == table.store.events(walk.state.run)
    assert [name for name, _ in table.reporter.steps] == ["a", "b", "c"]


def test_what_happened_keeps_its_time_though_it_is_written_later(tmp_path: Path) -> None:
    table = Looks()
    walk = table.alone(tmp_path)
    table.executor.meanwhile = lambda: table.clock.wait(2.0)
    with pytest.raises(NeedsPerson):
        walked(walk, table.why)
    recorded = table.store.events(walk.state.run)
    starts = [event.wall for event in recorded if event.type == "attempt_started"]
    ends = [event.wall for event in recorded if event.type == "attempt_ended"]
    assert [end - start for start, end in zip(starts, ends, strict=True)] == [2.0, 2.0, 2.0]
    assert [visit.event.wall for visit in walk.state.visits] == [starts[0], ends[0], ends[1]]


def test_a_person_is_asked_nothing_before_it_is_on_disk(tmp_path: Path) -> None:
    table = Looks()

    def recorded(key: str, last: str) -> Callable[[object], str]:
        def answer(_menu: object) -> str:
            assert table.store.events(walk.state.run)[-1].type == last
            return key

        return answer

    keys = [recorded("r", "visited"), recorded("enter", "step_ended")] * 3
    walk = table.walk(tmp_path, *keys, recorded("r", "branch_taken"), Typed(""))
    assert walked(walk, table.why).outcome == "resolved"


def test_an_observation_of_somebody_else_comes_first_and_nothing_is_run_twice(tmp_path: Path) -> None:
    table = Looks()
    walk = table.alone(tmp_path)
    other = Journal(table.store, walk.state.run, table.clock, writer="other")

    def speak() -> None:
        other.observe(e.Noted("seen"))

    table.executor.meanwhile = speak
    with pytest.raises(NeedsPerson):
        walked(walk, table.why)
    assert table.ran == ["a", "b", "c"]
    recorded = table.store.events(walk.state.run)
    assert verify(recorded) == []
    ends = table.of(walk, e.AttemptEnded)
    assert [end.attempt for end in ends if isinstance(end, e.AttemptEnded)] == [1, 2, 3]
    kinds = [event.type for event in recorded]
    assert kinds.count("noted") == kinds.count("attempt_started") == kinds.count("step_ended") == 3


def test_a_run_that_was_taken_meanwhile_records_the_end_and_runs_nothing_more(tmp_path: Path) -> None:
    table = Looks()
    walk = table.alone(tmp_path)
    other = Cause("bob", "elsewhere", 2, 0.0, "/", writer="another process")

    def take() -> None:
        take_up(walk.state, table.ports(ScriptedPrompt()), walk.options, other, take=True)

    table.executor.meanwhile = take
    with pytest.raises(HeldElsewhere):
        walked(walk, table.why)
    assert table.ran == ["a"]
    recorded = table.store.events(walk.state.run)
    assert [event.type for event in recorded[-4:]] == ["driver_changed", "output", "attempt_ended", "judged"]
    assert verify(recorded) == []


def test_what_came_before_is_recorded_without_a_start_that_takes_long(tmp_path: Path) -> None:
    class Slow(Interfered):
        def execute(self, request: Request, sink: Sink) -> Finished:
            assert sink.tick()
            assert table.store.events(walk.state.run)[-1].type == "visited"
            return super().execute(request, sink)

    table = Looks()
    table.executor = Slow(table.executor.answers)
    walk = table.alone(tmp_path)
    with pytest.raises(NeedsPerson):
        walked(walk, table.why)
    assert table.ran == ["a", "b", "c"]


def test_where_there_is_no_room_for_a_start_nothing_starts_and_nothing_is_shown(tmp_path: Path) -> None:
    table = Looks()
    walk = table.alone(tmp_path)
    table.executor.meanwhile = lambda: setattr(table.pieces, "full", "attempt_started")
    with pytest.raises(StoreFull):
        walked(walk, table.why)
    assert table.ran == ["a"]
    assert [name for name, _ in table.reporter.steps] == ["a"]
    assert walk.state.open_attempt() is None
    assert [event.type for event in table.store.events(walk.state.run)[-3:]] == ["output", "attempt_ended", "judged"]
    assert table.reporter.events == table.store.events(walk.state.run)
