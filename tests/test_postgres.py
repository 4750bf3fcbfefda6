"""The PostgreSQL that the tests bring is a real one."""

from __future__ import annotations

import psycopg

from tests.postgres import Server


def test_it_answers(cluster: Server) -> None:
    with psycopg.connect(cluster.create("answers")) as connection:
        row = connection.execute("select current_database(), current_setting('server_version_num')::int").fetchone()
    assert row is not None
    assert row[0] == "answers"
    assert row[1] >= 180000
