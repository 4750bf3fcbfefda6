"""`runbook verify`, `export` and `import`: what was tampered with is found, and proof survives a journey."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import psycopg
import pytest

from runbook_runner import registry
from runbook_runner.model import events as e
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from tests.cli.program import Here
from tests.postgres import Server

RUN = "20261120-0000-aaaa"
RECORDED = sorted((Path(__file__).parent.parent / "stores" / "recorded").glob("*.jsonl"))


@pytest.fixture
def told(here: Here, monkeypatch: pytest.MonkeyPatch) -> Here:
    monkeypatch.setenv("RUNBOOK_STORE", str(here.folder / "journal.db"))
    fill(str(here.folder / "journal.db"))
    return here


def fill(where: str) -> None:
    store = registry.store(where)
    for run, who in ((RUN, "alice"), ("20261121-0000-bbbb", "bob")):
        journal = Journal(store, run, SystemClock())
        journal.observe(e.RunStarted("ops/d.md", "Disk \udcff \U0001f525", "0" * 64, "# Disk\n", who, "h", 1.0))
        journal.observe(*[e.Noted(f"note {number}") for number in range(5)])
    store.close()


def tampered(told: Here, *statements: str) -> None:
    """Change the journal as somebody would who owns the file."""
    connection = sqlite3.connect(told.folder / "journal.db")
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute("SELECT count(*) FROM events").fetchone()[0]
    for statement in statements:
        assert connection.execute(statement, {"run": RUN}).rowcount
    connection.commit()
    connection.close()


def test_a_sound_record_is_said_to_be(told: Here) -> None:
    done = told.call("verify", RUN)
    assert done.code == 0
    assert done.out.startswith(f"run {RUN}: 6 events, nothing was changed\n  head ")
    assert told.call("verify", "--all").out == "2 runs, 12 events: nothing was changed\n"
    assert [each["wrong"] for each in json.loads(told.call("verify", "--all", "--json").out)] == [[], []]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE events SET wall = wall + 60 WHERE run = :run AND position = 3", "event 3 (noted"),
        ("DELETE FROM events WHERE run = :run AND position = 3", "the event before it is missing"),
        ("DELETE FROM events WHERE run = :run AND position = 1", "the event before it is missing"),
        (
            'UPDATE payloads SET body = \'{"text":"forged","visit":null}\''
            " WHERE id = (SELECT payload FROM events WHERE run = :run AND position = 4)",
            "event 4 (noted, ",
        ),
        (
            "UPDATE payloads SET body = NULL, salt = NULL"
            " WHERE id = (SELECT payload FROM events WHERE run = :run AND position = 4)",
            "its payload is gone, and no event says why",
        ),
        (
            "INSERT INTO events SELECT run, 7, writer, 7, parent, wall, mono, boot, type, version, payload_digest,"
            " digest, payload FROM events WHERE run = :run AND position = 5",
            "event 7 (noted, ",
        ),
    ],
    ids=["changed", "dropped", "first dropped", "payload changed", "payload gone", "put in"],
)
def test_what_was_done_to_a_record_is_found(told: Here, statement: str, said: str) -> None:
    tampered(told, statement)
    done = told.call("verify", RUN)
    assert done.code == 1
    assert said in done.out
    every = told.call("verify", "--all")
    assert every.code == 1
    assert RUN in every.out
    assert "bbbb" not in every.out
    assert "2 runs, " in every.out
    assert "1 with something wrong" in every.out


def test_a_record_cut_short_is_found_by_the_head_that_a_report_printed(told: Here) -> None:
    report = told.call("report", RUN).out
    head = report.split("the last `")[1].split("`")[0]
    assert told.call("verify", RUN, "--head", head[:16]).code == 0
    tampered(told, "DELETE FROM events WHERE run = :run AND position = 6")
    assert told.call("verify", RUN).code == 0
    done = told.call("verify", RUN, "--head", head)
    assert done.code == 1
    assert "the last ones were cut off" in done.out
    assert told.call("verify", RUN, "--head", "ab").code == 2


def test_a_record_that_went_on_after_a_report_still_holds_its_head(told: Here) -> None:
    head = json.loads(told.call("report", RUN, "--json").out)["head"]
    store = registry.store(str(told.folder / "journal.db"))
    Journal(store, RUN, SystemClock()).observe(e.Noted("later"))
    assert told.call("verify", RUN, "--head", head).code == 0


def test_a_scrubbed_record_verifies_and_travels(told: Here, cluster: Server) -> None:
    assert told.call("scrub", RUN, "3", "--reason", "a password").code == 0
    assert told.call("verify", "--all").code == 0
    file = told.folder / "runs.jsonl"
    assert told.call("export", "--all", "-o", str(file)).code == 0
    assert file.read_bytes().isascii()
    assert file.read_text().count("note 1") == 1
    for place in (str(told.folder / "other.db"), cluster.create("travelled")):
        done = told.call("import", str(file), "--store", place)
        assert (done.code, done.err) == (0, "")
        assert f"run {RUN}: 7 of 7 events are new" in done.out
        again = told.call("import", str(file), "--store", place).out
        assert (again.count("0 of "), again.endswith("\nall of it is here already\n")) == (2, True)
        verified = told.call("verify", "--all", "--store", place).out
        assert verified == "2 runs, 13 events: nothing was changed; 1 text was removed (scrub, prune)\n"
        assert told.call("export", "--all", "--store", place).out == file.read_text()
        assert told.call("show", RUN, "--store", place).out == told.call("show", RUN).out


def test_what_is_to_be_scrubbed_is_named_and_why(told: Here) -> None:
    assert told.call("scrub", RUN, "2", "--reason", " ").code == 2
    by_bob(str(told.folder / "journal.db")).observe(e.Noted("mine"), e.Noted("too"))
    done = told.call("scrub", RUN, "2", "--reason", "a password")
    assert done.code == 2
    assert "--writer bobs-process (noted)" in done.err
    assert told.call("verify", RUN).out.count("removed") == 0


def by_bob(where: str) -> Journal:
    return Journal(registry.store(where), RUN, SystemClock(), writer="bobs-process")


def test_what_went_on_since_is_taken_in(told: Here) -> None:
    other = str(told.folder / "other.db")
    lines = told.call("export", RUN).out.splitlines(keepends=True)
    part = told.write("part.jsonl", "".join(lines[:4]))
    whole = told.write("whole.jsonl", "".join(lines))
    assert told.call("import", str(part), "--store", other).code == 0
    (taken,) = json.loads(told.call("import", str(whole), "--store", other, "--json").out)
    assert (taken["new"], taken["joined"]) == (2, False)
    assert told.call("import", str(part), "--store", other).out.startswith(f"run {RUN}: 0 of 4 events are new\n")


def test_what_went_another_way_is_joined_and_copies_may_go_to_and_fro(told: Here) -> None:
    mine, other = str(told.folder / "journal.db"), str(told.folder / "other.db")
    told.write("common.jsonl", told.call("export", RUN).out)
    assert told.call("import", "common.jsonl", "--store", other).code == 0
    by_bob(other).observe(e.DriverChanged("bob", "jump2", "take"))
    Journal(registry.store(mine), RUN, SystemClock()).observe(e.Noted("there only"))
    told.write("branch.jsonl", told.call("export", RUN).out)
    done = told.call("import", "branch.jsonl", "--store", other)
    assert done.out == (
        f"run {RUN}: 1 of 7 events are new; joined to what bob did here meanwhile: both branches are kept, "
        f"and it stands where bob has brought it (`runbook show {RUN} --store {other}`)\n1 run taken in\n"
    )
    joined = told.call("export", RUN, "--store", other).out
    assert "0 of 7 events are new\n" in told.call("import", "branch.jsonl", "--store", other).out
    told.write("back.jsonl", joined)
    for new in (3, 0):  # what bob did, and how it was joined
        done = told.call("import", "back.jsonl", "--store", mine)
        assert done.out.startswith(f"run {RUN}: {new} of 9 events are new")
    told.write("branch.jsonl", told.call("export", RUN).out)
    assert told.call("import", "branch.jsonl", "--store", other).out.startswith(f"run {RUN}: 0 of ")
    assert told.call("export", RUN, "--store", other).out == joined
    for place in (mine, other):
        assert told.call("verify", RUN, "--store", place).code == 0
        assert "there only" in told.call("show", RUN, "--store", place).out
        assert json.loads(told.call("runs", "--json", "--store", place).out)[-1]["who"] == "bob"


def test_what_the_file_adds_to_notes_here_leads_on(told: Here) -> None:
    other = str(told.folder / "other.db")
    told.write("common.jsonl", told.call("export", RUN).out)
    assert told.call("import", "common.jsonl", "--store", other).code == 0
    by_bob(other).observe(e.Noted("here only"))
    mine = registry.store(str(told.folder / "journal.db"))
    Journal(mine, RUN, SystemClock()).observe(e.RunEnded("resolved", "answer"))
    told.write("ended.jsonl", told.call("export", RUN).out)
    done = told.call("import", "ended.jsonl", "--store", other)
    assert "joined to what others noted here meanwhile, and it stands where the file has brought it" in done.out
    assert told.call("verify", RUN, "--store", other).code == 0
    assert json.loads(told.call("runs", "--json", "--store", other).out)[0]["outcome"] == "resolved"


def test_another_run_of_the_same_name_is_refused(told: Here) -> None:
    other = str(told.folder / "other.db")
    fill(other)
    told.write("runs.jsonl", told.call("export", RUN).out)
    done = told.call("import", "runs.jsonl", "--store", other)
    assert done.code == 2
    assert "no event in common" in done.err
    assert told.call("verify", "--all", "--store", other).code == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json\n", "bad.jsonl:2: this is no exported event"),
        ('{"run": "x"}\n', "bad.jsonl:2: this is no exported event: it lacks"),
        ("[1]\n", "bad.jsonl:2"),
    ],
)
def test_what_is_no_export_is_refused_with_its_line(told: Here, line: str, said: str) -> None:
    first = told.call("export", RUN).out.splitlines(keepends=True)[0]
    told.write("bad.jsonl", first + line)
    done = told.call("import", "bad.jsonl", "--store", str(told.folder / "other.db"))
    assert done.code == 2
    assert said in done.err


def test_an_export_that_was_changed_is_refused_whole(told: Here) -> None:
    told.write("changed.jsonl", told.call("export", "--all").out.replace("note 2", "note 9"))
    other = str(told.folder / "other.db")
    done = told.call("import", "changed.jsonl", "--store", other)
    assert done.code == 2
    assert "its payload was changed" in done.err
    assert json.loads(told.call("runs", "--json", "--store", other).out) == []


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
def test_what_an_earlier_version_exported_is_taken_in_and_told(here: Here, file: Path) -> None:
    store = str(here.folder / "journal.db")
    assert here.call("import", str(file), "--store", store).code == 0
    assert here.call("verify", "--all", "--store", store).code == 0
    assert here.call("export", "--all", "--store", store).out == file.read_text()
    report = here.call("report", "--store", store)
    assert report.code == 0
    assert "mitigated" in report.out
    assert "alice handed the run to bob" in report.out


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_old_runs_are_archived_and_pruned(here: Here, engine: str, request: pytest.FixtureRequest) -> None:
    where = str(here.folder / "journal.db")
    if engine == "postgresql":
        where = request.getfixturevalue("cluster").create("pruned")
    store = registry.store(where)
    journal = Journal(store, RUN, SystemClock())
    journal.observe(e.RunStarted("ops/d.md", "Disk", "0" * 64, "# Disk\n", "alice", "h", 1.0))
    journal.observe(e.Noted("hush"), e.RunEnded("resolved", "answer"))
    Journal(store, "open", SystemClock()).observe(e.RunStarted("o.md", "Open", "0" * 64, "", "bob", "h", 1.0))
    before = here.call("export", RUN, "--store", where).out
    told = here.call("prune", "--older-than", "0s", "--archive", "old.jsonl", "--store", where)
    assert told.out == "1 run would be archived in old.jsonl and pruned; --yes does it\n"
    assert here.call("export", RUN, "--store", where).out == before
    assert here.call("prune", "--older-than", "30d", "--store", where).out == "no run is that old\n"
    assert here.call("prune", "--older-than", "0s", "--yes", "--archive", "old.jsonl", "--store", where).code == 0
    assert (here.folder / "old.jsonl").read_text() == before
    assert (here.folder / "old.jsonl").stat().st_mode & 0o077 == 0
    assert "hush" not in here.call("export", "--all", "--store", where).out
    assert here.call("verify", "--all", "--store", where).code == 0
    listed = {run["run"]: run for run in json.loads(here.call("runs", "--json", "--store", where).out)}
    assert (listed[RUN]["title"], listed[RUN]["outcome"], listed[RUN]["who"]) == ("Disk", "resolved", "alice")
    assert "archived the record in old.jsonl" in here.call("show", RUN, "--store", where).out
    assert here.call("prune", "--older-than", "0s", "--yes", "--store", where).out == "no run is that old\n"
    again = here.call("import", "old.jsonl", "--store", str(here.folder / "again.db"))
    assert again.code == 0
    assert "hush" in here.call("show", RUN, "--store", str(here.folder / "again.db")).out


def test_who_may_not_remove_texts_records_nothing_of_the_kind(here: Here, cluster: Server) -> None:
    url = cluster.create("kept")
    Journal(registry.store(url), RUN, SystemClock()).observe(
        e.RunStarted("ops/d.md", "Disk", "0" * 64, "# Disk\n", "alice", "h", 1.0), e.RunEnded("resolved", "answer")
    )
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("CREATE ROLE keeps_texts LOGIN")
        owner.execute("SELECT runbook.admit('keeps_texts')")
    role = url.replace("postgres@", "keeps_texts@")
    before = here.call("export", RUN, "--store", role).out
    for refused in (
        here.call("prune", "--older-than", "0s", "--yes", "--archive", "old.jsonl", "--store", role),
        here.call("scrub", RUN, "1", "--reason", "a password", "--store", role),
    ):
        assert refused.code == 5
        assert "only the owner removes texts" in refused.err
    assert here.call("export", RUN, "--store", role).out == before
    assert not (here.folder / "old.jsonl").exists()


def test_an_archive_is_never_written_over(told: Here) -> None:
    store = registry.store(str(told.folder / "journal.db"))
    Journal(store, RUN, SystemClock()).observe(e.RunEnded("resolved", "answer"))
    told.write("old.jsonl", "mine")
    done = told.call("prune", "--older-than", "0s", "--yes", "--archive", "old.jsonl")
    assert done.code == 2
    assert "is there already" in done.err
    assert "note 3" in told.call("show", RUN).out
