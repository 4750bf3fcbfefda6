"""Looking on from another terminal: what comes, and how soon; in a file and in PostgreSQL."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.model import events as e
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from tests import postgres
from tests.e2e.program import RUNBOOK, environment
from tests.e2e.test_handing import BOOK, Person, call, newest
from tests.pgbouncer import bouncer
from tests.postgres import Server, wait_for

_names = iter(range(1000))


@pytest.fixture
def store(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    (tmp_path / "worker.md").write_text(BOOK)
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(tmp_path / "journal.db")
    cluster: Server = request.getfixturevalue("cluster")
    return cluster.create(f"watch{next(_names)}")


class Watch:
    """A watch, and when each of its lines came."""

    def __init__(self, folder: Path, store: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*RUNBOOK, "watch", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder / "x.db", RUNBOOK_STORE=store, PYTHONUNBUFFERED="1"),
            text=True,
        )
        self.lines: list[tuple[float, str]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.rstrip("\n")))

    @property
    def text(self) -> str:
        return "\n".join(line for _, line in self.lines)

    def sees(self, text: str) -> float:
        """Wait for a line, and return when it came."""
        wait_for(lambda: text in self.text)
        return next(when for when, line in self.lines if text in line)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@pytest.mark.slow
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_behind_a_pooler_that_tells_nobody_it_looks_by_itself(tmp_path: Path, store: str, cluster: Server) -> None:
    journal = Journal(registry.store(store), "20261120-0000-aaaa", SystemClock())
    journal.observe(e.RunStarted("w.md", "Worker", "0" * 64, "# Worker\n", "alice", "h", 1.0))
    with bouncer(cluster, store.rpartition("/")[2], "pool_mode = transaction") as url:
        watch = Watch(tmp_path, url, journal.run)
        watch.sees("started: Worker")
        for number in range(3):
            began = time.monotonic()
            journal.observe(e.Noted(f"note {number}"))
            assert (
                watch.sees(f"note {number}") - began < 5.0
            )  # a quarter of a second, on a machine that does nothing else
        journal.observe(e.RunEnded("resolved", "answer"))
        assert watch.process.wait(20) == 0
        assert [line for _, line in watch.lines if "runbook:" in line or "away" in line] == []


@pytest.mark.slow
@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_run_is_seen_by_another_as_it_goes(tmp_path: Path, store: str) -> None:
    alice = Person(tmp_path, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    run = str(newest(tmp_path, store)["run"])
    watch = Watch(tmp_path, store, run[:-1])
    watch.sees("> Look")
    assert "alice on" in watch.lines[0][1]
    assert "started: Worker" in watch.lines[0][1]
    began = time.monotonic()
    alice.types("r\n")
    assert watch.sees("| looked") - began < 15
    watch.sees("PASSED")
    alice.sees("Which way on?")
    alice.types("\n")
    watch.sees("> Look again")
    alice.types("n\nthe cache is cold\n")
    watch.sees("note: the cache is cold")
    alice.process.kill()
    alice.leaves()
    watch.sees(f"nobody drives run {run} any more")
    bob = Person(tmp_path, store, "bob", "resume")
    watch.sees("bob on")
    bob.sees("What now?")
    bob.types("r\n\nr\n\n")
    assert bob.leaves() == 0
    assert watch.process.wait(60) == 0
    assert watch.text.endswith("ended resolved")
    assert watch.text.count("| looked again") == 1
    again = call(tmp_path, store, "eve", "watch", run, "--json")
    assert again.returncode == 0
    assert [json.loads(line)["type"] for line in again.stdout.splitlines()][-1] == "run_ended"


@pytest.mark.slow
def test_without_a_name_all_live_runs_are_seen(tmp_path: Path, store: str) -> None:
    alice = Person(tmp_path, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    first = str(newest(tmp_path, store)["run"])
    watch = Watch(tmp_path, store)
    watch.sees(f"{first}  alice drives: Worker, at step `look`")
    bob = Person(tmp_path, store, "bob", "run", "worker.md", "--no-preflight")
    bob.sees("What now?")
    second = str(newest(tmp_path, store)["run"])
    assert first != second
    watch.sees("bob on")
    alice.types("r\n")
    watch.sees("| looked")
    assert all(line.startswith((first, second)) for _, line in watch.lines)
    assert sum(line.startswith(first) for _, line in watch.lines) >= 4
    assert watch.stop() == 130
    for person in (alice, bob):
        person.process.kill()
        person.leaves()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_an_event_is_told_at_once(tmp_path: Path, store: str) -> None:
    journal = Journal(registry.store(store), "20261120-0000-aaaa", SystemClock())
    journal.observe(e.RunStarted("w.md", "Worker", "0" * 64, BOOK, "alice", "h", 1.0))
    watches = [Watch(tmp_path, store, "20261120") for _ in range(3)]
    for watch in watches:
        watch.sees("started: Worker")
    time.sleep(1.0)
    late = []
    for number in range(5):
        began = time.monotonic()
        journal.observe(e.Noted(f"note number {number}"))
        late += [watch.sees(f"note number {number}") - began for watch in watches]
    assert max(late) < 15
    assert sorted(late)[len(late) // 3] < 0.4  # not each of them: the machine may be busy
    journal.observe(e.RunEnded("resolved", "answer"))
    assert [watch.process.wait(60) for watch in watches] == [0, 0, 0]


LONG = "# Long\n\n## Diagnosis\n\n```sh {id=long effect=read}\nbash ./long.sh\n```\n"
SCRIPT = r"""
gate() { for _ in {1..2000}; do [ -e "$1" ] && return; sleep 0.05; done; }
echo "begun password=opensesame"; gate one; printf 'asking? '; gate two; printf 'ghp_a1B2a1B2a1B2'
sleep 0.3; printf 'a1B2a1B2a1B2a1B2a1B2a1B2\n\377\0end\n'; gate three; echo over
"""


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_what_a_command_prints_is_seen_while_it_runs(tmp_path: Path, store: str) -> None:
    (tmp_path / "long.md").write_text(LONG)
    (tmp_path / "long.sh").write_text(SCRIPT)
    alice = Person(tmp_path, store, "alice", "run", "long.md", "--no-preflight")
    alice.sees("What now?")
    run = str(newest(tmp_path, store)["run"])
    watch = Watch(tmp_path, store, run)
    watch.sees("> Diagnosis")
    alice.types("r\n")
    watch.sees("| begun password=[redacted: ")
    (tmp_path / "one").touch()
    watch.sees("| asking? ")  # a line that does not end is seen too
    late = Watch(tmp_path, store)
    late.sees("| begun password=[redacted: ")
    (tmp_path / "two").touch()
    for each in (watch, late):
        each.sees("end")
        assert "a1B2" not in each.text
        assert "over" not in each.text
    alice.process.kill()  # the command goes on without its runner, and so does what it prints
    alice.leaves()
    watch.sees("nobody drives run")
    (tmp_path / "three").touch()
    bob = Person(tmp_path, store, "bob", "resume")
    watch.sees("| over")
    assert watch.text.count("begun") == late.text.count("begun") <= 2
    bob.process.kill()
    bob.leaves()
    assert watch.stop() == late.stop() == 130
    assert registry.store(store).shown(run) is None
    assert call(tmp_path, store, "eve", "verify", run).returncode == 0


@pytest.fixture
def fragile() -> Iterator[Server]:
    with postgres.server("fsync = off") as running:
        yield running


def test_a_server_that_goes_away_is_waited_for(tmp_path: Path, fragile: Server) -> None:
    url = fragile.create("away")
    journal = Journal(registry.store(url), "20261120-0000-aaaa", SystemClock())
    journal.observe(e.RunStarted("w.md", "Worker", "0" * 64, BOOK, "alice", "h", 1.0))
    watch = Watch(tmp_path, url, "20261120")
    watch.sees("started: Worker")
    fragile.stop("immediate")
    watch.sees("looking again until it answers")
    fragile.start()
    journal.observe(e.Noted("it is back"), e.RunEnded("resolved", "answer"))
    watch.sees("note: it is back")
    assert watch.process.wait(60) == 0
    assert watch.text.count("looking again") == 1
