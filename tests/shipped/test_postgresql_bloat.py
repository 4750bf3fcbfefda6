"""The runbook for bloat, on tables and indexes that are bloated for real: the right branch for the right reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runbook_runner.model.command import Effect
from tests.cli.program import Here
from tests.postgres import Server, server, wait_for
from tests.shipped.databases import FOLDER, Desk, book

pytestmark = pytest.mark.slow
BLOAT = "postgresql-bloat"
ROWS = 30_000
SETTINGS = ("autovacuum = off", "autovacuum_naptime = 1d", "max_prepared_transactions = 4")


@pytest.fixture(scope="module")
def shop() -> Iterator[Server]:
    with server("fsync = off", *SETTINGS) as running:
        tell(
            running.create("shop"),
            "create role app login",
            "create role oncall login in role pg_monitor, pg_signal_backend, pg_read_all_data",
            "create role stranger login in role pg_monitor",
            "create table orders (id int primary key, state text, note text)",
            f"insert into orders select x, 'new', repeat('x', 60) from generate_series(1, {ROWS}) g(x)",
            "create table queue (id int primary key, n int)",
            f"insert into queue select x, x % 7 from generate_series(1, {2 * ROWS}) g(x)",
            "grant all on all tables in schema public to app",
            "vacuum analyze",
        )
        yield running


def tell(url: str, *statements: str) -> None:
    """Say something in a session that ends then, and wait for that: the server counts what it did as late as then.

    What is counted after a vacuum that came later would stay for ever.
    """
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        pid = connection.info.backend_pid
        try:
            for statement in statements:
                connection.execute(statement.encode())
        finally:
            connection.close()
            wait_for(lambda: not asked(url, f"select count(*) from pg_stat_activity where pid = {pid}"))


def asked(url: str, query: str) -> Any:
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture
def url(shop: Server) -> str:
    return shop.url("shop")


@pytest.fixture
def desk(shop: Server, tmp_path: Path) -> Desk:
    values = {"DEAD_LEAST": "1000", "PAGES_LEAST": "50", "HELD": "3", "TABLE": "orders"}
    return Desk({"database": shop.url("shop", "oncall")}, tmp_path, values)


@contextmanager
def owner(desk: Desk, url: str) -> Iterator[None]:
    """Sit at the desk as somebody who may change tables."""
    before, desk.targets = desk.targets, {"database": url}
    yield
    desk.targets = before


@contextmanager
def reading(url: str, *statements: str, name: str = "report") -> Iterator[psycopg.Connection[Any]]:
    """A session with a snapshot that it keeps."""
    with closing(psycopg.connect(url, autocommit=True, application_name=name)) as connection:
        for statement in ("begin isolation level repeatable read", "select 1", *statements):
            connection.execute(statement.encode())
        yield connection


def kill_rows(url: str) -> None:
    """Leave a dead row behind for each row of the orders, in six transactions."""
    tell(url, *(f"update orders set state = 'paid' where id % 6 = {part}" for part in range(6)))


def clean(url: str) -> None:
    tell(url, "vacuum (analyze) orders")
    wait_for(lambda: asked(url, "select n_dead_tup from pg_stat_user_tables where relname = 'orders'") == 0)


def test_nothing_is_bloated(url: str, desk: Desk) -> None:
    clean(url)
    assert desk.run(BLOAT, "dead").result == "passed: Empty space"
    assert desk.run(BLOAT, "indexes").result == "passed: continue"
    tables = desk.run(BLOAT, "tables")
    assert tables.result == "passed: Verify"
    assert {row["table"]: row["empty"] < 10 for row in tables.rows} == {"orders": True, "queue": True}
    wait_for(lambda: desk.run(BLOAT, "again").result == "passed: resolved")


def test_who_may_not_see_the_statistics_escalates(shop: Server, desk: Desk) -> None:
    desk.targets = {"database": shop.url("shop", "stranger")}
    for step in ("indexes", "tables"):
        found = desk.run(BLOAT, step)
        assert (found.result, found.rows[0]["unseen"]) == ("failed: escalate to dba-oncall", 2)


def test_an_old_transaction_keeps_the_dead(shop: Server, url: str, desk: Desk) -> None:
    clean(url)
    with reading(shop.url("shop", "app")) as report, reading(shop.url("postgres"), "select pg_current_xact_id()"):
        kill_rows(url)
        wait_for(lambda: desk.run(BLOAT, "dead").result == "failed: continue")
        dead = desk.run(BLOAT, "dead").rows[0]
        assert (dead["table"], dead["dead"], dead["percent"]) == ("orders", ROWS, 50)
        holders = desk.run(BLOAT, "holders")
        pid = report.info.backend_pid
        assert holders.result == "failed: An old transaction"
        # One in another database is as old, and holds nothing back here.
        assert [(row["kind"], row["what"]) for row in holders.rows] == [("transaction", str(pid))]
        assert holders.rows[0]["age"] >= 6

        with owner(desk, url):
            in_vain = desk.run(BLOAT, "vacuum")
        assert in_vain.result == "failed: ask"
        assert f"{ROWS} are dead but not yet removable" in in_vain.stderr

        assert desk.run(BLOAT, "transaction", PID=pid).result == "passed: ask"
        assert desk.run(BLOAT, "terminate", PID=pid).rows == [{"pid": pid, "told": True}]
        wait_for(lambda: desk.run(BLOAT, "holders").result == "passed: Vacuum does not come")
        assert desk.run(BLOAT, "transaction", PID=pid).result == "failed: Vacuum the table"
        with owner(desk, url):
            done = desk.run(BLOAT, "vacuum")
        assert done.result == "passed: Verify"
        assert f"tuples: {ROWS} removed" in done.stderr
        wait_for(lambda: desk.run(BLOAT, "again").result == "passed: resolved")
        assert desk.run(BLOAT, "dead").result == "passed: Empty space"


def test_a_prepared_transaction_keeps_the_dead(url: str, desk: Desk) -> None:
    tell(url, "begin", "insert into queue values (900001, 1)", "prepare transaction 'held'")
    try:
        kill_rows(url)
        holders = desk.run(BLOAT, "holders")
        assert holders.result == "failed: postgresql-blocked-queries.md#a-prepared-transaction"
        assert (holders.rows[0]["kind"], holders.rows[0]["what"]) == ("prepared", "held")
    finally:
        tell(url, "rollback prepared 'held'")
    assert desk.run(BLOAT, "holders").result == "passed: Vacuum does not come"


def test_autovacuum_is_off_and_is_turned_on(url: str, desk: Desk) -> None:
    assert desk.run(BLOAT, "working").result == "failed: Autovacuum is off"
    refused = desk.run(BLOAT, "autovacuum-on")
    assert refused.result == "failed: escalate to dba-oncall"
    assert "42501" in refused.stderr
    try:
        with owner(desk, url):
            assert desk.run(BLOAT, "autovacuum-on").result == "passed: Vacuum the table"
        wait_for(lambda: desk.run(BLOAT, "working").result == "passed: ask")
    finally:
        tell(url, "alter system reset autovacuum", "select pg_reload_conf()")
        wait_for(lambda: asked(url, "show autovacuum") == "off")


def test_a_table_to_which_autovacuum_does_not_come(url: str, desk: Desk) -> None:
    clean(url)
    kill_rows(url)
    wait_for(lambda: desk.run(BLOAT, "dead").result == "failed: continue")
    due = desk.run(BLOAT, "settings")
    assert due.result == "passed: Vacuum the table"
    assert due.rows[0]["dead"] > ROWS * 0.9  # a page that is read makes some room by itself
    assert (due.rows[0]["comes_at"], due.rows[0]["switched_off"]) == (50 + ROWS // 5, False)
    for option in ("autovacuum_enabled = off", "autovacuum_vacuum_scale_factor = 2"):
        tell(url, f"alter table orders set ({option})")
        assert desk.run(BLOAT, "settings").result == "failed: Let autovacuum come sooner"
    with owner(desk, url):
        assert desk.run(BLOAT, "sooner").result == "passed: Vacuum the table"
        assert desk.run(BLOAT, "vacuum").result == "passed: Verify"
    set_now = asked(url, "select reloptions from pg_class where relname = 'orders'")
    assert sorted(set_now) == ["autovacuum_enabled=true", "autovacuum_vacuum_scale_factor=0.02"]
    assert desk.run(BLOAT, "settings").rows[0]["comes_at"] == 50 + ROWS // 50
    assert desk.run(BLOAT, "settings", TABLE="nowhere").result == "failed: escalate to dba-oncall"
    tell(url, "alter table orders reset (autovacuum_enabled, autovacuum_vacuum_scale_factor)")


def test_an_index_that_is_nearly_empty_is_built_anew(url: str, desk: Desk) -> None:
    tell(url, "reindex table orders", "delete from queue where id % 20 <> 0")
    tell(url, "vacuum (analyze, truncate off) queue")
    indexes = desk.run(BLOAT, "indexes")
    assert indexes.result == "failed: Build an index anew"
    assert indexes.rows[0]["index"] == "queue_pkey"
    assert 85 <= indexes.rows[0]["empty"] <= 97  # one in twenty is left
    before = asked(url, "select pg_relation_size('queue_pkey')")
    with owner(desk, url):
        assert desk.run(BLOAT, "reindex", INDEX="queue_pkey").result == "passed: Verify"
        assert desk.run(BLOAT, "reindex", INDEX="nowhere").result == "failed: What a rebuild left behind"
    assert asked(url, "select pg_relation_size('queue_pkey')") < before / 10
    assert desk.run(BLOAT, "indexes").result == "passed: continue"
    tables = desk.run(BLOAT, "tables")
    assert tables.result == "failed: A table with much empty space"
    assert tables.rows[0]["table"] == "queue"


def test_what_a_rebuild_left_behind_is_dropped(url: str, desk: Desk) -> None:
    assert desk.run(BLOAT, "invalid").result == "failed: escalate to dba-oncall"
    with pytest.raises(psycopg.errors.UniqueViolation):
        tell(url, "create unique index concurrently orders_state_idx_ccnew on orders (state)")
    clean(url)
    assert desk.run(BLOAT, "again").result == "failed: ask"
    left = desk.run(BLOAT, "invalid")
    assert (left.result, left.rows[0]["index"]) == ("passed: ask", "orders_state_idx_ccnew")
    with owner(desk, url):
        assert desk.run(BLOAT, "drop-left", LEFT="orders_state_idx_ccnew").result == "passed: Verify"
    wait_for(lambda: desk.run(BLOAT, "again").result == "passed: resolved")


def test_a_walk_by_itself_stops_where_a_person_must_decide(
    shop: Server, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clean(url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    here = Here(tmp_path, capsys)
    address = shop.url("shop", "oncall")
    here.write("runbook.toml", f'[targets.database]\nkind = "postgresql"\nurl = "{address}"\n')
    with reading(shop.url("shop", "app")) as report:
        kill_rows(url)
        given = {"DEAD_LEAST": "1000", "HELD": "3", "PID": report.info.backend_pid}
        flags = [f"--param={name}={value}" for name, value in given.items()]
        done = here.call("run", str(FOLDER / f"{BLOAT}.md"), "--auto", "--store", str(tmp_path / "journal.db"), *flags)
    assert done.code == 3, done
    at = [done.out.index(text) for text in ("50 < 20", "> An old transaction", "See what it is, by its")]
    assert at == sorted(at)
    assert "a person must answer: Which way on?" in done.err


def test_each_read_works_and_fits_a_narrow_screen(desk: Desk) -> None:
    for step in book(BLOAT).steps:
        if step.command and step.command.effect is Effect.READ:
            done = desk.run(BLOAT, step.id, PID="999999")
            assert done.finished.exit_code == 0, done.stderr
            wide = max(map(len, done.stdout.splitlines()), default=0)
            assert wide <= 100, f"{step.id} does not fit a narrow screen:\n{done.stdout}"
