"""One driver a run: ten that resume, taking over, handing on; in a file and in PostgreSQL."""

from __future__ import annotations

import json
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import RUNBOOK, environment
from tests.postgres import Server, wait_for

BOOK = """\
# Worker

## Diagnosis

1. Look:

   ```sh {id=look}
   printf 'looked\\n'
   ```

2. Look again:

   ```sh {id=again}
   printf 'looked again\\n'
   ```
"""
CHANGE = """
## Fix

```sh {id=mend effect=change}
touch mended
```
"""
OTHER = "# Other\n\n## Diagnosis\n\n```sh\necho other\n```\n" + CHANGE
SQL = """
## Mend the table

```sql {id=mend effect=change target=shop}
DELETE FROM jobs WHERE done
```
"""
_names = iter(range(1000))


@pytest.fixture
def store(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    (tmp_path / "worker.md").write_text(BOOK)
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(tmp_path / "journal.db")
    cluster: Server = request.getfixturevalue("cluster")
    return cluster.create(f"handing{next(_names)}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


class Person:
    """Somebody at a terminal of her own, who looks and types."""

    def __init__(self, folder: Path, store: str, who: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*RUNBOOK, *arguments, "--plain"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder / "x.db", RUNBOOK_STORE=store, RUNBOOK_WHO=who),
            bufsize=0,
        )
        self.seen = b""

    def sees(self, text: str) -> None:
        assert self.process.stdout
        until = time.monotonic() + 60
        while text.encode() not in self.seen:
            if not select.select([self.process.stdout], [], [], 1.0)[0]:
                assert time.monotonic() < until, self.seen.decode()
                continue
            more = self.process.stdout.read(65536)
            assert more, self.seen.decode()
            self.seen += more

    def types(self, text: str) -> None:
        assert self.process.stdin
        self.seen = b""
        self.process.stdin.write(text.encode())

    def leaves(self) -> int:
        assert self.process.stdout
        self.seen += self.process.stdout.read()
        return self.process.wait(60)


def call(folder: Path, store: str, who: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUNBOOK, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=folder,
        env=environment(folder / "x.db", RUNBOOK_STORE=store, RUNBOOK_WHO=who),
        check=False,
    )


def newest(folder: Path, store: str) -> dict[str, Any]:
    runs: list[dict[str, Any]] = json.loads(call(folder, store, "eve", "runs", "--json").stdout)
    return runs[0]


def paused(folder: Path, store: str) -> str:
    """A run that alice has left."""
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    alice.types("p\n")
    assert alice.leaves() == 3
    return str(newest(folder, store)["run"])


@pytest.mark.slow
@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_of_ten_that_resume_one_goes_on_and_nine_are_told_who(folder: Path, store: str) -> None:
    paused(folder, store)
    people = [Person(folder, store, f"person{number}", "resume") for number in range(10)]
    wait_for(lambda: sum(person.process.poll() is not None for person in people) >= 9, 60)
    time.sleep(0.2)
    (winner,) = [number for number, person in enumerate(people) if person.process.poll() is None]
    for number, person in enumerate(people):
        if number != winner:
            assert person.leaves() == 4
            assert f"driven by person{winner} on" in person.seen.decode()
    people[winner].sees("What now?")
    assert newest(folder, store)["who"] == f"person{winner}"
    people[winner].types("p\n")
    people[winner].leaves()
    assert call(folder, store, "eve", "verify", "--all").returncode == 0


def test_of_those_that_find_the_driver_killed_one_goes_on(folder: Path, store: str) -> None:
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    alice.process.kill()
    alice.leaves()
    people = [Person(folder, store, f"person{number}", "resume") for number in range(4)]
    wait_for(lambda: sum(person.process.poll() is not None for person in people) >= 3, 60)
    time.sleep(0.2)
    (winner,) = [person for person in people if person.process.poll() is None]
    assert [person.leaves() for person in people if person is not winner] == [4] * 3
    winner.sees("What now?")
    winner.process.kill()
    winner.leaves()


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_whoever_is_taken_over_decides_no_more(folder: Path, store: str) -> None:
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    bob = Person(folder, store, "bob", "takeover")
    bob.sees("Take it over?")
    assert "alice on" in bob.seen.decode()
    assert "at step `look`" in bob.seen.decode()
    bob.types("t\n")
    bob.sees("What now?")
    alice.types("r\n")
    assert alice.leaves() == 4
    assert "driven by bob" in alice.seen.decode()
    assert "runbook takeover" in alice.seen.decode()
    bob.types("r\n")
    bob.sees("Which way on?")
    bob.types("p\n")
    assert bob.leaves() == 3
    report = call(folder, store, "eve", "report").stdout
    assert "bob took the run over from alice" in report
    assert report.count(" Ran (") == 1


def test_without_a_terminal_it_wants_to_be_told_which(folder: Path, store: str) -> None:
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    asked = call(folder, store, "bob", "takeover")
    assert asked.returncode == 3
    assert "--yes" in asked.stderr
    bob = Person(folder, store, "bob", "takeover", "--wait")
    bob.sees("waiting; Ctrl-C leaves it")
    alice.types("p\n")
    assert alice.leaves() == 3
    bob.sees("alice has let go of it")
    bob.sees("What now?")
    bob.process.kill()
    bob.leaves()


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_run_is_handed_on_with_a_word(folder: Path, store: str) -> None:
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    refused = call(folder, store, "eve", "handoff", "--to", "eve")
    assert refused.returncode == 4
    assert "not yours to hand over" in refused.stderr
    done = call(folder, store, "alice", "handoff", "--to", "bob", "--note", "the cache is cold", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["to"] == "bob"
    alice.types("r\n")
    assert alice.leaves() == 4
    run = newest(folder, store)
    assert run["outcome"] == "detached"
    assert run["detached"] == "handed to bob"
    bob = Person(folder, store, "bob", "resume")
    bob.sees("handed to bob by alice")
    assert "the cache is cold" in bob.seen.decode()
    bob.sees("What now?")
    bob.types("p\n")
    assert bob.leaves() == 3
    shown = call(folder, store, "eve", "show").stdout
    assert "alice handed the run to bob: the cache is cold" in shown
    assert shown.index("alice handed") < shown.index("bob resumed")


@pytest.mark.slow
def test_whoever_begins_the_same_is_told_who_is_at_it(folder: Path, store: str) -> None:
    (folder / "worker.md").write_text(BOOK + CHANGE)
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    bob = Person(folder, store, "bob", "run", "worker.md", "--no-preflight")
    bob.sees("Begin another run?")
    assert "alice on" in bob.seen.decode()
    assert "the same runbook" in bob.seen.decode()
    bob.types("q\n")
    assert bob.leaves() == 3
    carol = Person(folder, store, "carol", "run", "worker.md", "--no-preflight")
    carol.sees("Begin another run?")
    carol.types("g\n")
    carol.sees("why a run of your own?")
    carol.types("hers is for the other cluster\n")
    carol.sees("What now?")
    carol.types("p\n")
    assert carol.leaves() == 3
    assert "for the other cluster" in call(folder, store, "eve", "show").stdout
    dave = Person(folder, store, "dave", "run", "worker.md", "--no-preflight")
    dave.sees("Begin another run?")
    dave.types("t\nyes\n")
    dave.sees("What now?")
    alice.types("r\n")
    assert alice.leaves() == 4
    erin = Person(folder, store, "erin", "run", "worker.md", "--no-preflight")
    erin.sees("Begin another run?")
    erin.types("w\n")
    erin.sees("dave on")
    dave.types("n\nnearly done\n")
    erin.sees("note: nearly done")
    for person in (dave, erin):
        person.process.kill()
        person.leaves()
    (folder / "other.md").write_text(OTHER)
    assert "is at" not in call(folder, store, "eve", "run", "other.md", "--auto").stdout


def test_a_runbook_that_changes_the_same_target_is_met_too(folder: Path, store: str) -> None:
    (folder / "runbook.toml").write_text('[targets.shop]\nkind = "postgresql"\nhost = "127.0.0.1"\n')
    (folder / "worker.md").write_text(BOOK + SQL)
    (folder / "other.md").write_text("# Other\n\n## Fix\n" + SQL)
    alice = Person(folder, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    done = call(folder, store, "bob", "run", "other.md", "--auto", "--no-preflight")
    assert "is at a runbook that changes the same target (shop)" in " ".join(done.stdout.split())
    assert done.returncode == 3
    alice.process.kill()
    alice.leaves()
