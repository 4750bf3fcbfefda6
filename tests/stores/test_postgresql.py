from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count

import psycopg
import pytest

from runbook_runner import registry
from runbook_runner.errors import HeadMoved, StoreAway, StoreError, StoreLocked, StoreTooNew
from runbook_runner.model.chain import verify
from runbook_runner.ports import Live, Store, Wanted
from runbook_runner.stores._sql import latest, migrations
from runbook_runner.stores.postgresql import OPEN, PostgresStore
from tests.contracts.stores import ALICE, BOB, RUN, StoreContract, notes
from tests.pgbouncer import bouncer
from tests.postgres import Server

_numbers = count()


@pytest.fixture(scope="module")
def database(cluster: Server) -> str:
    return cluster.create("journal")


@pytest.fixture
def url(database: str) -> str:
    """The URL of a database in which there is no journal yet; to make a database takes longer than to clear one."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET client_min_messages = error")
        connection.execute("DROP SCHEMA IF EXISTS runbook CASCADE")
    return database


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, url: str) -> Iterator[Store]:
        store = OPEN(url)
        yield store
        store.close()


# --- who may do what


@pytest.fixture
def oncall(cluster: Server, url: str) -> str:
    """The URL for a role that may only insert and read; the journal is made by its owner before."""
    role = f"oncall{next(_numbers)}"
    OPEN(url).close()
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'")
        owner.execute("SELECT runbook.admit(%s)", (role,))
    return url.replace("postgres@", f"{role}:hunter2@")


def test_a_role_that_may_only_insert_and_read_is_enough(oncall: str) -> None:
    store = OPEN(oncall)
    lease = store.claim(RUN, ALICE, now=1.0, ttl=30.0)
    store.append(notes(2), lease=lease)
    lease = store.renew(lease, now=2.0, ttl=30.0)
    store.release(lease)
    store.claim(RUN, BOB, now=3.0, ttl=30.0)
    assert store.events(RUN) == notes(2)
    store.show(RUN, Live(1, 3, (("stdout", "one"),)))
    assert store.shown(RUN) == Live(1, 3, (("stdout", "one"),))
    store.show(RUN, None)
    with pytest.raises(StoreError, match="permission denied") as caught:
        store.scrub(RUN, "writer-a", 1)
    assert "admit" in caught.value.hint
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runbook.events SET wall = 0",
        "UPDATE runbook.events SET body = NULL, salt = NULL",
        "DELETE FROM runbook.events",
        "TRUNCATE runbook.events",
        "UPDATE runbook.leases SET held = false",
        "DELETE FROM runbook.leases",
        "INSERT INTO runbook.leases SELECT run, 9, true, 'w', 'eve', 'h', 1, 'b', 1e12 FROM runbook.leases",
        "INSERT INTO runbook.live VALUES ('r', 1, 1, '[]')",
        "DELETE FROM runbook.live",
        "ALTER TABLE runbook.events DISABLE TRIGGER ALL",
        "INSERT INTO runbook.migrations VALUES (99)",
    ],
)
def test_that_role_is_refused_everything_else(oncall: str, statement: str) -> None:
    store = OPEN(oncall)
    store.append(notes(2), lease=store.claim(RUN, ALICE, now=1.0, ttl=30.0))
    with psycopg.connect(oncall, autocommit=True) as role, pytest.raises(psycopg.errors.InsufficientPrivilege):
        role.execute(statement)
    assert store.events(RUN) == notes(2)
    store.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runbook.events SET wall = 0",
        "UPDATE runbook.events SET body = '{}', salt = 'x'",
        "UPDATE runbook.events SET body = NULL, salt = NULL, seq = 7",
        "DELETE FROM runbook.events",
        "TRUNCATE runbook.events",
    ],
)
def test_the_owner_too_changes_nothing_by_mistake(url: str, statement: str) -> None:
    store = OPEN(url)
    store.append(notes(2), lease=None)
    with psycopg.connect(url, autocommit=True) as owner, pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(statement)
    assert store.events(RUN) == notes(2)
    store.close()


def test_an_event_that_somebody_inserts_by_hand_goes_to_the_end_or_nowhere(oncall: str) -> None:
    store = OPEN(oncall)
    store.append(notes(2), lease=None)
    copied = (
        "INSERT INTO runbook.events SELECT run, {position}, 'eve', {seq}, {parent}, wall, mono, boot, type, version,"
        " payload_digest, repeat('e', 64), salt, body FROM runbook.events WHERE position = 2"
    )
    with psycopg.connect(oncall, autocommit=True) as role:
        for position, seq, parent in (("1", "1", "parent"), ("7", "2", "digest"), ("7", "1", "''")):
            with pytest.raises(psycopg.Error):
                role.execute(copied.format(position=position, seq=seq, parent=parent))
        role.execute(copied.format(position="1", seq="1", parent="digest"))
    assert store.events(RUN)[:2] == notes(2)
    assert "changed" in verify(store.events(RUN))[0]
    store.close()


def test_a_reader_reads_and_is_told_that_this_is_all(url: str) -> None:
    owner = OPEN(url)
    owner.append(notes(1), lease=None)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        with pytest.raises(StoreError, match="does not let this role in"):
            OPEN(url.replace("postgres@", "reader@"))
        connection.execute("SELECT runbook.admit('reader', false)")
    store = OPEN(url.replace("postgres@", "reader@"))
    assert store.events(RUN) == notes(1)
    for write in (
        lambda: store.append(notes(1, run="other"), lease=None),
        lambda: store.claim(RUN, ALICE, now=1.0, ttl=1.0),
    ):
        with pytest.raises(StoreError, match="permission denied"):
            write()
    store.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY reader")
        connection.execute("DROP ROLE reader")
    owner.close()


def test_a_login_that_fails_says_where_passwords_belong(cluster: Server, url: str) -> None:
    with pytest.raises(StoreError, match='role "nobody" does not exist') as caught:
        OPEN(url.replace("postgres@", "nobody:s3cret@"))
    assert "PGPASSWORD" in caught.value.hint


# --- versions


def test_who_was_let_in_before_may_see_what_a_later_version_adds(url: str) -> None:
    role = f"early{next(_numbers)}"
    (_, first), *_ = migrations("postgresql", 0)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(first.encode())
        owner.execute("INSERT INTO runbook.migrations (version) VALUES (1)")
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'hunter2'")
        owner.execute("SELECT runbook.admit(%s)", (role,))
    OPEN(url).close()
    store = OPEN(url.replace("postgres@", f"{role}:hunter2@"))
    store.show(RUN, Live(1, 3, (("stdout", "one"),)))
    assert store.shown(RUN) == Live(1, 3, (("stdout", "one"),))
    store.close()


def test_racing_first_starts_make_one_journal(url: str) -> None:
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(OPEN(url))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stores) == 8
    for number, store in enumerate(stores):
        store.append(notes(1, run=f"run{number}"), lease=None)
        store.close()
    with psycopg.connect(url) as connection:
        applied = connection.execute("SELECT version FROM runbook.migrations ORDER BY version").fetchall()
        assert applied == [(version,) for version in range(1, latest("postgresql") + 1)]


def test_a_newer_journal_is_left_alone(url: str) -> None:
    OPEN(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO runbook.migrations VALUES (%s)", (latest("postgresql") + 1,))
    with pytest.raises(StoreTooNew) as caught:
        OPEN(url)
    assert "upgrade" in caught.value.hint


def test_who_may_not_make_the_journal_is_told_who_does(cluster: Server, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute("CREATE ROLE guest LOGIN")
    with pytest.raises(StoreError, match="holds no journal yet") as caught:
        OPEN(url.replace("postgres@", "guest@"))
    assert "owner" in caught.value.hint


def test_another_encoding_is_refused(cluster: Server) -> None:
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(StoreError, match="SQL_ASCII"):
        OPEN(cluster.url("ascii"))


# --- what is said of trouble


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("postgresql://nell:s3cret@127.0.0.1:1/x", "refused"),
        ("postgresql://nell:s3c@ret/x@127.0.0.1:1/x", "postgresql://nell:"),
        ("postgresql://nell:s3cret@127.0.0.1:port/x", "cannot be opened"),
        ("postgresql://127.0.0.1:1/x?password=s3cret&user=nell", "refused"),
        ("postgresql://nell:s3cret@127.0.0.1:1/x?unheard=s", "names no journal"),
        ("postgres://nell:s3cret@nowhere.invalid/x", "nowhere.invalid"),
    ],
)
def test_no_message_shows_a_password(target: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        registry.store(target)
    assert caught.value.exit_code == 5
    assert caught.value.hint
    assert "s3c" not in caught.value.message + caught.value.hint


def test_a_database_that_is_not_there_is_named(cluster: Server) -> None:
    with pytest.raises(StoreError, match="does not exist") as caught:
        OPEN(cluster.url("nowhere"))
    assert "createdb" in caught.value.hint


def test_a_server_that_takes_calls_and_says_nothing_is_not_waited_for() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        began = time.monotonic()
        with pytest.raises(StoreAway, match="did not answer"):
            OPEN(f"postgresql://127.0.0.1:{mute.getsockname()[1]}/x")
    assert time.monotonic() - began < 40


def test_a_run_that_somebody_locks_is_waited_for_a_second_at_most(url: str) -> None:
    store = OPEN(url)
    with psycopg.connect(url) as other:
        other.execute("SELECT runbook.take_turns(%s)", (RUN,))
        began = time.monotonic()
        with pytest.raises(StoreLocked, match="locked"):
            store.append(notes(1), lease=None)
        assert time.monotonic() - began < 12
    store.append(notes(1), lease=None)
    store.close()


def test_durability_is_not_left_to_the_servers_settings(cluster: Server) -> None:
    url = cluster.create("careless")
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    store = PostgresStore(url)
    found = store._link.ask("SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')")
    assert found == [("on", "read committed")]
    store.close()


def test_a_connection_that_was_cut_comes_again(url: str) -> None:
    store = OPEN(url)
    chain = notes(3)
    store.append(chain[:1], lease=None)
    for event in chain[1:]:
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        store.append([event], lease=None)
    assert store.events(RUN) == chain
    store.close()


@pytest.mark.slow
def test_a_pooler_that_gives_each_transaction_to_another_server_process(cluster: Server) -> None:
    OPEN(cluster.create("pooled_alone")).close()
    with bouncer(cluster, "pooled_alone", "pool_mode = transaction", "default_pool_size = 2") as url:
        store, other = OPEN(url), OPEN(url)
        chain = notes(24)  # psycopg prepares what it has sent five times
        with closing(psycopg.connect(url)) as busy:
            for at, event in enumerate(chain):
                store.append([event], lease=None)
                assert len(other.events(RUN)) == at + 1
                if at % 3 == 0:  # now the one, now the other is taken
                    busy.execute("SELECT 1")
                elif at % 3 == 2:
                    busy.rollback()
        assert other.events(RUN) == chain
        store.close()
        other.close()


@pytest.fixture(scope="module")
def pooled(cluster: Server) -> Iterator[tuple[str, str]]:
    """The URLs of a careless server's journal: behind a pooler, and its own."""
    name = f"pooled_{time.monotonic_ns()}"  # a module's fixture may be made more than once
    own = cluster.create(name)
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())
        connection.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'".encode())
    OPEN(own).close()
    with bouncer(cluster, name, "pool_mode = transaction", "default_pool_size = 1") as url:
        yield url, own


def test_behind_a_pooler_whoever_waits_looks_and_leaves_nothing_to_others(pooled: tuple[str, str]) -> None:
    url, own = pooled
    store, other = PostgresStore(url), PostgresStore(own)
    chain = notes(3, run="waited")
    for event in chain:
        store.wait(0.5)
        other.append([event], lease=None)
        began = time.monotonic()
        while not store.events("waited", after=event.seq - 1):
            store.wait(0.5)
            assert time.monotonic() - began < 10
    with psycopg.connect(url, autocommit=True) as next_:
        (left,) = next_.execute(
            "SELECT (SELECT count(*) FROM pg_listening_channels()),"
            " (SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database"
            " WHERE l.locktype = 'advisory' AND d.datname = current_database()),"
            " current_setting('statement_timeout'), current_setting('lock_timeout')"
        ).fetchall()
    assert left == (0, 0, "0", "0")
    store.close()
    other.close()


def test_behind_a_pooler_too_durability_is_not_left_to_the_servers_settings(pooled: tuple[str, str]) -> None:
    store = PostgresStore(pooled[0])
    found = store._link.ask("SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')")
    assert found == [("on", "read committed")]
    lease = store.claim(RUN, ALICE, now=1.0, ttl=30.0)
    for event in notes(8):
        store.append([event], lease=lease)
    with pytest.raises(HeadMoved):
        store.append(notes(1), lease=lease)
    store.release(lease)
    assert store.events(RUN) == notes(8)
    assert RUN in store.find(Wanted())
    store.close()


def test_psycopg_is_loaded_when_a_journal_is_opened_not_before() -> None:
    code = "import sys, runbook_runner.stores.postgresql; print({'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
