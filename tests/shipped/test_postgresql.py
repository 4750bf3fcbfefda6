"""The PostgreSQL runbooks in real trouble: each takes the right branch for the right reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import psycopg
import pytest

from runbook_runner.model.command import Effect
from tests.e2e.program import children
from tests.postgres import Server, server, wait_for
from tests.shipped.databases import Desk, Outcome, book

pytestmark = pytest.mark.slow
Connection: TypeAlias = psycopg.Connection[Any]
BLOCKED, EXHAUSTED = "postgresql-blocked-queries", "postgresql-connections-exhausted"
LAG, AGE = "postgresql-replication-lag", "postgresql-transaction-wraparound"
SETTINGS = (
    "max_connections = 20",
    "superuser_reserved_connections = 2",
    "reserved_connections = 2",
    "max_prepared_transactions = 4",
    "autovacuum = off",
    "wal_keep_size = 0",
)


@pytest.fixture(scope="module")
def troubled() -> Iterator[Server]:
    with server(*SETTINGS) as running:
        with psycopg.connect(running.url(), autocommit=True) as connection:
            connection.execute("create role app login")
            connection.execute(
                "create role oncall login in role pg_monitor, pg_signal_backend, pg_use_reserved_connections"
            )
            connection.execute("create table stock (id int primary key, n int); grant all on stock to app")
            connection.execute("insert into stock select x, 1 from generate_series(1, 100) as g(x)")
        yield running


@pytest.fixture
def desk(troubled: Server, tmp_path: Path) -> Desk:
    # A session that was closed a moment ago still holds its slot: the one before must not crowd this test.
    wait_for(lambda: not sessions(troubled))
    return Patient({"database": troubled.url(user="oncall"), "primary": troubled.url()}, tmp_path, server=troubled)


class Patient(Desk, kw_only=True):
    """A desk whose session has left when a step is over, slot and all: the next one counts those that are there."""

    server: Server

    def run(self, name: str, id: str, **values: object) -> Outcome:
        before = sessions(self.server)
        outcome = Desk.run(self, name, id, **values)
        wait_for(lambda: sessions(self.server) <= before)
        return outcome


def sessions(troubled: Server) -> set[int]:
    """Return the processes that serve somebody, or have not quite let go; to ask the server would take a slot."""
    postmaster = int((troubled.folder / "data" / "postmaster.pid").read_text().split()[0])
    return {
        pid for pid in children(postmaster) if b" 127.0.0.1(" in (about := title(pid)) and b"walsender" not in about
    }


def title(pid: int) -> bytes:
    """Return what a process of the server says that it is, and does; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0 ")
    except OSError:
        return b""


@contextmanager
def session(troubled: Server, *statements: str, user: str = "app", name: str = "shop-web") -> Iterator[Connection]:
    """A session of the application that has said something, and stays there."""
    with closing(_connected(troubled, user, name)) as connection:
        for statement in statements:
            connection.execute(statement.encode())
        yield connection


def _connected(troubled: Server, user: str, name: str, seconds: float = 20.0) -> Connection:
    """Connect, and try again while the slot of somebody who has just left is not free yet."""
    until = time.monotonic() + seconds
    while True:
        try:
            return psycopg.connect(troubled.url(user=user), autocommit=True, application_name=name)
        except psycopg.OperationalError as error:
            if "slots are reserved" not in str(error) and "too many clients" not in str(error):
                raise
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@contextmanager
def busy(connection: Connection, statement: str) -> Iterator[None]:
    """A session that is at work where it sleeps, and else waits for somebody."""
    end = b" SELECT" if "pg_sleep" in statement else b" waiting"

    def work() -> None:
        with suppress(psycopg.Error):  # cancelled, as wanted
            connection.execute(statement.encode())

    thread = threading.Thread(target=work)
    thread.start()
    try:
        wait_for(lambda: title(connection.info.backend_pid).endswith(end))
        yield
    finally:
        connection.cancel_safe()
        thread.join(10)


def waits(desk: Desk) -> bool:
    return bool(desk.run(BLOCKED, "waiting").rows[0]["waiting"])


# --- blocked queries --------------------------------------------------------------------------


def test_nobody_waits(desk: Desk) -> None:
    assert desk.run(BLOCKED, "waiting").result == "passed: Verify"
    assert desk.run(BLOCKED, "root").result == "passed: Verify"
    assert desk.run(BLOCKED, "prepared").result == "passed: Verify"
    assert desk.run(BLOCKED, "idle", PID=999999).result == "failed: Verify"


def test_an_idle_transaction_blocks_two(troubled: Server, desk: Desk) -> None:
    change = "update stock set n = n - 1 where id = 7"
    with (
        session(troubled, "begin", change) as holder,
        session(troubled) as one,
        session(troubled) as two,
        busy(one, change),
        busy(two, change),
    ):
        waiting = desk.run(BLOCKED, "waiting")
        root = desk.run(BLOCKED, "root")
        pid = holder.info.backend_pid
        looked = desk.run(BLOCKED, "idle", PID=pid)
        ended = desk.run(BLOCKED, "terminate", PID=pid)
        wait_for(lambda: not waits(desk))

        assert (waiting.result, waiting.rows[0]["waiting"]) == ("failed: continue", 2)
        assert root.result == "failed: An idle transaction"
        # The second waits for the first, and both for the root: only the root counts.
        assert [(row["pid"], row["state"], row["blocks"]) for row in root.rows] == [(pid, "idle in transaction", 2)]
        assert change in root.rows[0]["query"]
        assert looked.result == "passed: ask"
        assert ended.rows == [{"pid": pid, "told": True}]
        with pytest.raises(psycopg.OperationalError):
            holder.execute("commit")
        assert desk.run(BLOCKED, "again").result == "passed: ask"


def test_a_busy_session_is_not_ended_as_an_idle_one(troubled: Server, desk: Desk) -> None:
    with session(troubled) as one, busy(one, "select pg_sleep(20)"):
        ended = desk.run(BLOCKED, "terminate", PID=one.info.backend_pid)
        assert (ended.result, ended.rows) == ("passed: ask", [])
        assert not one.closed


def test_a_statement_at_work_blocks(troubled: Server, desk: Desk) -> None:
    with (
        session(troubled, "begin", "update stock set n = 0 where id = 1", name="nightly") as holder,
        session(troubled) as one,
        busy(holder, "select pg_sleep(30)"),
        busy(one, "update stock set n = 2 where id = 1"),
    ):
        pid = holder.info.backend_pid
        assert desk.run(BLOCKED, "root").result == "failed: A statement at work"
        assert desk.run(BLOCKED, "statement", PID=pid).result == "passed: ask"
        assert desk.run(BLOCKED, "cancelled", PID=pid).result == "failed: ask"
        assert desk.run(BLOCKED, "cancel", PID=pid).rows == [{"pid": pid, "told": True}]
        wait_for(lambda: desk.run(BLOCKED, "cancelled", PID=pid).result == "passed: Verify")
        # Cancelled, not ended: its transaction is there, and has failed.
        assert desk.run(BLOCKED, "statement", PID=pid).result == "passed: Verify"


def test_a_change_of_a_table_queues_behind_a_reader(troubled: Server, desk: Desk) -> None:
    with (
        session(troubled, "begin", "select * from stock", name="report"),
        session(troubled, user="postgres", name="migrate") as ddl,
        session(troubled) as one,
        busy(ddl, "alter table stock add column note text"),
        busy(one, "select count(*) from stock"),
    ):
        root = desk.run(BLOCKED, "root")
        pid = ddl.info.backend_pid
        assert root.result == "failed: A change of a table queues"
        assert root.rows[0]["queued_ddl"] == pid
        assert desk.run(BLOCKED, "queued", PID=pid).result == "passed: ask"
        # A superuser's session: only a superuser may cancel it, and the runbook says what then.
        refused = desk.run(BLOCKED, "cancel", PID=pid)
        assert refused.result == "failed: escalate to dba-oncall"
        assert "42501" in refused.stderr
        assert desk.run(BLOCKED, "queued", PID=one.info.backend_pid).rows[0]["behind"] == [pid]


def test_a_prepared_transaction_blocks(troubled: Server, desk: Desk) -> None:
    with (
        session(troubled, "begin", "update stock set n = 5 where id = 5", "prepare transaction 'shop-4711'"),
        session(troubled) as one,
        busy(one, "update stock set n = 6 where id = 5"),
    ):
        root = desk.run(BLOCKED, "root")
        assert (root.result, root.rows[0]["pid"]) == ("failed: A prepared transaction", 0)
        listed = desk.run(BLOCKED, "prepared")
        assert (listed.result, listed.rows[0]["gid"]) == ("failed: ask", "shop-4711")
        refused = desk.run(BLOCKED, "rollback-prepared", GID="shop-4711")
        assert refused.result == "failed: escalate to dba-oncall"
        desk.targets = {"database": troubled.url(user="app")}
        assert desk.run(BLOCKED, "rollback-prepared", GID="shop-4711").result == "passed: Verify"
        desk.targets = {"database": troubled.url(user="oncall")}
        wait_for(lambda: not waits(desk))


def test_who_may_not_look_escalates(troubled: Server, desk: Desk) -> None:
    with (
        session(troubled, "begin", "lock table stock", user="postgres", name="hidden"),
        session(troubled) as one,
        busy(one, "select count(*) from stock"),
    ):
        desk.targets = {"database": troubled.url(user="app")}
        root = desk.run(BLOCKED, "root")
        assert (root.result, root.rows[0]["state"]) == ("failed: escalate to dba-oncall", "none")


def test_a_role_is_limited_for_the_future(troubled: Server, desk: Desk) -> None:
    desk.targets = {"database": troubled.url()}
    assert desk.run(BLOCKED, "limit", APP_ROLE="app").result == "passed: Verify"
    with session(troubled) as one:
        assert one.execute("show idle_in_transaction_session_timeout").fetchone() == ("5min",)
        one.execute("begin")
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        connection.execute("alter role app reset all")


# --- exhausted connections --------------------------------------------------------------------


@contextmanager
def crowd(
    troubled: Server, count: int, *statements: str, user: str = "app", name: str = "shop-web"
) -> Iterator[list[int]]:
    with ExitStack() as stack:
        yield [
            stack.enter_context(session(troubled, *statements, user=user, name=name)).info.backend_pid
            for _ in range(count)
        ]


def test_there_is_room(desk: Desk) -> None:
    assert desk.run(EXHAUSTED, "slots").result == "passed: A limit of its own"
    assert desk.run(EXHAUSTED, "limits").result == "passed: database-connections-time-out.md"
    assert desk.run(EXHAUSTED, "again").result == "passed: ask"


def test_all_slots_are_idle(troubled: Server, desk: Desk) -> None:
    with crowd(troubled, 16) as pids:
        with pytest.raises(psycopg.OperationalError, match="slots are reserved"):
            psycopg.connect(troubled.url(user="app"))
        wait_for(lambda: len(sessions(troubled)) == 16)
        slots = desk.run(EXHAUSTED, "slots")
        assert (slots.result, slots.rows[0]["used"], slots.rows[0]["idle"]) == ("failed: continue", 17, 16)
        owners = desk.run(EXHAUSTED, "owners")
        assert owners.result == "passed: Idle sessions"
        assert owners.rows == [{"most_idle": 16, "in_transaction": 0, "active": 0, "sessions": 16}]
        # They are not idle for ten minutes yet, so that none is ended.
        assert desk.run(EXHAUSTED, "count-idle", APPLICATION="shop-web").result == "passed: Limit a role"
        assert desk.run(EXHAUSTED, "end-idle", APPLICATION="shop-web").rows == []
        assert desk.run(EXHAUSTED, "again").result == "failed: ask"
        assert len(pids) == 16


def test_all_slots_sit_in_transactions(troubled: Server, desk: Desk) -> None:
    with crowd(troubled, 14, "begin", "select 1") as pids, crowd(troubled, 2, name="other"):
        owners = desk.run(EXHAUSTED, "owners")
        assert owners.result == "failed: Idle transactions"
        assert owners.rows[0]["in_transaction"] == 14
        looked = desk.run(EXHAUSTED, "transactions")
        assert looked.result == "failed: Verify"
        assert looked.rows[0]["idle_s"] < 60
        assert desk.run(EXHAUSTED, "terminate", PID=pids[0]).rows == [{"pid": pids[0], "told": True}]
        assert desk.run(EXHAUSTED, "end-transactions", APPLICATION="shop-web").rows == []


def test_all_slots_wait_for_one_lock(troubled: Server, desk: Desk) -> None:
    with ExitStack() as stack:
        stack.enter_context(session(troubled, "begin", "lock table stock"))
        for _ in range(15):
            one = stack.enter_context(session(troubled))
            stack.enter_context(busy(one, "select count(*) from stock"))
        slots = desk.run(EXHAUSTED, "slots")
        assert slots.result == "failed: postgresql-blocked-queries.md"
        assert slots.rows[0]["waits_for_lock"] == 15


def test_all_are_at_work(troubled: Server, desk: Desk) -> None:
    with ExitStack() as stack:
        for _ in range(16):
            one = stack.enter_context(session(troubled))
            stack.enter_context(busy(one, "select pg_sleep(30)"))
        assert desk.run(EXHAUSTED, "slots").result == "failed: continue"
        assert desk.run(EXHAUSTED, "owners").result == "passed: All are at work"
        assert desk.run(EXHAUSTED, "work").rows[0]["count"] == 16


def test_not_even_the_reserved_ones_are_free(troubled: Server, desk: Desk) -> None:
    with crowd(troubled, 16), crowd(troubled, 4, user="postgres"):
        slots = desk.run(EXHAUSTED, "slots")
        assert slots.result == "failed: Nobody gets in"
        assert "too many clients" in slots.stderr
        assert desk.run(BLOCKED, "waiting").result == "failed: postgresql-connections-exhausted.md"


def test_the_reserved_ones_are_not_for_everybody(troubled: Server, desk: Desk) -> None:
    with crowd(troubled, 16):
        desk.targets = {"database": troubled.url(user="app")}
        slots = desk.run(EXHAUSTED, "slots")
        assert slots.result == "failed: Nobody gets in"
        assert "remaining connection slots are reserved" in slots.stderr


def test_a_role_at_its_own_limit(troubled: Server, desk: Desk) -> None:
    desk.targets = {"database": troubled.url()}
    assert desk.run(EXHAUSTED, "limit", APP_ROLE="app", ROOM=3).result == "passed: Verify"
    try:
        with crowd(troubled, 3):
            with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
                psycopg.connect(troubled.url(user="app"))
            wait_for(lambda: len(sessions(troubled)) == 3)
            limits = desk.run(EXHAUSTED, "limits")
            assert limits.result == "failed: Idle sessions"
            assert limits.rows == [{"kind": "role", "name": "app", "connections": 3, "used": 3}]
    finally:
        desk.run(EXHAUSTED, "limit", APP_ROLE="app", ROOM=100)
        with psycopg.connect(troubled.url(), autocommit=True) as connection:
            connection.execute("alter role app connection limit -1")


# --- wraparound -------------------------------------------------------------------------------


def burn(troubled: Server, count: int) -> None:
    """Use up transaction ids: each block with an exception handler takes one."""
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        connection.execute("create table if not exists burnt (x int)")
        connection.execute(
            f"do $$ begin for i in 1..{count} loop begin insert into burnt values (1);"
            " exception when division_by_zero then null; end; end loop; end $$".encode()
        )


def test_an_old_transaction_holds_the_horizon(troubled: Server, desk: Desk) -> None:
    with session(troubled, "begin isolation level repeatable read", "select * from stock", name="report") as old:
        burn(troubled, 3000)
        desk.values = {"HIGH": "2000", "STOP_NEAR": "900000000"}
        assert desk.run(AGE, "age").result == "failed: continue"
        holders = desk.run(AGE, "holders")
        pid = old.info.backend_pid
        assert holders.result == "passed: An old transaction"
        assert (holders.rows[0]["kind"], holders.rows[0]["what"]) == ("transaction", str(pid))
        assert holders.rows[0]["age"] > 3000
        assert desk.run(AGE, "first").result == "passed: An old transaction"
        assert desk.run(AGE, "transaction", PID=pid).result == "passed: ask"
        assert desk.run(AGE, "terminate", PID=pid).rows == [{"pid": pid, "told": True}]
        wait_for(lambda: desk.run(AGE, "holders").result == "passed: Vacuum is behind")


def test_a_table_is_frozen_and_the_age_falls(troubled: Server, desk: Desk) -> None:
    desk.values = {"HIGH": "2000", "STOP_NEAR": "900000000"}
    burn(troubled, 2500)
    tables = desk.run(AGE, "tables")
    assert tables.result == "failed: Freeze a table"
    assert all(isinstance(row["dead"], int) for row in tables.rows)
    desk.targets = {"database": troubled.url()}
    frozen = desk.run(AGE, "freeze", SCHEMA="public", TABLE="stock")
    assert frozen.result == "passed: Verify"
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        row = connection.execute("select age(relfrozenxid) from pg_class where relname = 'stock'").fetchone()
        assert row is not None
        assert row[0] < 100
        assert desk.run(AGE, "again").result == "failed: ask"
        for (database,) in connection.execute("select datname from pg_database").fetchall():
            connection.execute("update pg_database set datallowconn = true where datname = 'template0'")
            with psycopg.connect(troubled.url(database), autocommit=True) as other:
                other.execute("vacuum (freeze)")
        connection.execute("update pg_database set datallowconn = false where datname = 'template0'")
    assert desk.run(AGE, "again").result == "passed: resolved"
    assert desk.run(AGE, "age").result == "passed: Verify"
    assert desk.run(AGE, "tables").result == "passed: Another database"


def test_hours_count(troubled: Server, desk: Desk) -> None:
    burn(troubled, 300)
    desk.values = {"HIGH": "100", "STOP_NEAR": "200"}
    assert desk.run(AGE, "age").result == "failed: Hours count"
    assert desk.run(AGE, "first").result == "passed: Vacuum is behind"


def test_a_prepared_transaction_holds_the_horizon(troubled: Server, desk: Desk) -> None:
    with session(troubled, "begin", "insert into stock values (9001, 1)", "prepare transaction 'held'") as one:
        burn(troubled, 500)
        desk.values = {"HIGH": "400", "STOP_NEAR": "900000000"}
        holders = desk.run(AGE, "holders")
        assert holders.result == "passed: postgresql-blocked-queries.md#a-prepared-transaction"
        assert desk.run(AGE, "first").result == "failed: postgresql-blocked-queries.md#a-prepared-transaction"
        one.execute("rollback prepared 'held'")


def test_a_slot_holds_the_horizon(troubled: Server, desk: Desk, tmp_path: Path) -> None:
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        connection.execute("select pg_create_physical_replication_slot('old_replica', true)")
        try:
            kept = desk.run(LAG, "slots")
            assert kept.result == "failed: ask"
            slot = desk.run(LAG, "slot", SLOT="old_replica")
            assert slot.result == "passed: ask"
            assert desk.run(LAG, "drop", SLOT="old_replica").result == "passed: Verify"
            assert desk.run(LAG, "slot", SLOT="old_replica").result == "failed: Verify"
        finally:
            connection.execute(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = 'old_replica'"
            )


# --- replication ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def replica(troubled: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="pg-replica-", dir="/tmp"))
    other = troubled.replica(folder)
    with (folder / "data" / "postgresql.auto.conf").open("a") as file:
        file.write("max_standby_streaming_delay = -1\nhot_standby_feedback = off\n")
    try:
        other.start()
        yield other
    finally:
        if other.running():
            other.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def pair(troubled: Server, replica: Server, tmp_path: Path) -> Desk:
    return Desk({"primary": troubled.url(user="oncall"), "replica": replica.url(user="oncall")}, tmp_path)


def write(troubled: Server, rows: int) -> None:
    with psycopg.connect(troubled.url(), autocommit=True) as connection:
        connection.execute("create table if not exists filler (x text)")
        connection.execute(f"insert into filler select repeat('x', 100) from generate_series(1, {rows})".encode())


def test_a_replica_that_keeps_up(troubled: Server, pair: Desk) -> None:
    wait_for(lambda: pair.run(LAG, "primary").rows)
    write(troubled, 10)
    wait_for(lambda: pair.run(LAG, "again").result == "passed: ask")
    assert pair.run(LAG, "primary").result == "passed: continue"
    assert pair.run(LAG, "replica").result == "passed: Little arrives"
    assert pair.run(LAG, "sender").result == "passed: Verify"
    assert pair.run(LAG, "slots").result == "passed: ask"


def test_replay_is_paused(troubled: Server, replica: Server, pair: Desk) -> None:
    with psycopg.connect(replica.url(), autocommit=True) as other:
        other.execute("select pg_wal_replay_pause()")
        write(troubled, 250_000)
        wait_for(lambda: pair.run(LAG, "primary").rows[0]["not_replayed"] > 16777216)
        assert pair.run(LAG, "primary").result == "failed: continue"
        assert pair.run(LAG, "again").result == "failed: ask"
        asked = pair.run(LAG, "replica")
        assert asked.result == "failed: Replay is paused"
        refused = pair.run(LAG, "resume")
        assert refused.result == "failed: escalate to dba-oncall"
        pair.targets = {**pair.targets, "replica": replica.url()}
        assert pair.run(LAG, "resume").result == "passed: Verify"
        wait_for(lambda: pair.run(LAG, "again").result == "passed: ask")


def test_replay_waits_for_a_query(troubled: Server, replica: Server, pair: Desk) -> None:
    write(troubled, 10)
    wait_for(lambda: pair.run(LAG, "again").result == "passed: ask")
    with closing(psycopg.connect(replica.url(user="app"), autocommit=True, application_name="report")) as reader:
        wait_for(lambda: reader.execute("select to_regclass('filler')").fetchone() != (None,))
        reader.execute("begin isolation level repeatable read")
        reader.execute("select count(*) from stock")
        with psycopg.connect(troubled.url(), autocommit=True) as connection:
            connection.execute("delete from stock where id > 50")
            connection.execute("vacuum stock")
        wait_for(lambda: pair.run(LAG, "replica").result == "passed: Replay waits for a query")
        conflict = pair.run(LAG, "conflict")
        pid = reader.info.backend_pid
        assert (conflict.result, conflict.rows[0]["pid"]) == ("failed: ask", pid)
        assert conflict.rows[0]["patience"] == "-1"
        assert pair.run(LAG, "terminate", PID=pid).rows == [{"pid": pid, "told": True}]
        wait_for(lambda: pair.run(LAG, "again").result == "passed: ask")
        assert pair.run(LAG, "conflict").result == "passed: Verify"


def test_a_replica_that_is_down(troubled: Server, replica: Server, pair: Desk) -> None:
    replica.stop()
    try:
        wait_for(lambda: not pair.run(LAG, "primary").rows)
        assert pair.run(LAG, "primary").result == "failed: continue"
        assert pair.run(LAG, "replica").result == "failed: The replica does not answer"
        assert pair.run(LAG, "sender").result == "failed: It does not receive"
    finally:
        replica.start()


def test_a_replica_that_was_promoted_is_none(troubled: Server, pair: Desk) -> None:
    pair.targets = {**pair.targets, "replica": troubled.url(user="oncall")}
    assert pair.run(LAG, "replica").result == "failed: escalate to dba-oncall"


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [BLOCKED, EXHAUSTED, LAG, AGE])
def test_each_read_works(name: str, troubled: Server, desk: Desk) -> None:
    desk.targets = dict.fromkeys(("database", "primary", "replica"), troubled.url(user="oncall"))
    values = {"PID": "999999", "APPLICATION": "none", "SLOT": "none", "SCHEMA": "public", "TABLE": "stock"}
    for step in book(name).steps:
        if step.command and step.command.effect is Effect.READ:
            done = desk.run(name, step.id, **values)
            assert done.finished.exit_code == 0, done.stderr
            wide = max(map(len, done.stdout.splitlines()), default=0)
            assert wide <= 100, f"{step.id} does not fit a narrow screen:\n{done.stdout}"
