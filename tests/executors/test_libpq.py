"""Shell fences for a PostgreSQL target: its clients find it, and its password is nowhere to be seen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runbook_runner.errors import InputError
from runbook_runner.executors._libpq import variables
from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.model.target import Target
from runbook_runner.ports import Place, Request, Where
from tests import postgres
from tests.contracts.executors import Recorder


def place(folder: Path, target: Target) -> Place:
    private = folder / "private"
    private.mkdir(mode=0o700, exist_ok=True)
    return Place(private, str(folder), "a-run", Where(dict(os.environ), target))


def test_psql_finds_the_database(cluster: postgres.Server, tmp_path: Path) -> None:
    url = cluster.create("orders_sh")
    session = EXECUTOR.open(place(tmp_path, Target("orders", "postgresql", {"url": url, "password": "s3:cr\\et"})))
    sink = Recorder()
    text = f"{cluster.bin}/psql -Atc \"select current_database(), current_setting('application_name')\"; A=1"
    finished = session.execute(Request(1, text, "bash", {}), sink)
    assert (finished.exit_code, sink.stdout, sink.stderr) == (0, "orders_sh|runbook a-run\n", "")
    sink = Recorder()
    session.execute(Request(2, 'echo "$A $PGDATABASE ${PGPASSWORD-none}"; cat "$PGPASSFILE"', "bash", {}), sink)
    assert sink.stdout == "1 orders_sh none\n*:*:*:*:s3\\:cr\\\\et\n"
    kept = tmp_path / "private" / "pgpass"
    assert kept.stat().st_mode & 0o077 == 0
    session.close(remove=False)
    assert not kept.exists()


def test_settings_go_before_the_address() -> None:
    settings = {"url": "postgresql://u@db:5433/x?sslmode=require", "user": "oncall", "connect_timeout": 3}
    assert variables(Target("x", "postgresql", settings)) == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGDATABASE": "x",
        "PGUSER": "oncall",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "3",
    }


def test_an_address_that_is_none_is_not_quoted() -> None:
    with pytest.raises(InputError, match="its url cannot be read") as error:
        variables(Target("x", "postgresql", {"url": "postgresql://u:hunter2@[::1/x"}))
    assert "hunter2" not in f"{error.value} {error.value.hint}"
