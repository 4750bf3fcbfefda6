"""What is known of a PostgreSQL and of a text before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from runbook_runner.errors import InputError
from runbook_runner.executors.sql import EXECUTOR
from runbook_runner.model.command import Command, Effect
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Where
from tests.build import command
from tests.postgres import Server


@pytest.fixture(scope="module")
def url(cluster: Server) -> Iterator[str]:
    with psycopg.connect(cluster.create("shop"), autocommit=True) as connection:
        connection.execute("create table jobs (id int, secret text); create table orders (id int)")
        connection.execute("create role clerk login; grant select (id) on jobs to clerk")
        connection.execute("create role watcher login in role pg_monitor, pg_signal_backend")
        yield cluster.url("shop")


def sql(text: str) -> Command:
    analysis = EXECUTOR.analyse(text, "sql")
    return replace(command(text), language="sql", parts=(text,), analysis=analysis, effect=analysis.effect)


def where(url: str, user: str = "postgres", **settings: Any) -> Where:
    return Where({}, Target("shop", "postgresql", {"url": url.replace("postgres@", f"{user}@"), **settings}))


def asked(url: str, user: str, *texts: str) -> Sequence[Check]:
    return EXECUTOR.preflight([sql(text) for text in texts], where(url, user))


def missing(checks: Sequence[Check]) -> dict[str, str]:
    return {check.name: check.detail for check in checks if check.ok is not True}


def test_it_answers(url: str) -> None:
    (check,) = EXECUTOR.preflight((), where(url))
    port = url.rpartition(":")[2].split("/")[0]
    assert check.ok is True
    assert check.detail.startswith(f"database shop on 127.0.0.1:{port} as postgres (primary), PostgreSQL 1")


def test_nobody_answers(url: str) -> None:
    (check,) = EXECUTOR.preflight((), where("postgresql://postgres@127.0.0.1:1/shop"))
    assert check.ok is False
    assert "Connection refused" in check.detail
    (check,) = EXECUTOR.preflight((), where(url.replace("/shop", "/nowhere")))
    assert 'database "nowhere" does not exist' in check.detail


def test_what_the_user_may_not_do(url: str) -> None:
    found = asked(
        url, "clerk", "select id from jobs", "select * from public.orders o", "delete from jobs where id = 1",
        "select pid, query from pg_stat_activity", "select pg_terminate_backend(:pid)", "select pg_reload_conf()",
    )  # fmt: skip
    assert missing(found) == {
        "shop: public.orders": "clerk has no SELECT on it",
        "shop: jobs": "clerk has no DELETE on it",
        "shop: pg_stat_activity": "what other users run is hidden from clerk: grant pg_read_all_stats or pg_monitor",
        "shop: ending sessions": "clerk may only end its own sessions: grant pg_signal_backend",
        "shop: pg_reload_conf()": "clerk may not call it",
    }


def test_what_the_user_may_do(url: str) -> None:
    texts = ("select * from pg_stat_activity", "select pg_cancel_backend(1)", "select * from unnest(array[1]) t(x)")
    assert missing(asked(url, "watcher", *texts)) == {}
    assert missing(asked(url, "postgres", "select pg_reload_conf()", "delete from orders")) == {}
    named = 'with x as (select 1) select * from x join lateral (select 1) y on true, generate_series(1, 2), "X", gone'
    assert missing(asked(url, "clerk", named)) == {}


def test_reach_names_what_is_touched(url: str) -> None:
    told = EXECUTOR.reach(sql("delete from jobs"), where(url, "clerk"))
    port = url.rpartition(":")[2].split("/")[0]
    assert told == f"database shop on 127.0.0.1:{port} as clerk (primary)"
    gone = EXECUTOR.reach(sql("delete from jobs"), where("postgresql://clerk@db.invalid/shop"))
    assert gone == "database shop on db.invalid as clerk (not reached)"


def test_without_a_target() -> None:
    (check,) = EXECUTOR.preflight([sql("select 1")], Where())
    assert check.ok is False
    with pytest.raises(InputError, match="names no database"):
        EXECUTOR.reach(sql("select 1"), Where())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "postgresql://x:hunter2@db/shop"}, "a password stands in its url"),
        ({"url": "host=db password=hunter2"}, "a password stands in its url"),
        ({"url": "postgresql://x@db/shop?password=hunter2"}, "a password stands in its url"),
        ({"url": "postgresql://x:hunter2@[db/shop"}, "its url cannot be read"),
        ({"hots": "db"}, "`hots` is no setting"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        EXECUTOR.preflight((), Where({}, Target("shop", "postgresql", settings)))
    assert "hunter2" not in str(caught.value) + caught.value.hint


# --- texts ------------------------------------------------------------------------------------


def test_what_is_known_of_a_text() -> None:
    found = EXECUTOR.analyse("select :'app', :n;\nupdate :\"t\" set a = :n -- :z", "sql")
    assert (found.effect, found.uses, found.needs_target) == (Effect.CHANGE, ("app", "n", "t"), True)
    assert [(r.effect, r.line, r.column, r.why) for r in found.reasons] == [
        (Effect.READ, 1, 1, "reads with SQL"),
        (Effect.CHANGE, 2, 1, "changes rows"),
    ]
    assert found.known
    assert found.text == "select :'app', :n;\nupdate :\"t\" set a = :n -- :z"


@pytest.mark.parametrize(
    ("text", "code", "place", "hint"),
    [
        ("select 1;\n  \\watch 5", "psql-command", (2, 3), "every=5s"),
        ("\\x", "psql-command", (1, 1), "leave it out"),
        ("\\c orders", "psql-command", (1, 1), "target=NAME"),
        ("\\set n 3", "psql-command", (1, 1), "declare a parameter"),
        ("copy t from stdin", "psql-command", (1, 1), "INSERT"),
        ("select * from <table name>", "sql-placeholder", (1, 15), ":'table_name'"),
        ("select $1", "sql-placeholder", (1, 8), ":'name'"),
        ("select 'a", "sql-syntax", (1, 8), "where it ends"),
    ],
)
def test_problems(text: str, code: str, place: tuple[int, int], hint: str) -> None:
    (problem,) = EXECUTOR.analyse(text, "sql").problems
    assert (problem.code, (problem.line, problem.column)) == (code, place)
    assert hint in problem.hint


@pytest.mark.parametrize("text", ["select a<b and c>d", "select a < b, c > d", "select 1 <> 2", "select '<x>'", ""])
def test_no_problem(text: str) -> None:
    assert EXECUTOR.analyse(text, "sql").problems == ()
