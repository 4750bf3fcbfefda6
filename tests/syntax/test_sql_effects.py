"""What SQL does before it runs."""

from __future__ import annotations

import psycopg
import pytest

from runbook_runner.model.command import Effect
from runbook_runner.syntax.sql_effects import parts_of
from runbook_runner.syntax.sql_lexer import lex
from runbook_runner.syntax.sql_words import KEY_WORDS, functions
from tests.postgres import Server

READ, CHANGE, UNKNOWN = Effect.READ, Effect.CHANGE, Effect.UNKNOWN


def effect(text: str) -> Effect:
    found = {part.effect for one in lex(text).statements for part in parts_of(one)}
    return next(each for each in (CHANGE, UNKNOWN, READ) if each in found)


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "(select 1) union (select 2)",
        "table jobs",
        "values (1), (2)",
        "with a(x, y) as (select 1, 2), b as materialized (select 3) select * from a, b",
        "select count(*) filter (where x) over (partition by y order by z) from t",
        "select cast(x as numeric(10, 2)), x::varchar(3), extract(epoch from now() - x) from t",
        "select unnest(pg_blocking_pids(pid)) as holder from pg_stat_activity",
        "select * from unnest(array[1]) t(a), lateral (select 1) q(b), json_to_recordset('[]') as r(a int, b text)",
        "select pg_catalog.now(), pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn) from pg_stat_replication",
        "select 'delete from t', \"drop\", $$ truncate t $$ -- update t",
        "select * from t where a is distinct from (1) and b in (2) and exists (select 1) fetch first 5 rows only",
        "select percentile_cont(0.5) within group (order by x), grouping(a) from t group by rollup (a)",
        "explain delete from t",
        "explain (verbose, costs off) update t set a = 1",
        "explain analyze select 1",
        "show all",
        "set search_path = shop",
        "set local statement_timeout = '5s'",
        "set transaction isolation level repeatable read",
        "begin read only; select 1; commit",
        "copy (select 1) to stdout",
        "declare c cursor for select 1",
        "select * from t tablesample system (10)",
    ],
)
def test_reads(text: str) -> None:
    assert effect(text) is READ, [parts_of(one) for one in lex(text).statements]


@pytest.mark.parametrize(
    "text",
    [
        "insert into t values (1)",
        "with a as (delete from t returning *) select * from a",
        "with a as (select 1) update t set a = 1",
        "with a as (with b as (select 1) delete from t returning *) select * from a",
        "select 1 into u from t",
        "select * from t for update",
        "select * from t for no key update of t skip locked",
        "select * from t fetch first 1 rows only for key share",
        "explain analyze delete from t",
        "explain (analyze on, buffers) insert into t values (1)",
        "do $$ begin end $$",
        "call p()",
        "select pg_terminate_backend(pid) from pg_stat_activity",
        "select PG_CANCEL_BACKEND(1)",
        'select "pg_terminate_backend"(1)',
        "select pg_catalog . pg_reload_conf ()",
        "select * from pg_switch_wal() as t(x)",
        "select distinct on (a) pg_terminate_backend(1)",
        "select 1 as pg_terminate_backend(1)",
        "select nextval('s')",
        "select setval('s', 1)",
        "select lo_import('x')",
        "select set_config('transaction_read_only', 'off', false)",
        "select dblink_exec('x', 'drop table t')",
        "select pg_advisory_lock(1)",
        "select pg_notify('a', 'b')",
        "copy t to program 'sh'",
        "copy t to '/x'",
        "copy t from '/x'",
        "copy (delete from t returning 1) to stdout",
        "prepare p as delete from t",
        "execute p",
        "commit prepared 'x'",
        "begin read write",
        "start transaction isolation level serializable, read write",
        "set transaction read write",
        "set role other",
        "set session authorization other",
        "set default_transaction_read_only = off",
        "set session characteristics as transaction read write",
        "vacuum t",
        "analyze",
        "reindex table t",
        "lock table t",
        "notify x",
        "alter system set work_mem = '1MB'",
        "declare c cursor for select * from t for update",
        "select 1; drop table t",
        "select 1 -- a look\r; drop table t",
        "select -- x\rpg_terminate_backend(1)",
    ],
)
def test_changes(text: str) -> None:
    assert effect(text) is CHANGE


@pytest.mark.parametrize(
    "text",
    [
        "select my_function(1)",
        "select shop.now()",
        "select distinct on (a) mine(b)",
        "select 1 operator(pg_catalog.+) mine(2)",
        "select :\"name\"(1)",
        "select query_to_xml('delete from t', true, true, '')",
        "selct 1",
        "explain analyze select mine()",
    ],
)  # fmt: skip
def test_nobody_knows(text: str) -> None:
    assert effect(text) is UNKNOWN


def test_the_place_of_what_changes() -> None:
    text = "select a,\n  pg_terminate_backend(b)"
    (part,) = parts_of(lex(text).statements[0])
    assert (part.why, text[part.token.start :][:5]) == ("ends another session", "pg_te")


# --- held to a real catalog -------------------------------------------------------------------


def test_every_volatile_function_of_postgresql_is_judged(cluster: Server) -> None:
    with psycopg.connect(cluster.url()) as connection:
        rows = connection.execute(
            "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and provolatile = 'v'"
            " and prorettype::regtype::text not in ('trigger', 'event_trigger', 'internal')"
            " and not exists (select from unnest(proargtypes) a where a::regtype::text in ('internal', 'cstring'))"
            " and proname not in ('plpgsql_validator', 'currtid2') and proname not like '%_handler'"
        ).fetchall()
    assert len(rows) > 150
    assert sorted(name for (name,) in rows if name not in functions()) == []


def test_what_only_reads_is_known_to_the_server(cluster: Server) -> None:
    """Of what is said to read, and is volatile, each was looked at: here they are."""
    with psycopg.connect(cluster.url()) as connection:
        volatile = {
            name
            for (name,) in connection.execute(
                "select proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace group by 1"
                " having bool_or(provolatile = 'v')"
            ).fetchall()
        }
        words = {word for (word,) in connection.execute("select word from pg_get_keywords()").fetchall()}
    reads = {name for name, (judged, _) in functions().items() if judged is READ}
    suspicious = ("reset", "terminate", "cancel", "reload", "rotate", "switch", "promote", "drop", "create", "import",
                  "export", "write", "set_", "notify", "lock_", "advisory", "advance", "emit", "truncate", "unlink",
                  "pause_", "replay_pause", "resume", "restore", "clear_rel", "upgrade", "start", "stop")  # fmt: skip
    mild = {
        "pg_lock_status",
        "clock_timestamp",
        "pg_get_wal_replay_pause_state",
        "pg_is_wal_replay_paused",
        "pg_stat_clear_snapshot",
    }
    odd = {name for name in reads & volatile if any(part in name for part in suspicious)} - mild
    assert odd == set()
    assert words <= KEY_WORDS


@pytest.mark.slow
def test_a_read_only_transaction_agrees(cluster: Server) -> None:
    """No function that is said to read tries to write: each that takes nothing is called in a read-only transaction."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        rows = connection.execute(
            "select distinct proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and pronargs = 0"
            " and prokind = 'f' and prorettype::regtype::text not in ('trigger', 'event_trigger', 'internal')"
        ).fetchall()
        called = [name for (name,) in rows if functions().get(name, (UNKNOWN,))[0] is READ and name != "pg_sleep"]
        assert len(called) > 100
        wrong = []
        for name in called:
            try:
                connection.execute(f"begin read only; select * from pg_catalog.{name}() limit 1; commit".encode())
            except psycopg.errors.ReadOnlySqlTransaction:
                wrong.append(name)
            except psycopg.Error:
                pass
            connection.execute("rollback")
    assert wrong == []


PIECES = [
    "'", "''", '"', "$$", "$a$", "--", "\n", "\r", "/*", "*/", ";", " ", "\\", "E'", "U&'", "select ", "1", "x", "a",
    "(", ")", "nextval('s')", "::", "--\r", "\f", "\x85", "\u2028", "\u00a0", "'a'", "$", "$1", "e", "x'1'", "::text",
    ",", "/**/", "*",
]  # fmt: skip


@pytest.mark.slow
def test_no_text_does_more_than_it_is_judged_to(cluster: Server) -> None:
    """Whatever stands around it: where the server moved the sequence, the text was judged to change something."""
    import random

    chance = random.Random(5)
    moved = 0
    with psycopg.connect(cluster.create("pieces"), autocommit=True) as connection:
        connection.execute("create sequence s")
        last = connection.execute("select last_value, is_called from s").fetchone()
        for _ in range(4000):
            text = "select " + "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 9)))
            if "nextval" not in text:
                text += chance.choice(["", "\n", "\r", " ", "*/", "'", '"']) + ", nextval('s')"
            connection.pgconn.exec_params(text.encode(), None)
            now = connection.execute("select last_value, is_called from s").fetchone()
            if now != last:
                moved += 1
                assert effect(text) is CHANGE, text
            last = now
    assert moved > 50
