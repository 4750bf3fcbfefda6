"""Values that want to be code: each reaches the server whole, as data, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook_runner.executors.sql import EXECUTOR
from runbook_runner.ports import Ending
from tests.executors.test_sql import Client, place
from tests.postgres import Server

HOSTILE = [
    "'; drop table canary; --", "'); delete from canary; --", "\\'; drop table canary; --", "\\", "\\\\'", "''", "'",
    '"', '"; drop table canary; --', "$1", "$$; drop table canary; $$", "$(touch x)", "`touch x`", "%s", "%(x)s",
    "%", ":'other'", ':"other"', ":other", "\n; drop table canary", "--", "-- \n drop table canary", "/* ",
    "*/ drop", "E'\\'", "x' union select 'y", "1; drop table canary", "1) or (1=1", "0x27", "{}", "NULL", "null", "",
    " ", "\t", "\r\n", "-h", "--help", "\x01", "\x7f", "\u2019; drop table canary", "\uff07; drop table canary; --",
    "é", "日本語", "\U0001f4a5" * 9, "\x00", "a\x00'; drop table canary", "\udcff", "x" * 70, "pg_terminate_backend",
    "a.b", 'a"."b', "\\x27", "U&'\\0027'", "';select pg_sleep(9);'", "\\copy canary to x", "\\! touch x",
    "'||(select version())||'", "\b\b'", "\u00a0", "\u200b",
]  # fmt: skip
VALUES = st.sampled_from(HOSTILE) | st.text(max_size=20) | st.text(alphabet="'\"\\$;:-/*()`% \nE0,", max_size=12)


@pytest.fixture(scope="module")
def url(cluster: Server) -> str:
    with psycopg.connect(cluster.create("hostile"), autocommit=True) as connection:
        connection.execute("create table canary (x int); insert into canary select generate_series(1, 7)")
        connection.execute("create table notes (note text); create role victim")
    return cluster.url("hostile")


@pytest.fixture(scope="module")
def client(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    session = EXECUTOR.open(place(url, tmp_path_factory.mktemp("hostile")))
    yield Client(session)
    session.close(remove=True)


@pytest.fixture(scope="module")
def beside(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def whole(beside: psycopg.Connection[Any]) -> bool:
    row = beside.execute(
        "select count(*), (select count(*) from pg_tables where schemaname = 'public') from canary"
    ).fetchone()
    return row == (7, 2)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_no_value_becomes_code(client: Client, beside: psycopg.Connection[Any], value: str) -> None:
    read = client.run("select :'v' as bound, format('%s', :'v') as text, length(:'v') as n", v=value)
    if "\0" in value or any("\ud800" <= each <= "\udfff" for each in value):
        assert read.finished.ending is Ending.NOT_STARTED
        return
    assert read.rows == [{"bound": value, "text": value, "n": len(value)}], read.stderr
    # Where the server takes no parameters the client writes a literal.
    noted = client.run("comment on table notes is :'v'; insert into notes values (:'v') returning note", v=value)
    assert noted.rows == [{"note": value}], noted.stderr
    row = beside.execute("select obj_description('notes'::regclass)").fetchone()
    assert row == (value or None,)
    named = client.run('select 1 as :"v"', v=value)
    if value:
        # A name has no more than 63 bytes.
        name = value.encode()[:63].decode(errors="ignore")
        assert (named.finished.exit_code, named.finished.values["columns"]) == (0, [name]), named.stderr
    else:
        assert named.finished.ending is Ending.NOT_STARTED
    bare = client.run("select x from canary where x > :v", v=value)
    number = value.isascii() and value.strip() == value and _is_number(value)
    assert (bare.finished.ending is Ending.NOT_STARTED) == (not number)
    assert whole(beside)


def _is_number(value: str) -> bool:
    import re

    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", value) is not None


@pytest.mark.parametrize("value", HOSTILE)
def test_each_as_a_name_of_a_table(client: Client, beside: psycopg.Connection[Any], value: str) -> None:
    done = client.run('delete from :"v"', v=value)
    refused = done.finished.ending is Ending.NOT_STARTED
    assert refused or "42P01" in done.stderr, done.stderr
    assert whole(beside)


def test_a_value_is_not_looked_at_again(client: Client) -> None:
    done = client.run("select :'a' as a, :\"b\" as b from (select 1 as x) q(\":'a'\")", a=":'b'", b=":'a'")
    assert done.rows == [{"a": ":'b'", "b": 1}], done.stderr
