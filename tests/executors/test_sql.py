"""SQL fences on a real PostgreSQL: answers, values, limits, what is cut short, what is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import Struct, field

from runbook_runner.executors.sql import EXECUTOR
from runbook_runner.model.command import Effect
from runbook_runner.model.target import Target
from runbook_runner.ports import Ending, Executor, Finished, Place, Request, Session, Where
from tests.contracts.executors import ExecutorContract, Recorder
from tests.postgres import Server, server, wait_for


class Answer(Struct):
    """What one text did."""

    finished: Finished
    stdout: str
    stderr: str

    @property
    def rows(self) -> Any:
        return self.finished.values["rows"]


class Client(Struct):
    """A run's session, spoken to."""

    session: Session
    attempts: list[int] = field(default_factory=list)

    def run(
        self, text: str, *, timeout: float | None = None, patience: float | None = None,
        enough: Callable[[], object] | None = None, effect: Effect | None = None, **values: str,
    ) -> Answer:  # fmt: skip
        self.attempts.append(len(self.attempts) + 1)
        sink = Recorder(patience=patience, enough=enough)
        request = Request(self.attempts[-1], text, "sql", values, timeout, effect=effect)
        return Answer(self.session.execute(request, sink), sink.stdout, sink.stderr)


def place(url: str, folder: Path, run: str = "r-4711", **settings: object) -> Place:
    return Place(folder, str(folder), run, Where({}, Target("orders", "postgresql", {"url": url, **settings})))


@pytest.fixture(scope="module")
def url(cluster: Server) -> str:
    with psycopg.connect(cluster.create("orders"), autocommit=True) as connection:
        connection.execute("create table jobs (id int primary key, state text)")
        connection.execute("insert into jobs values (1, 'new'), (2, null), (3, '')")
    return cluster.url("orders")


@pytest.fixture
def client(url: str, tmp_path: Path) -> Iterator[Client]:
    session = EXECUTOR.open(place(url, tmp_path))
    yield Client(session)
    session.close(remove=True)


@pytest.fixture
def beside(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's session, to look from."""
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        yield connection


def running(beside: psycopg.Connection[Any]) -> list[str]:
    rows = beside.execute(
        "select query from pg_stat_activity where application_name like 'runbook%' and state = 'active'"
    ).fetchall()
    return [query for (query,) in rows]


def sleeps(beside: psycopg.Connection[Any]) -> bool:
    """Say whether a statement of a client of ours is asleep on the server."""
    return any("pg_sleep" in query for query in running(beside))


@contextmanager
def meanwhile(beside: psycopg.Connection[Any], act: Callable[[], object]) -> Iterator[None]:
    """Do something as soon as a statement of a client of ours is asleep on the server."""

    def wait() -> None:
        wait_for(lambda: sleeps(beside))
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    yield
    thread.join()


class TestContract(ExecutorContract):
    language = "sql"
    succeeds = "select 1"
    fails = "select 1 / 0"
    waits = "select pg_sleep(15)"

    @pytest.fixture(autouse=True)
    def _database(self, url: str) -> None:
        self.url = url

    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        private = tmp_path / "private"
        private.mkdir(mode=0o700)
        return place(self.url, private)

    def executor(self) -> Executor:
        return EXECUTOR

    def touches(self, path: Path) -> str:
        return f"copy (select 1) to '{path}'"


# --- answers ----------------------------------------------------------------------------------


def test_rows_as_psql_prints_them(client: Client) -> None:
    done = client.run("select id, state from jobs order by id")
    assert done.stdout == " id | state\n----+-------\n  1 | new\n  2 | NULL\n  3 |\n(3 rows)\n"
    assert done.rows == [{"id": 1, "state": "new"}, {"id": 2, "state": None}, {"id": 3, "state": ""}]
    assert (done.finished.values["columns"], done.finished.values["row_count"]) == (["id", "state"], 3)


def test_a_wide_row_one_column_a_line(client: Client) -> None:
    done = client.run("select repeat('x', 90) as long, e'one\\ntwo' as lines, 7 as n")
    assert done.stdout == f"-[ RECORD 1 ]\nlong  | {'x' * 90}\nlines | one+\n      | two\nn     | 7\n(1 row)\n"


def test_many_wide_rows_are_cut_on_the_screen_only(client: Client) -> None:
    done = client.run("select g, repeat('x', 90) as long from generate_series(1, 9) g")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "…" in done.stdout
    assert done.rows[0]["long"] == "x" * 90


def test_control_characters_and_wide_letters(client: Client) -> None:
    done = client.run("select e'a\\x1b[31mb' as x, '日本' as y union all select 'c', 'd' order by 2")
    assert "\x1b" not in done.stdout
    assert "日本 \n" in done.stdout or "日本\n" in done.stdout


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1::bigint", 1),
        ("1.50::numeric", 1.5),
        ("2.00::numeric", 2),
        ("12345678901234567890123::numeric", 1.2345678901234568e22),
        ("'NaN'::numeric", "NaN"),
        ("'Infinity'::float8", "Infinity"),
        ("0.1::float8", 0.1),
        ("true", True),
        ("null::int", None),
        ("''", ""),
        ("timestamp '2026-11-25 03:12:07.5'", "2026-11-25T03:12:07.5"),
        ("timestamptz '2026-11-25 03:12:07+00' at time zone 'UTC'", "2026-11-25T03:12:07"),
        ("date '2026-11-25'", "2026-11-25"),
        ("interval '1 day 01:02:03.5'", 90123.5),
        ("interval '-00:00:01'", -1),
        ("interval '1 year 2 mons -3 days'", 31557600 + 2 * 2592000 - 3 * 86400),
        ("array[1, null, 3]", [1, None, 3]),
        ("array[['a', 'b,c'], ['\"', '\\']]", [["a", "b,c"], ['"', "\\"]]),
        ("array[]::text[]", []),
        ("array['NULL', null]", ["NULL", None]),
        ("array[interval '1 min']", [60]),
        ("'{\"a\": [1, null]}'::jsonb", {"a": [1, None]}),
        ("'\\x00ff'::bytea", "\\x00ff"),
        ("'10.0.0.1'::inet", "10.0.0.1"),
        ("int4range(1, 5)", "[1,5)"),
        ("'0/16B3748'::pg_lsn", "0/16B3748"),
        ("row(1, 'a')", "(1,a)"),
    ],
)
def test_values_are_plain_data(client: Client, expression: str, expected: object) -> None:
    assert client.run(f"select {expression} as x").rows == [{"x": expected}]


def test_extract_counts_an_interval_as_we_do(client: Client) -> None:
    for text in ("5 mons 3 days 04:05:06.7", "-1 year 2 days", "00:00:00.001", "100 years", "-04:00:01"):
        row = client.run("select :'i'::interval as i, extract(epoch from :'i'::interval) as e", i=text).rows[0]
        assert row["i"] == pytest.approx(row["e"]), text


def test_the_last_of_several_statements_counts(client: Client) -> None:
    done = client.run("select 1 as a; select 2 as b, 3 as b")
    assert done.rows == [{"b": 2, "b_2": 3}]
    assert done.stdout.count("(1 row)") == 2


def test_a_million_rows_cost_little(client: Client) -> None:
    import resource

    client.run("select 1")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    done = client.run("select x, md5(x::text) from generate_series(1, 1000000) as g(x)")
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert done.stdout.endswith("(1000 of 1000000 rows)\n")
    assert done.finished.values["row_count"] == 1_000_000
    with pytest.raises(ValueError, match="only 1000 of 1000000 rows were kept"):
        done.rows()
    assert grown < 30_000, "kilobytes"


@pytest.mark.parametrize(("count", "kept"), [(199, 199), (200, 200), (1000, 1000), (1001, 1000)])
def test_the_cap_is_exact(client: Client, count: int, kept: int) -> None:
    done = client.run("select x from generate_series(1, :n) as g(x)", n=str(count))
    assert done.finished.values["row_count"] == count
    lines = done.stdout.splitlines()
    assert len(lines) == kept + 3
    assert lines[-1] == (f"({count} rows)" if kept == count else f"({kept} of {count} rows)")


def test_long_rows_are_kept_up_to_some_megabytes(client: Client) -> None:
    done = client.run("select x, repeat('x', 100000) from generate_series(1, 900) as g(x)")
    assert done.finished.values["row_count"] == 900
    assert "of 900 rows)" in done.stdout


def test_other_answers(client: Client) -> None:
    assert client.run("show server_version_num").finished.values["row_count"] == 1
    assert client.run("explain select 1").rows[0]["QUERY PLAN"].startswith("Result")
    assert client.run("copy (select 1, 'a') to stdout").stdout == "1\ta\n"
    assert client.run("copy (select 1) to '/dev/null' -- stdout").finished.exit_code == 0
    assert client.run("-- nothing\n;").finished.ending is Ending.NOT_STARTED


def test_notices_are_shown(client: Client) -> None:
    done = client.run("do $$ begin raise notice 'hello'; raise warning 'beware' using hint = 'look'; end $$")
    assert done.stderr == "NOTICE: hello\nWARNING: beware\nHINT: look\n"


# --- errors -----------------------------------------------------------------------------------


def test_an_error_says_where(client: Client) -> None:
    done = client.run("select :'a',\n\tnowhere from jobs", a="x")
    assert done.finished.exit_code == 1
    assert done.stderr == (
        'ERROR 42703: column "nowhere" does not exist\n'
        "LINE 2:  nowhere from jobs\n"
        "         ^\n"
    )  # fmt: skip
    assert (done.rows, done.finished.values["row_count"]) == ([], 0)


def test_an_error_says_detail_and_hint(client: Client) -> None:
    done = client.run("insert into jobs values (1, 'x')")
    assert "ERROR 23505: duplicate key" in done.stderr
    assert "DETAIL: Key (id)=(1) already exists." in done.stderr
    assert done.finished.note == "rolled back: nothing in it was kept"
    assert "HINT: " in client.run("select lenght('x')", effect=Effect.READ).stderr


def test_the_place_in_a_long_line(client: Client) -> None:
    done = client.run("select " + ", ".join(["1"] * 60) + ", nowhere, " + ", ".join(["2"] * 60))
    line, caret = done.stderr.splitlines()[1:3]
    assert line[caret.index("^") :].startswith("nowhere")
    assert len(line) < 100


def test_one_transaction_is_kept_or_not_as_a_whole(client: Client, beside: psycopg.Connection[Any]) -> None:
    client.run("insert into jobs values (10, 'a'); insert into jobs values (1, 'again')")
    assert beside.execute("select count(*) from jobs where id = 10").fetchone() == (0,)
    done = client.run("insert into jobs values (10, 'a'); delete from jobs where id = 10")
    assert done.stdout == "INSERT 0 1\nDELETE 1\n"
    assert done.finished.values["row_count"] == 1


def test_what_a_function_did_is_not_taken_back(client: Client, url: str) -> None:
    with closing(psycopg.connect(url, autocommit=True)) as victim:
        pid = str(victim.info.backend_pid)
        done = client.run("select pg_terminate_backend(:pid); insert into jobs values (1, 'again')", pid=pid)
        assert done.finished.note == "rolled back; what its functions did outside of the transaction stays done"
        with pytest.raises(psycopg.OperationalError):
            victim.execute("select 1")


def test_what_refuses_a_transaction_runs_alone(client: Client, beside: psycopg.Connection[Any]) -> None:
    assert client.run("vacuum (analyze) jobs; select 1").finished.exit_code == 0
    assert client.run("create index concurrently on jobs (state)").finished.exit_code == 0
    done = client.run("vacuum jobs; select nowhere; vacuum jobs")
    assert done.finished.note == "1 of 3 statements were done before"


def test_its_own_transaction(client: Client, beside: psycopg.Connection[Any]) -> None:
    assert client.run("begin; insert into jobs values (20, 'a'); commit").finished.exit_code == 0
    open_ = client.run("begin; insert into jobs values (21, 'a')")
    assert open_.finished.exit_code == 1
    assert "left open" in open_.stderr
    assert beside.execute("delete from jobs where id >= 20 returning id").fetchall() == [(20,)]


def test_a_session_keeps_nothing_for_the_next_step(client: Client) -> None:
    client.run("set work_mem = '1MB'; create temp table left_over (x int)")
    assert client.run("select current_setting('work_mem') <> '1MB' as fresh").rows == [{"fresh": True}]
    assert "42P01" in client.run("select * from left_over").stderr


# --- what holds a read to reading -------------------------------------------------------------


def test_a_read_is_held_to_it(client: Client) -> None:
    show = "show transaction_read_only; show lock_timeout; show statement_timeout"
    assert client.run(show).rows == [{"statement_timeout": "30s"}]
    assert client.run(show, timeout=7).rows == [{"statement_timeout": "7s"}]
    assert client.run("select current_setting('lock_timeout') as x").rows == [{"x": "5s"}]
    assert client.run("select current_setting('transaction_read_only') as x").rows == [{"x": "on"}]
    assert client.run("begin; show transaction_read_only; commit").rows == [{"transaction_read_only": "on"}]


def test_a_function_that_was_called_a_read_may_not_write(client: Client, beside: psycopg.Connection[Any]) -> None:
    beside.execute("create or replace function sneaky() returns int language sql as 'delete from jobs returning 1'")
    done = client.run("select sneaky()", effect=Effect.READ)
    assert "25006" in done.stderr
    assert beside.execute("select count(*) from jobs where id = 1").fetchone() == (1,)


def test_an_attribute_only_raises(client: Client) -> None:
    # What the text itself says to be a change is none the less carried out as one.
    assert client.run("insert into jobs values (30, 'a')", effect=Effect.READ).finished.exit_code == 0
    assert client.run("delete from jobs where id = 30").finished.exit_code == 0
    raised = client.run("select current_setting('transaction_read_only') as x", effect=Effect.CHANGE)
    assert raised.rows == [{"x": "off"}]


def test_a_change_waits_for_no_lock_for_long(client: Client, beside: psycopg.Connection[Any]) -> None:
    beside.execute("begin")
    beside.execute("lock table jobs")
    begun = time.monotonic()
    done = client.run("alter table jobs add column note text", timeout=0.8)
    beside.execute("rollback")
    assert time.monotonic() - begun < 20
    assert done.finished.ending is Ending.TIMEOUT or "55P03" in done.stderr


def test_the_run_is_named(client: Client, beside: psycopg.Connection[Any], url: str, tmp_path: Path) -> None:
    assert client.run("select current_setting('application_name') as x").rows == [{"x": "runbook r-4711"}]
    with_long_name = Client(EXECUTOR.open(place(url, tmp_path, "x" * 80)))
    name = with_long_name.run("select current_setting('application_name') as x").rows[0]["x"]
    with_long_name.session.close(remove=True)
    assert len(name.encode()) <= 63


# --- values -----------------------------------------------------------------------------------


def test_values_are_bound(client: Client, beside: psycopg.Connection[Any]) -> None:
    done = client.run(
        "select query from pg_stat_activity where pid = pg_backend_pid() and :'a' <> :'b'", a="x'y", b="z"
    )
    assert "$1" in done.rows[0]["query"]
    assert "x'y" not in done.rows[0]["query"]


def test_values_where_psql_would_take_them(client: Client) -> None:
    done = client.run(
        "select format('%s', :'a') as a, :n * 2 as n, interval :'i' as i, jsonb_build_object('k', :'a') as j,"
        " (array[1, 2, 3])[1:2] as s, '12'::int as c, ':a' as t, :'a'::text || 'x' as y from :\"t\" limit :n",
        a="it's", n="1", i="5 min", t="jobs",
    )  # fmt: skip
    assert done.rows == [
        {"a": "it's", "n": 2, "i": 300, "j": {"k": "it's"}, "s": [1, 2], "c": 12, "t": ":a", "y": "it'sx"}
    ], done.stderr


def test_a_setting_takes_a_literal(client: Client, beside: psycopg.Connection[Any]) -> None:
    done = client.run("alter role :\"r\" set application_name = :'v'", r="postgres", v="it's; \\ mine")
    assert done.finished.exit_code == 0, done.stderr
    row = beside.execute("select rolconfig from pg_roles where rolname = 'postgres'").fetchone()
    beside.execute("alter role postgres reset application_name")
    assert row == (["application_name=it's; \\ mine"],)


@pytest.mark.parametrize("value", ["1; drop table jobs", "1 or true", "abc", "", "0x10", "--1", "1e9999", "NaN", "١"])
def test_a_bare_one_is_a_number(client: Client, value: str) -> None:
    done = client.run("select :n", n=value)
    assert done.finished.ending is Ending.NOT_STARTED
    assert ":n takes a number" in done.finished.note


@pytest.mark.parametrize(("value", "expected"), [("7", 7), ("-7", -7), ("1.5", 1.5), ("9999999999", 9999999999)])
def test_numbers(client: Client, value: str, expected: float) -> None:
    assert client.run("select 0 - :n as x", n=value).rows == [{"x": -expected}]
    assert client.run("create temp table x (v numeric default :n); insert into x default values", n=value)


def test_what_cannot_be_sent_is_said(client: Client) -> None:
    for text, values, why in [
        ("select :'a'", {}, "`a` has no value"),
        ("select :'a'", {"a": "x\0y"}, "NUL"),
        ('select * from :"t"', {"t": ""}, "no name is"),
        ("\\d jobs", {}, "a command of psql"),
        ("select <id>", {}, ":'id'"),
        ("select $1", {}, "nothing gives `$1` a value"),
        ("select 'a", {}, "never closed"),
    ]:
        done = client.run(text, **values)  # type: ignore[arg-type]
        assert done.finished.ending is Ending.NOT_STARTED, text
        assert why in done.finished.note


# --- cut short --------------------------------------------------------------------------------


def test_ctrl_c_cancels_on_the_server(client: Client, beside: psycopg.Connection[Any]) -> None:
    done = client.run("select pg_sleep(60)", enough=lambda: sleeps(beside))
    assert done.finished.ending is Ending.STOPPED
    assert done.finished.note == "cancelled on the server"
    wait_for(lambda: running(beside) == [], 20)
    assert client.run("select 1").finished.exit_code == 0


def test_a_timeout_cancels_on_the_server(client: Client, beside: psycopg.Connection[Any]) -> None:
    done = client.run("update jobs set state = 'x' where id = 1 and pg_sleep(60) is null", timeout=0.5)
    assert done.finished.ending is Ending.TIMEOUT
    assert done.finished.note == "cancelled on the server: rolled back: nothing in it was kept"
    wait_for(lambda: running(beside) == [], 20)


def test_a_counting_fetch_is_cancelled_too(client: Client, beside: psycopg.Connection[Any]) -> None:
    done = client.run("select * from generate_series(1, 100000000000) as g(x)", patience=0.8)
    assert done.finished.ending is Ending.STOPPED
    wait_for(lambda: running(beside) == [], 20)


ENDING = "select pg_terminate_backend(pid, 20000) from pg_stat_activity where application_name like 'runbook%'"


def test_a_lost_read_has_failed_and_the_run_goes_on(client: Client, beside: psycopg.Connection[Any]) -> None:
    with meanwhile(beside, lambda: beside.execute(ENDING)):
        done = client.run("select pg_sleep(30)")
    assert (done.finished.ending, done.finished.exit_code) == (Ending.EXIT, 2)
    assert "57P01" in done.stderr
    assert "the next step makes another" in done.finished.note
    assert client.run("select 1").finished.exit_code == 0


def test_a_lost_change_has_an_unknown_outcome(client: Client, beside: psycopg.Connection[Any]) -> None:
    with meanwhile(beside, lambda: beside.execute(ENDING)):
        done = client.run("insert into jobs select 40 from pg_sleep(30)")
    assert (done.finished.ending, done.finished.exit_code) == (Ending.LOST, None)
    assert "outcome unknown" in done.finished.note
    assert client.run("select 1").finished.exit_code == 0


def test_a_connection_that_died_between_two_steps(client: Client, beside: psycopg.Connection[Any]) -> None:
    client.run("select 1")
    beside.execute(ENDING)
    assert client.run("insert into jobs values (50, 'a')").finished.exit_code == 0
    assert client.run("delete from jobs where id = 50").finished.exit_code == 0


def test_nobody_there(tmp_path: Path) -> None:
    client = Client(EXECUTOR.open(place("postgresql://runbook@127.0.0.1:1/orders", tmp_path)))
    done = client.run("select 1")
    assert (done.finished.ending, done.finished.exit_code) == (Ending.EXIT, 2)
    assert "could not connect" in done.stderr
    assert (done.rows, done.finished.values["row_count"]) == ([], 0)


def test_stopped_while_it_connects(tmp_path: Path) -> None:
    import socket

    with closing(socket.socket()) as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        client = Client(EXECUTOR.open(place(f"postgresql://x@127.0.0.1:{deaf.getsockname()[1]}/x", tmp_path)))
        done = client.run("insert into jobs values (1)", patience=0.3)
    assert done.finished.ending is Ending.STOPPED
    assert done.finished.note == "stopped while connecting: nothing was sent"


@pytest.mark.slow
def test_a_server_that_is_stopped_in_mid_query(mortal: Server, tmp_path: Path) -> None:
    client = Client(EXECUTOR.open(place(mortal.url(), tmp_path)))
    client.run("create table if not exists t (x int)")
    for text, ending in (
        ("select pg_sleep(30)", Ending.EXIT),
        ("insert into t select 1 from pg_sleep(30)", Ending.LOST),
    ):
        with (
            closing(psycopg.connect(mortal.url(), autocommit=True)) as beside,
            meanwhile(beside, lambda: mortal.stop("immediate")),
        ):
            done = client.run(text)
        assert done.finished.ending is ending
        assert not mortal.running()
        assert client.run("select 1").finished.exit_code == 2
        mortal.start()
        assert client.run("select count(*) from t").rows == [{"count": 0}]


@pytest.fixture(scope="module")
def mortal() -> Iterator[Server]:
    with server() as running:
        yield running


@pytest.mark.slow
def test_a_server_that_hangs(mortal: Server, tmp_path: Path) -> None:
    client = Client(EXECUTOR.open(place(mortal.url(), tmp_path)))
    client.run("create table if not exists t (x int)")
    postmaster = int((mortal.folder / "data" / "postmaster.pid").read_text().split()[0])
    cases = (
        ("select pg_sleep(30)", False, "nothing was sent"),
        ("insert into t select 1 from pg_sleep(30)", True, "outcome unknown"),
    )
    for text, later, note in cases:
        backend = client.run("select pg_backend_pid() as pid").rows[0]["pid"]
        pids = (postmaster, backend)

        def freeze(pids: tuple[int, ...] = pids) -> None:
            for each in pids:
                os.kill(each, signal.SIGSTOP)

        with ExitStack() as stack:
            if later:
                beside = stack.enter_context(closing(psycopg.connect(mortal.url(), autocommit=True)))
                stack.enter_context(meanwhile(beside, freeze))
            else:
                freeze()
            begun = time.monotonic()
            done = client.run(text, timeout=4.0 if later else 1.0)
            took = time.monotonic() - begun
        for each in pids:
            os.kill(each, signal.SIGCONT)
        assert done.finished.ending is Ending.TIMEOUT
        assert note in done.finished.note
        assert took < 25, "it is asked to cancel for two seconds, and then left"
        assert client.run("select count(*) from t").rows == [{"count": 0}]


@pytest.mark.slow
def test_a_role_whose_right_is_revoked(url: str, beside: psycopg.Connection[Any], tmp_path: Path) -> None:
    beside.execute("create role clerk login; grant select on jobs to clerk")
    where = Where({}, Target("orders", "postgresql", {"url": url.replace("postgres@", "clerk@")}))
    client = Client(EXECUTOR.open(Place(tmp_path, str(tmp_path), "r", where)))
    assert client.run("select count(*) from jobs").finished.exit_code == 0
    beside.execute("revoke select on jobs from clerk")
    done = client.run("select count(*) from jobs")
    assert (done.finished.exit_code, done.stderr) == (1, "ERROR 42501: permission denied for table jobs\n")
    beside.execute("alter role clerk nologin")
    assert client.run("select 1").finished.exit_code == 0, "it is in already"
    client.session.close(remove=True)
    beside.execute("drop role clerk")


def test_no_password_is_seen(url: str, beside: psycopg.Connection[Any], tmp_path: Path) -> None:
    secret = "hunter2-and-more"
    client = Client(EXECUTOR.open(place(url.replace("127.0.0.1", "localhost:1,localhost"), tmp_path, password=secret)))
    done = client.run("select nowhere")
    with_it = Path(f"/proc/{os.getpid()}/cmdline").read_text() + done.stdout + done.stderr + done.finished.note
    assert secret not in with_it
    in_url = Client(EXECUTOR.open(place(f"postgresql://x:{secret}@127.0.0.1/x", tmp_path)))
    refused = in_url.run("select 1")
    assert "could not connect" not in refused.stderr
    assert secret not in refused.finished.note + refused.stderr + refused.stdout
    assert "a password stands in its url" in refused.finished.note + refused.stderr
