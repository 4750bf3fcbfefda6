"""SQL and PromQL that no database and no Prometheus takes, and what they do take."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from runbook_runner.syntax.promql_fences import problem_in_promql
from runbook_runner.syntax.sql_text import mistake_in_sql


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("selct * from x", 0, "`selct` is no SQL: did you mean `SELECT`?"),
        ("SELECT * FORM x", 9, "`FORM` is no SQL: did you mean `FROM`?"),
        ("DELETE FORM jobs WHERE id = 3", 7, "`FORM` is no SQL: did you mean `FROM`?"),
        ("UPDATE x SET a=1 WHER b=2", 17, "`WHER` is no SQL: did you mean `WHERE`?"),
        ("DROP TABEL x", 5, "`TABEL` is no SQL: did you mean `TABLE`?"),
        ("SELECT 1;\nSELECT * FROM x WHERE;", 26, "something is missing after `WHERE`"),
        ("SELECT count(* FROM x", 15, "a `)` is missing near `FROM`"),
        ("INSERT INTO x VALUES (1,2", 24, "a `)` is missing near `2`"),
        ("SELECT * FROM 'x", 14, "this `'` is never closed"),
        ("SELECT * FROM x GROUP a", 22, "`a` is not understood here"),
        ("SELECT a FROM b WHERE c IN (<ids>) AND", 35, "something is missing after `AND`"),
    ],
)
def test_sql_that_nothing_takes(text: str, offset: int, message: str) -> None:
    found = mistake_in_sql(text)
    assert found is not None
    assert (found.offset, found.message) == (offset, message)


@pytest.mark.parametrize(
    "text",
    [
        "select :'x', :\"y\", :n from t",
        "\\d+ x\nselect 1;",
        "SELECT * FROM x LIMIT 5\\G",
        "SELECT * FROM pg_stat_replication \\watch 5",
        "select * from t where a = ? and b = %s and c = ${X} and d = {{y}}",
        "select * from <table> where id = <id>",
        "USE <db>;\nSHOW TABLES;\nSELECT 1; # a remark",
        "select 1\n\nselect 2",
        "postgres=# select 1;",
        "SELECT a\n----\n 1\n(1 row)",
        "SELECT ... FROM x",
        "VACUUM FULL x; REINDEX TABLE y; SHOW max_connections; KILL 5; FLUSH PRIVILEGES",
        "DO $$ BEGIN UPDATE x SET a=1; END LOOP; END $$;",
        "-- don't\nselect 1 /* it's */",
        "select 'it''s', 'a\\'b'",
        "select 'C:\\'",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "select relname, n_dead_tup::numeric / nullif(n_live_tup, 0) from pg_stat_user_tables",
        "SELECT mean(x) FROM cpu WHERE time > now() - 1h GROUP BY time(1m) fill(none)",
        "SELECT TOP 10 * FROM sys.dm_exec_requests r CROSS APPLY sys.dm_exec_sql_text(r.sql_handle)",
        "select count(*) filter (where a) from b",
        "SELECT round(((data_length + index_length) / 1024 / 1024), 2) `Size in MB` FROM information_schema.TABLES",
        "INSERT INTO x (a) VALUES (1) ON CONFLICT (a) DO NOTHING",
        "update t set a = b.c from b where b.id = t.id returning *",
        "select distinct on (a) a, b from c order by a, d desc",
        "explain (analyze, buffers) select 1",
        "select * from generate_series(1,10) as g(x) cross join lateral (select 1) y",
        "SELECT pid, pg_blocking_pids(pid) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0",
        "SELECT * FROM system.processes FORMAT Vertical",
        "SELECT name FROM v$session WHERE rownum < 5",
        "SELECT GROUP_CONCAT(x SEPARATOR ',') FROM y",
        "SELECT a FROM b FOR UPDATE SKIP LOCKED",
        "select (array_agg(x order by y))[1] from z",
        "SELECT SUM(a) OVER (PARTITION BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM c",
        "SELECT * FROM x AS OF SYSTEM TIME '-1m'",
        "DROP TABLES x",
        "",
    ],
)
def test_sql_that_something_takes(text: str) -> None:
    assert mistake_in_sql(text) is None


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("rate(x[5m]", (1, 5), "this `(` is never closed"),
        ("rate(x[5m])) > 3", (1, 12), "nothing is open that this `)` would close"),
        ("rate(x)", (1, 1), "expected type matrix in call to function 'rate', got vector"),
        ("up ==", (1, 4), "nothing stands after `==`"),
        ('x{a=~"("}', (1, 7), "illegal regex for ("),
        ("rat(x[5m])", (1, 1), "there is no function `rat`"),
        ("up == 0\n\nrate(x[5m]", (3, 5), "this `(` is never closed"),
    ],
)
def test_promql_that_does_not_parse(text: str, place: tuple[int, int], message: str) -> None:
    found = problem_in_promql(text)
    assert found is not None
    assert ((found.line, found.column), found.message) == (place, message)


@pytest.mark.parametrize(
    "text",
    [
        "topk(<n>, x)",
        "rate(x[$__range]) > <threshold>",
        "sum(<metric>) by (job)",
        "up == 0\nrate(x[5m])",
        '{app="x"} |= "err"',
        "# nothing else",
        "- alert: X\n  expr: y",
        "label_set(x, 'a', 'b')",
        "sum(x) default 0",
        'x{a="{{ $labels.a }}"} > 1',
        "",
    ],
)
def test_promql_that_may_be_right(text: str) -> None:
    assert problem_in_promql(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000 + "x" + ")" * 50_000,
        "-" * 50_000 + "x",
        "x+" * 50_000 + "x",
        "x{" * 20_000,
        "[" * 20_000,
        "'" * 9_999,
    ],
)
def test_hostile_promql_ends(text: str) -> None:
    began = time.process_time()
    problem_in_promql(text)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 9_000,
        "select '" * 9_000,
        "select a from b where " + "x and " * 9_000,
        "select 1;" * 9_000,
        "/*" * 9_000,
    ],
)
def test_hostile_sql_ends(text: str) -> None:
    began = time.process_time()
    mistake_in_sql(text)
    assert time.process_time() - began < 10


def test_the_parsers_load_only_when_there_is_something_to_parse() -> None:
    code = (
        "import sys; from runbook_runner import registry; [rule.code for rule in registry.rules()];"
        "print('sqlglot' in sys.modules or 'promql_parser' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=180)
    assert done.stdout.strip() == "False", done.stderr
