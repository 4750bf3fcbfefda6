"""What a command prints while it runs: when others are shown it, how much of it, and what it costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runbook_runner.errors import HeldElsewhere, StoreAway
from runbook_runner.ports import Holder, Live, Sink
from runbook_runner.run.redact import Redactor
from runbook_runner.stores.memory import MemoryStore
from tests.build import command, step
from tests.commands import Answer
from tests.people import Typed
from tests.run.test_drive import Table, driven


class Watched(MemoryStore):
    """Remembers everything that was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.fails = False

    def show(self, run: str, live: Live | None) -> None:
        if self.fails:
            raise StoreAway("it is away")
        super().show(run, live)
        self.texts.append("(nothing)" if live is None else "".join(text for _, text in live.pieces))


def ran(tmp: Path, passing: Callable[[Table, Sink], None], stdout: str = "") -> tuple[Watched, Table]:
    """Walk one read, while which something passes."""
    table = Table(step("look", run=command("df")), answers={"df": Answer(stdout)})
    table.store = watched = Watched()
    table.executor.passing = lambda sink: passing(table, sink)
    walk = table.walk(tmp, "r", "enter", "r", Typed(""))
    walk.redactor = Redactor(["opensesame"])
    driven(walk)
    return watched, table


def seconds(table: Table, sink: Sink, count: float) -> None:
    for _ in range(round(count / 0.25)):
        table.clock.wait(0.25)
        sink.tick()


def test_of_a_short_command_nothing_is_written_but_the_record(tmp_path: Path) -> None:
    watched, table = ran(tmp_path, lambda table, sink: seconds(table, sink, 0.5), "here\n")
    assert watched.texts == []
    assert table.reporter.written() == "here\n"


def test_what_a_long_one_prints_is_shown_and_taken_back_when_the_record_has_it(tmp_path: Path) -> None:
    def passing(table: Table, sink: Sink) -> None:
        seconds(table, sink, 1)
        seconds(table, sink, 10)  # silent: nothing is written
        sink.write("stderr", b"twice\n")
        seconds(table, sink, 0.25)
        sink.write("stdout", b"three ")
        seconds(table, sink, 1)

    watched, _ = ran(tmp_path, passing, "one\n")
    assert watched.texts == ["one\n", "one\ntwice\n", "one\ntwice\nthree ", "(nothing)"]


def test_a_secret_that_comes_in_pieces_is_hidden_in_all_of_them(tmp_path: Path) -> None:
    def passing(table: Table, sink: Sink) -> None:
        for piece in (b"now open", b"ses", b"ame and", b" \xff\x00\x1b[2Jpass", b"word=hunter2hunter2\n"):
            sink.write("stdout", piece)
            seconds(table, sink, 1)

    watched, _ = ran(tmp_path, passing)
    assert len(watched.texts) > 3
    assert not any(part in text for text in watched.texts for part in ("ses", "hunter", "\x1b", "\0"))
    assert watched.texts[-2].startswith("now [redacted: declared] and")


def test_a_flood_is_shown_by_its_end_and_never_grows(tmp_path: Path) -> None:
    def passing(table: Table, sink: Sink) -> None:
        for number in range(3000):
            sink.write(("stdout", "stderr")[number % 2], f"{number} {'x' * 300}\n".encode())
            if number % 100 == 0:
                seconds(table, sink, 0.5)

    watched, _ = ran(tmp_path, passing)
    assert 10 < len(watched.texts) < 40
    assert max(map(len, watched.texts)) < 40_000
    assert "2900 xxx" in watched.texts[-2]


def test_what_goes_wrong_with_it_is_no_matter_of_the_commands(tmp_path: Path) -> None:
    def passing(table: Table, sink: Sink) -> None:
        table.store.fails = True  # type: ignore[attr-defined]
        seconds(table, sink, 3)

    watched, table = ran(tmp_path, passing, "here\n")
    assert watched.texts == []
    assert table.reporter.written() == "here\n"


def test_the_run_stays_hers_while_a_long_command_runs(tmp_path: Path) -> None:
    bob = Holder("other", "bob", "h", 2, "b")

    def passing(table: Table, sink: Sink) -> None:
        seconds(table, sink, 100)
        (run,) = table.store.runs()
        with pytest.raises(HeldElsewhere):
            table.store.claim(run, bob, now=table.clock.wall(), ttl=60.0)

    ran(tmp_path, passing, "here\n")
