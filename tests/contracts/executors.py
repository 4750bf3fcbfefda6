"""What every executor must keep: one suite, inherited by each kind's tests."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec import Struct, field

from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Session, Started


class Recorder(Struct):
    """A sink that remembers, and can refuse the start or ask to stop."""

    refuse: Exception | None = None
    patience: float | None = None
    """Seconds after the start at which it asks to stop; none at all: before the start, too."""
    enough: Callable[[], object] | None = None
    """It asks to stop when this holds."""
    output: dict[str, bytes] = field(default_factory=dict)
    starts: list[Started] = field(default_factory=list)
    ticks: int = 0
    last: float = 0.0
    longest: float = 0.0
    first: Callable[[], object] | None = None
    """Called at the first write: a command that waits for what this does shows that output is told as it comes."""
    _since: float = 0.0

    def started(self, started: Started) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.starts.append(started)
        self._since = time.monotonic()

    def write(self, stream: str, data: bytes) -> None:
        if self.first is not None and not self.output:
            self.first()
        self.output[stream] = self.output.get(stream, b"") + data

    def tick(self) -> bool:
        now = time.monotonic()
        if self.last:
            self.longest = max(self.longest, now - self.last)
        self.last = now
        self.ticks += 1
        if self.enough is not None and self.enough():
            return False
        if not self._since:
            return self.patience is None or self.patience > 0
        return self.patience is None or now - self._since < self.patience

    @property
    def stdout(self) -> str:
        return self.output.get("stdout", b"").decode(errors="surrogateescape")

    @property
    def stderr(self) -> str:
        return self.output.get("stderr", b"").decode(errors="surrogateescape")


class ExecutorContract:
    """Inherit it, and say how this kind of command succeeds, fails, waits and leaves a trace."""

    language: str
    succeeds: str
    fails: str
    waits: str
    """Runs for at least ten seconds."""

    def executor(self) -> Executor:
        raise NotImplementedError

    def touches(self, path: Path) -> str:
        """Return a command that creates the file, or skip."""
        pytest.skip("this kind of command leaves no trace here")

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        return Place(private, str(tmp_path))

    @pytest.fixture
    def session(self, place: Place) -> Iterator[Session]:
        session = self.executor().open(place)
        yield session
        session.close(remove=True)

    def request(self, text: str, attempt: int = 1, **more: object) -> Request:
        return Request(attempt, text, self.language, {}, **more)  # type: ignore[arg-type]

    def test_it_speaks_its_language(self) -> None:
        assert self.language in self.executor().languages
        assert all(name == name.lower() for name in self.executor().languages)

    def test_success_is_told(self, session: Session) -> None:
        sink = Recorder()
        finished = session.execute(self.request(self.succeeds), sink)
        assert (finished.ending, finished.exit_code) == (Ending.EXIT, 0)
        assert finished.duration is not None
        assert 0 <= finished.duration < 30
        assert len(sink.starts) == 1

    def test_failure_is_a_result(self, session: Session) -> None:
        finished = session.execute(self.request(self.fails), Recorder())
        assert finished.ending is Ending.EXIT
        assert finished.exit_code != 0

    def test_a_refused_start_never_runs(self, session: Session, tmp_path: Path) -> None:
        trace = tmp_path / "trace"
        with pytest.raises(OSError, match="disk full"):
            session.execute(self.request(self.touches(trace)), Recorder(refuse=OSError("disk full")))
        time.sleep(0.3)
        assert not trace.exists()

    def test_it_goes_on_after_a_refused_start(self, session: Session) -> None:
        with pytest.raises(OSError, match="disk full"):
            session.execute(self.request(self.succeeds), Recorder(refuse=OSError("disk full")))
        assert session.execute(self.request(self.succeeds, 2), Recorder()).exit_code == 0

    def test_a_timeout_ends_it(self, session: Session) -> None:
        begun = time.monotonic()
        finished = session.execute(self.request(self.waits, timeout=0.3), Recorder())
        assert finished.ending is Ending.TIMEOUT
        assert 0.3 <= time.monotonic() - begun < 9, "it was waited for"

    def test_a_tick_ends_it(self, session: Session) -> None:
        finished = session.execute(self.request(self.waits), Recorder(patience=0.3))
        assert finished.ending is Ending.STOPPED

    def test_it_ticks_four_times_a_second(self, session: Session) -> None:
        sink = Recorder()
        session.execute(self.request(self.waits, timeout=1.0), sink)
        assert sink.ticks >= 4

    def test_nothing_is_known_of_what_never_was(self, session: Session) -> None:
        gone = Started(os.getpid(), "1", "another boot")
        for started in (None, gone):
            found = session.recover(77, started)
            assert isinstance(found, Finished)
            assert found.ending is Ending.LOST
        assert session.recovered_output(77) == {}

    def test_its_files_go_with_the_run(self, place: Place) -> None:
        session = self.executor().open(place)
        session.execute(self.request(self.succeeds), Recorder())
        session.close(remove=True)
        assert [file for file in place.private.rglob("*") if file.is_file()] == []

    def test_its_files_are_private(self, place: Place) -> None:
        session = self.executor().open(place)
        session.execute(self.request(self.succeeds), Recorder())
        modes = {file.stat().st_mode & 0o077 for file in place.private.rglob("*")}
        session.close(remove=True)
        assert modes <= {0}
