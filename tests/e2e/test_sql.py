"""SQL steps through the whole program: decided by rows, bound values, nothing secret in the record."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from tests.e2e.program import call, events, of
from tests.postgres import Server

SECRET = "tulip-Harbour-9131-quartz"
RUNBOOK = """\
---
title: Jobs wait
targets: [orders]
parameters:
  app: {from: alert.labels.app, pattern: '(?s).{1,80}', description: The application}
---
# Jobs wait

## Diagnosis

1. Count:

   ```sql {id=count target=orders timeout=5s}
   select count(*)::int as waiting from jobs where app = :'app';
   ```

   Expected: `rows[0].waiting == 0`

   - If `rows[0].waiting > 1`, go to [Who](#who).
   - Otherwise, resolved.

### Who

```sql {id=who target=orders timeout=5s capture=oldest}
select min(id) from jobs where app = :'app';
```

- If `rows[0].min == 7`, go to [Look](#look).
- Otherwise, escalate.

### Look

```sql {id=look target=orders timeout=5s}
select id, :'oldest' || '' as oldest from jobs where id = :oldest;
```

Expected: `row_count == 1 && rows[0].oldest == "7"`

- If `row_count == 1`, go to [Mitigation](#mitigation).
- Otherwise, escalate.

## Mitigation

```sql {id=end target=orders timeout=5s}
delete from jobs where app = :'app';
```
"""


@pytest.fixture(scope="module")
def url(cluster: Server) -> str:
    with psycopg.connect(cluster.create("jobs"), autocommit=True) as connection:
        connection.execute("create table jobs (id int, app text)")
        connection.execute("insert into jobs values (7, 'a''; drop table jobs; --'), (8, 'a''; drop table jobs; --')")
    return cluster.url("jobs")


def prepared(folder: Path, url: str) -> Path:
    (folder / "jobs.md").write_text(RUNBOOK, encoding="utf-8")
    target = f'[targets.orders]\nkind = "postgresql"\nurl = "{url}"\npassword = "env:ORDERS_PASSWORD"\n'
    (folder / "runbook.toml").write_text(target, encoding="utf-8")
    (folder / "alert.json").write_text(
        json.dumps(
            {"version": "4", "status": "firing", "alerts": [
                {"status": "firing", "labels": {"alertname": "JobsWait", "app": "a'; drop table jobs; --"},
                 "annotations": {}, "startsAt": "2026-11-25T03:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
                 "fingerprint": "1"}]}
        ),
        encoding="utf-8",
    )  # fmt: skip
    return folder / "state" / "journal.db"


def test_a_run_is_decided_by_rows(url: str, tmp_path: Path) -> None:
    store = prepared(tmp_path, url)
    store.parent.mkdir()
    arguments = ("run", "jobs.md", "--auto", "--alert", "alert.json")
    done = call(store, *arguments, cwd=tmp_path, ORDERS_PASSWORD=SECRET)

    assert done.returncode == 3, done.stdout.decode() + done.stderr.decode()
    judged = of(events(store), "judged")
    assert [each["verdict"] for each in judged] == ["failed", "passed", "passed"]
    evidence = [branch["evidence"] for each in judged for branch in each["branches"] if branch["holds"]]
    assert evidence[0] == "2 > 1"
    # It stopped before the change, and nothing was dropped.
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from jobs").fetchone() == (2,)
    seen = done.stdout + done.stderr
    for asked in ("show --json", "report", "runs --json", "targets", "targets --check"):
        told = call(store, *asked.split(), cwd=tmp_path, ORDERS_PASSWORD=SECRET)
        seen += told.stdout + told.stderr
    seen += b"".join(path.read_bytes() for path in store.parent.rglob("*") if path.is_file())
    assert SECRET.encode() not in seen


def test_a_target_that_is_not_there_is_told_before_step_1(tmp_path: Path) -> None:
    store = prepared(tmp_path, "postgresql://runbook@127.0.0.1:1/jobs")
    store.parent.mkdir()
    for _ in range(10):
        done = call(store, "run", "jobs.md", "--auto", "--alert", "alert.json", cwd=tmp_path, ORDERS_PASSWORD=SECRET)
        said = done.stdout.decode() + done.stderr.decode()
        if "no answer within" not in said:  # a busy machine may take longer to ask at all
            break
    assert "! orders: connection failed" in said
    assert said.index("! orders") < said.index("Count")
    assert SECRET not in said


def test_a_password_in_the_address_is_refused(tmp_path: Path) -> None:
    store = prepared(tmp_path, f"postgresql://runbook:{SECRET}@127.0.0.1:1/jobs")
    store.parent.mkdir()
    done = call(store, "targets", cwd=tmp_path, ORDERS_PASSWORD=SECRET)
    assert done.returncode == 2
    assert b"a password stands in `url`" in done.stderr
    assert SECRET.encode() not in done.stdout + done.stderr
