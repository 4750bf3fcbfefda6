"""`runbook runs` and `runbook search`: what they find, in a file and in PostgreSQL."""

from __future__ import annotations

import json
import time
from typing import Any

import psycopg
import pytest

from runbook_runner import registry
from runbook_runner.model import events as e
from runbook_runner.ports import Holder
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from tests.cli.program import Here
from tests.postgres import Server

NOW = time.time()


@pytest.fixture(params=["sqlite", "postgresql"])
def told(here: Here, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Here:
    """A journal of four runs."""
    where = str(here.folder / "journal.db")
    if request.param == "postgresql":
        cluster: Server = request.getfixturevalue("cluster")
        where = cluster.url("told")
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS told WITH (FORCE)")
        cluster.create("told")
    monkeypatch.setenv("RUNBOOK_STORE", where)
    store = registry.store(where)

    def run(name: str, ago: float, start: e.RunStarted, *bodies: e.Body) -> None:
        clock = SystemClock()
        clock.wall = lambda: NOW - ago  # type: ignore[method-assign]
        Journal(store, name, clock).observe(start, *bodies)

    def start(title: str, who: str, service: str) -> e.RunStarted:
        return e.RunStarted(f"ops/{title}.md", title, "0" * 64, "", who, "jump", NOW, service)

    printed = "all is well\nERROR: Deadlock found\nsecond deadlock\n"
    run(
        "20261120-0000-aaaa",
        5 * 86400,
        start("disk", "alice", "storage"),
        e.AttemptStarted(1, 1, "look", 0, "df", "", "read", 7, "1"),
        e.Output(1, "stdout", printed, "", len(printed), len(printed)),
        e.RunEnded("resolved", "answer", "deleted the old logs"),
    )
    run("20261121-0000-bbbb", 3600, start("queue", "alice", "payments"), e.DriverChanged("bob", "jump", "take"))
    run("20261122-0000-cccc", 1800, start("queue", "carol", "payments"), e.Noted("saw a DEADLOCK here, 100% sure"))
    run("20261123-0000-dddd", 60, start("disk", "carol", ""), e.RunEnded("escalated", "answer"))
    store.claim("20261122-0000-cccc", Holder("w", "carol", "elsewhere", 1, "b"), now=time.time(), ttl=60.0)
    store.close()
    return here


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ([], "dcba"),
        (["-n", "2"], "dc"),
        (["--service", "payments"], "cb"),
        (["--runbook", "DISK"], "da"),
        (["--runbook", "ops/queue"], "cb"),
        (["--since", "2h"], "dcb"),
        (["--outcome", "resolved"], "a"),
        (["--outcome", "running"], "c"),
        (["--outcome", "detached"], "b"),
        (["--who", "bob"], "b"),
        (["--who", "alice", "--runbook", "disk"], "a"),
        (["--live"], "c"),
        (["--live", "--who", "alice"], ""),
    ],
)
def test_runs_are_found_by_what_is_known_of_them(told: Here, flags: list[str], found: str) -> None:
    done = told.call("runs", "--json", *flags)
    assert (done.code, done.err) == (0, "")
    assert "".join(run["run"][-1] for run in json.loads(done.out)) == found
    shown = told.call("runs", *flags).out.splitlines()
    assert len(shown) == 1 + len(found) if found else shown == ["no recorded run is like that"]


def test_what_cannot_be_is_said(told: Here) -> None:
    done = told.call("runs", "--live", "--outcome", "resolved")
    assert done.code == 2
    assert "never resolved" in done.err
    assert told.call("runs", "--outcome", "fine").code == 2


def found(told: Here, *arguments: str) -> list[dict[str, Any]]:
    done = told.call("search", "--json", *arguments)
    assert done.code == 0
    hits: list[dict[str, Any]] = json.loads(done.out)
    return hits


def test_search_tells_who_wrote_it_and_which_step_printed_it(told: Here) -> None:
    note, output = found(told, "deadlock")
    assert (note["where"], note["by"], note["line"]) == ("note", "carol", "saw a DEADLOCK here, 100% sure")
    assert (output["where"], output["by"], output["line"]) == ("stdout", "look", "ERROR: Deadlock found")
    assert output["more"] == 1
    text = told.call("search", "deadlock").out
    assert [line.split()[0] for line in text.splitlines()] == ["RUN", "20261122-0000-cccc", "20261120-0000-aaaa"]
    assert "(and 1 more)" in text


def test_search_takes_text_as_it_is(told: Here) -> None:
    assert [hit["where"] for hit in found(told, "old logs")] == ["end"]
    assert [hit["where"] for hit in found(told, "100%")] == ["note"]
    assert [hit["where"] for hit in found(told, "found\nsecond")] == ["stdout"]
    assert found(told, "1%") == found(told, "aler_") == []
    assert found(told, "deadlock", "--since", "1d", "-n", "1")[0]["where"] == "note"
    assert told.call("search", "nowhere").out == "nothing recorded has that in it\n"
    assert told.call("search", " ").code == 2


def test_what_goes_on_without_a_name_is_the_newest_that_has_not_ended(told: Here) -> None:
    done = told.call("resume", "--auto")
    assert done.code == 4
    assert "20261122-0000-cccc is driven by carol on elsewhere" in done.err


def test_a_store_that_is_spelt_wrong_is_not_taken_for_none(here: Here) -> None:
    here.write("runbook.toml", 'stroe = "postgresql://db.example/runbook"\n')
    done = here.call("runs")
    assert (done.code, done.out) == (2, "")
    assert "there is no setting 'stroe'\n  did you mean `store`?" in done.err
    here.write("runbook.toml", 'somebody_elses = 1\nstore = "journal.db"\n')
    assert here.call("runs").code == 0


def test_a_run_that_is_not_there_is_told_with_where_it_was_looked_for(here: Here) -> None:
    where = str(here.folder / "elsewhere.db")
    for call in (("show",), ("show", "2026"), ("resume",), ("report", "--drills")):
        done = here.call(*call, "--store", where)
        assert done.code == 2
        assert f" in {where.replace('.db', '-drills.db') if '--drills' in call else where}\n" in done.err


def test_an_error_says_how_the_next_command_finds_the_journal_that_was_named(here: Here) -> None:
    store = str(here.folder / "the team's.db")
    journal = registry.store(store)
    run = Journal(journal, "20261122-0000-cccc", SystemClock())
    run.observe(e.RunStarted("ops/queue.md", "queue", "0" * 64, "", "carol", "elsewhere", NOW, ""))
    journal.claim(run.run, Holder("w", "carol", "elsewhere", 1, "b"), now=time.time(), ttl=60.0)
    journal.close()
    flag = f"--store '{here.folder}/the team'\"'\"'s.db'"

    held = here.call("resume", "20261122", "--store", store)
    assert held.code == 4
    assert f"`runbook watch {run.run} {flag}`" in held.err
    assert f"`runbook takeover {run.run} {flag}`" in held.err
    unknown = here.call("show", "20261125", "--store", store)
    assert f"`runbook runs {flag}`" in unknown.err
    assert "--store names another journal" in unknown.err
