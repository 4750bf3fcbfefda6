"""Connections as they are: certificates that are checked, passwords, and poolers in between."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runbook_runner.executors.sql import EXECUTOR
from runbook_runner.model.command import Effect
from runbook_runner.ports import Ending
from tests.cli.program import Here
from tests.executors.test_sql import Client, place
from tests.pgbouncer import bouncer
from tests.postgres import Server, wait_for
from tests.web import Authority, authority

NOT_LET_IN = "could not connect: connection"


def answer(url: str, folder: Path, text: str = "select 1 as n", **settings: Any) -> tuple[str, str]:
    """Return what a database answered over a connection with some settings, and what was said beside."""
    session = EXECUTOR.open(place(url, folder, **settings))
    found = Client(session).run(text)
    session.close(remove=True)
    return found.stdout, found.stderr


# --- certificates: the tests' PostgreSQL speaks no TLS, so that PgBouncer does ------------------


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


@contextmanager
def serving(cluster: Server, ca: Authority, days: int = 90, name: str = "127.0.0.1") -> Iterator[str]:
    """Show a certificate; yields the database's address."""
    ca.context(days=days, name=name)
    files = [cluster.folder / f"{name}.{days}.{kind}" for kind in ("key", "pem")]
    owner = (cluster.folder / "data").stat()
    for file in files:
        shutil.copy(ca.folder / file.name, file)
        os.chown(file, owner.st_uid, owner.st_gid)
        file.chmod(0o600)
    tls = "client_tls_sslmode = require", f"client_tls_key_file = {files[0]}", f"client_tls_cert_file = {files[1]}"
    with bouncer(cluster, "postgres", *tls) as url:
        yield url


@pytest.fixture(scope="module")
def secured(cluster: Server, ca: Authority) -> Iterator[str]:
    with serving(cluster, ca) as url:
        yield url


def test_a_certificate_of_an_authority_of_ones_own(secured: str, ca: Authority, tmp_path: Path) -> None:
    out, err = answer(secured, tmp_path, sslmode="verify-full", sslrootcert=ca.file)
    assert (out.split()[2], err) == ("1", "")
    assert "SSL" in answer(secured, tmp_path, sslmode="disable")[1]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ({"days": -1}, "its certificate has expired"),
        ({"name": "db.example"}, 'does not match host name "127.0.0.1"'),
    ],
    ids=["expired", "another name"],
)
def test_a_wrong_certificate_says_what_is_wrong_with_it(
    cluster: Server, ca: Authority, tmp_path: Path, shown: dict[str, Any], said: str
) -> None:
    with serving(cluster, ca, **shown) as url:
        out, err = answer(url, tmp_path, sslmode="verify-full", sslrootcert=ca.file)
    assert out == ""
    assert err.startswith(NOT_LET_IN)
    assert said in err


def test_an_authority_that_is_not_known(secured: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    err = answer(secured, tmp_path, sslmode="verify-full", sslrootcert=authority(other).file)[1]
    assert err.startswith(NOT_LET_IN)
    assert "its certificate comes from an authority that is not in `sslrootcert`" in err
    err = answer(secured, tmp_path, sslmode="verify-full", sslrootcert=str(tmp_path / "nowhere.pem"))[1]
    assert "nowhere.pem" in err


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(cluster: Server, tmp_path: Path) -> None:
    err = answer(cluster.url(), tmp_path, sslmode="verify-full", sslrootcert="system")[1]
    assert "server does not support SSL, but SSL was required" in err


# --- passwords --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(cluster: Server) -> Iterator[str]:
    """A database into which nobody gets without a password; its address, for a role that has one."""
    rules = cluster.folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    url = cluster.create("guarded")
    with closing(psycopg.connect(url, autocommit=True)) as admin:
        admin.execute("create role keeper login password 's3cr3t word'")
        rules.write_text("host guarded keeper 127.0.0.1/32 scram-sha-256\n" + before)
        admin.execute("select pg_reload_conf()")
        address = cluster.url("guarded", "keeper")
        wait_for(lambda: refused(address))
        yield address
        rules.write_text(before)
        admin.execute("select pg_reload_conf()")


def refused(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


@pytest.mark.parametrize(
    "written",
    [
        'password = "env:ORDERS_WORD"',
        'password = "file:word.txt"',
        'password = "command:cat word.txt"',
        'passfile = "pass.txt"',
    ],
    ids=["env", "file", "command", "passfile"],
)
def test_a_password_by_reference_lets_in(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORDERS_WORD", "s3cr3t word")
    here = Here(tmp_path, capsys)
    here.write("word.txt", "s3cr3t word\n").chmod(0o600)
    here.write("pass.txt", "*:*:guarded:keeper:s3cr3t word\n").chmod(0o600)
    here.write("runbook.toml", f'[targets.orders]\nkind = "postgresql"\nurl = "{guarded}"\n{written}\n')
    done = here.call("targets", "--check")
    assert "as keeper (primary)" in done.out, done
    assert "s3cr3t" not in done.out + done.err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"password": "wrong"}, ('password authentication failed for user "keeper"', "the target's `password`")),
        ({}, ("no password supplied", 'write password = "env:NAME" in [targets.orders], or a line in ~/.pgpass')),
    ],
    ids=["wrong", "none"],
)
def test_a_password_that_does_not_let_in(
    guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: tuple[str, str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    out, err = answer(guarded, tmp_path, **settings)
    assert out == ""
    assert all(part in err for part in said), err
    assert "wrong" not in err


# --- a pooler in between ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def pooler(cluster: Server) -> Iterator[str]:
    """A PgBouncer in transaction mode with two sessions for all; the address of a database behind it."""
    with psycopg.connect(cluster.create("pooled"), autocommit=True) as connection:
        connection.execute("create table jobs (id int primary key, state text)")
    with bouncer(cluster, "pooled", "pool_mode = transaction", "default_pool_size = 2") as url:
        yield url


@pytest.fixture
def pooled(pooler: str, tmp_path: Path) -> Iterator[Client]:
    session = EXECUTOR.open(place(pooler, tmp_path))
    yield Client(session)
    session.close(remove=True)


@pytest.fixture
def beside(cluster: Server, pooler: str) -> Iterator[psycopg.Connection[Any]]:
    """Straight to the database, to look from."""
    with closing(psycopg.connect(cluster.url("pooled"), autocommit=True)) as connection:
        connection.execute("truncate jobs")
        yield connection


def others(pooler: str, text: str) -> list[Any]:
    """Return what two others find who get the pool's two sessions."""
    found = []
    with closing(psycopg.connect(pooler)) as one, closing(psycopg.connect(pooler)) as two:
        for each in (one, two):  # both within their transactions at the same time
            row = each.execute(text.encode()).fetchone()
            assert row is not None
            found.append(row[0])
    return found


def test_a_read_is_named_limited_and_held_to_reading(pooled: Client) -> None:
    names = ("application_name", "statement_timeout", "lock_timeout", "transaction_read_only")
    found = pooled.run("select " + ", ".join(f"current_setting('{name}') as {name}" for name in names), timeout=7)
    assert found.rows == [dict(zip(names, ("runbook r-4711", "7s", "5s", "on"), strict=True))]
    writes = "create function w() returns int language sql as 'insert into jobs values (9) returning id'"
    assert pooled.run(writes).finished.exit_code == 0
    assert "read-only transaction" in pooled.run("select w()", effect=Effect.READ).stderr


def test_values_are_bound_again_and_again(pooled: Client) -> None:
    for number in range(12):
        assert pooled.run("select :'v'::text as v, :n as n", v=f"it's {number}", n=str(number)).rows == [
            {"v": f"it's {number}", "n": number}
        ]


def test_a_change_is_kept_or_not_as_a_whole(pooled: Client, beside: psycopg.Connection[Any]) -> None:
    assert pooled.run("insert into jobs values (1); insert into jobs values (2)").finished.exit_code == 0
    assert pooled.run("insert into jobs values (3); insert into jobs values (1)").finished.exit_code == 1
    assert beside.execute("select array_agg(id order by id) from jobs").fetchone() == ([1, 2],)


def test_nothing_of_it_meets_others(pooled: Client, pooler: str, beside: psycopg.Connection[Any]) -> None:
    assert pooled.run("set work_mem = '77MB'; select current_setting('work_mem') as m").rows == [{"m": "77MB"}]
    pooled.run("select 1", timeout=3)
    pooled.run("select * from nowhere")
    assert pooled.run("vacuum jobs").finished.exit_code == 0
    assert others(pooler, "select current_setting('work_mem')") == ["4MB", "4MB"]
    assert others(pooler, "select current_setting('statement_timeout')") == ["0", "0"]
    assert others(pooler, "select current_setting('default_transaction_read_only')") == ["off", "off"]


def test_what_needs_no_transaction_says_that_it_has_no_limits(pooled: Client) -> None:
    found = pooled.run("vacuum jobs")
    assert (found.finished.exit_code, found.stderr) == (
        0, "A pooler stands between: no limit on time and locks holds for this.\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "effect", "said"),
    [
        ("set work_mem = '77MB'; vacuum jobs", None, "SET outside of a transaction would meet others' sessions"),
        ("begin; select 1; commit", Effect.READ, "cannot be held to reading"),
    ],
)
def test_what_cannot_hold_there_is_not_sent(
    pooled: Client, pooler: str, text: str, effect: Effect | None, said: str
) -> None:
    found = pooled.run(text, effect=effect)
    assert found.finished.note == "nothing was sent"
    assert said in found.stderr
    assert others(pooler, "select current_setting('work_mem')") == ["4MB", "4MB"]


def test_it_is_cancelled_on_the_server(pooled: Client, beside: psycopg.Connection[Any]) -> None:
    running = "select count(*) from pg_stat_activity where query = 'select pg_sleep(61)' and state = 'active'"
    found = pooled.run("select pg_sleep(61)", enough=lambda: beside.execute(running).fetchone() == (1,))
    assert found.finished.ending is Ending.STOPPED
    assert "cancelled on the server" in found.finished.note
    wait_for(lambda: beside.execute(running).fetchone() == (0,))


def test_its_time_is_over_there_too(pooled: Client) -> None:
    begun = time.monotonic()
    assert pooled.run("select pg_sleep(61)", timeout=0.3).finished.exit_code != 0
    assert time.monotonic() - begun < 30


def test_its_reach_names_the_pooler(pooler: str) -> None:
    from runbook_runner.executors._sql_connect import connect, described, facts_of
    from runbook_runner.model.target import Target

    target = Target("orders", "postgresql", {"url": pooler})
    with closing(connect(target, "")) as connection:
        assert described(target, facts_of(connection)).endswith("(primary, through a pooler)")


def test_a_pool_without_room_does_not_hold_up_for_ever(pooler: str, tmp_path: Path) -> None:
    with closing(psycopg.connect(pooler)) as one, closing(psycopg.connect(pooler)) as two:
        for each in (one, two):
            each.execute("select 1")
        session = EXECUTOR.open(place(pooler, tmp_path))
        found = Client(session).run("select 1", patience=0.2)
        assert found.finished.ending is Ending.STOPPED
        session.close(remove=True)
