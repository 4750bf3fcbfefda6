"""The journal may be what is down: a run goes on in a file here, says so, and is carried over."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.model.chain import verify
from tests import postgres
from tests.e2e.test_handing import Person, call
from tests.postgres import Server

BOOK = """\
# Worker

## Diagnosis

1. Look:

   ```sh {id=look}
   printf 'looked\\n'
   ```

## Fix

Mend it:

```sh {id=mend effect=change}
printf x >> mended
```
"""


@pytest.fixture(scope="module")
def fragile() -> Iterator[Server]:
    with postgres.server("fsync = off") as running:
        yield running


@pytest.fixture
def store(fragile: Server, tmp_path: Path) -> str:
    (tmp_path / "worker.md").write_text(BOOK)
    if not fragile.running():
        fragile.start()
    return fragile.create(f"away{time.time_ns()}")


def told(person: Person) -> str:
    """What she has seen, however it is wrapped."""
    return " ".join(person.seen.decode().split())


@pytest.mark.slow
def test_a_run_goes_on_when_the_server_is_killed_and_goes_back_to_it(
    tmp_path: Path, store: str, fragile: Server
) -> None:
    alice = Person(tmp_path, store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    fragile.stop("immediate")
    began = time.monotonic()
    alice.types("r\n")
    alice.sees("Which way on?")
    assert time.monotonic() - began < 30
    assert "cannot be reached" in told(alice)
    assert "`runbook sync` carries it over" in told(alice)
    alice.types("\n1\n")
    alice.sees("What now?")
    assert "somebody else may be driving this run" in told(alice)
    alice.types("r\nyes\n")
    alice.sees("Which way on?")
    there = call(tmp_path, store, "eve", "runs", "--json")
    assert [run["outcome"] for run in json.loads(there.stdout)] == ["running"]
    assert "cannot be reached" in there.stderr
    refused = call(tmp_path, store, "eve", "sync")
    assert refused.returncode == 5
    fragile.start()
    # She need do nothing: what she holds goes back by itself.
    alice.sees("the journal is back")
    there = call(tmp_path, store, "eve", "runs", "--json", "--live")
    assert [run["outcome"] for run in json.loads(there.stdout)] == ["running"]
    alice.types("\nr\nall is well\n")
    assert alice.leaves() == 0
    then = call(tmp_path, store, "eve", "runs", "--json")
    assert then.stderr == ""
    (run,) = json.loads(then.stdout)
    assert run["outcome"] == "resolved"
    assert call(tmp_path, store, "eve", "sync").stdout == "there is nothing to carry over\n"
    assert (tmp_path / "mended").read_text() == "x"
    events = registry.store(store).events(run["run"])
    assert verify(events) == []
    warned = [event.payload["code"] for event in events if event.type == "warned" and event.payload]
    assert warned == ["journal-away", "journal-back"]
    assert call(tmp_path, store, "eve", "report").stdout.count("Ran (") == 2


def test_a_run_begins_though_the_server_is_down(tmp_path: Path, store: str, fragile: Server) -> None:
    registry.store(store).close()
    fragile.stop("immediate")
    done = call(tmp_path, store, "alice", "run", "worker.md", "--auto")
    assert done.returncode == 3
    assert "cannot be reached" in " ".join(done.stdout.split())
    fragile.start()
    shown = call(tmp_path, store, "alice", "show")
    assert "looked" in shown.stdout
    assert "events of run" in shown.stderr
    assert call(tmp_path, store, "alice", "verify", "--all").returncode == 0


@pytest.mark.slow
def test_what_went_on_in_both_places_is_kept_in_two_branches_and_told_to_whoever_drives(
    tmp_path: Path, store: str, fragile: Server
) -> None:
    homes = {name: tmp_path / name for name in ("alice", "bob")}
    for home in homes.values():
        home.mkdir()
        (home / "worker.md").write_text(BOOK)
    alice = Person(homes["alice"], store, "alice", "run", "worker.md", "--no-preflight")
    alice.sees("What now?")
    fragile.stop("immediate")
    alice.types("r\n")
    alice.sees("Which way on?")
    alice.types("\n1\n")
    alice.sees("What now?")
    alice.types("r\nyes\n")
    alice.sees("Which way on?")
    # Her machine sleeps until he has the run: else she would go back to the server herself.
    alice.process.send_signal(signal.SIGSTOP)
    fragile.start()
    bob = Person(homes["bob"], store, "bob", "takeover", "--yes")
    bob.sees("What now?")
    bob.types("r\n")
    bob.sees("Which way on?")
    alice.process.send_signal(signal.SIGCONT)
    alice.sees("the journal is back, but")
    done = call(homes["alice"], store, "eve", "sync")
    assert done.returncode == 0
    assert "bob drove it there meanwhile: both are kept" in done.stdout
    bob.types("\n")
    bob.sees("Which way on?")
    assert "alice ran `mend` (change) there: exit 0" in told(bob)
    bob.types("p\n")
    assert bob.leaves() == 3
    alice.types("p\n")
    assert alice.leaves() == 3
    assert call(homes["alice"], store, "eve", "verify", "--all").returncode == 0
    assert call(homes["alice"], store, "eve", "sync").stdout == "there is nothing to carry over\n"
    journal = registry.store(store)
    (run,) = journal.runs()
    assert verify(journal.events(run)) == []
    shown = call(homes["bob"], store, "eve", "show", run).stdout
    assert "alice, while out of touch > Mend it" in shown
    assert shown.count("| looked") == 2
    assert "alice, while out of touch" in call(homes["bob"], store, "eve", "report", run).stdout
    exported = homes["bob"] / "run.jsonl"
    assert call(homes["bob"], store, "eve", "export", run, "-o", str(exported)).returncode == 0
    other = str(homes["bob"] / "other.db")
    assert call(homes["bob"], other, "eve", "import", str(exported)).returncode == 0
    assert "nothing was changed" in call(homes["bob"], other, "eve", "verify").stdout
    assert call(homes["bob"], other, "eve", "show", run).stdout == shown
    # On the machine on which the branch was walked, the files of its commands say nothing of this one's.
    again = Person(homes["alice"], store, "alice", "resume")
    again.sees("Which way on?")
    assert "what counts is this branch" in told(again)
    again.types("p\n")
    assert again.leaves() == 3


def test_what_must_be_done_in_the_journal_itself_says_that_it_is_away(
    tmp_path: Path, store: str, fragile: Server
) -> None:
    fragile.stop("immediate")
    for command in (("scrub", "x", "1", "--reason", "y"), ("import", "worker.md"), ("sync",)):
        done = call(tmp_path, store, "eve", *command)
        assert done.returncode == 5
        assert "cannot be reached" in done.stderr
    fragile.start()
