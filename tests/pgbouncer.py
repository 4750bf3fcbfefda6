"""A real PgBouncer in front of a real PostgreSQL, started for tests and gone with them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres import Server, free_port, wait_for

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def bouncer(cluster: Server, database: str, *settings: str) -> Iterator[str]:
    """Run a PgBouncer before a database; its address there."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed")
    owner = (cluster.folder / "data").stat().st_uid
    folder, port = Path(tempfile.mkdtemp(dir=cluster.folder)), free_port()
    os.chown(folder, owner, -1)
    lines = [
        "[databases]",
        f"{database} = host=127.0.0.1 port={cluster.port} dbname={database} user=postgres",
        "[pgbouncer]",
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\nlogfile = /dev/null",
        *settings,
    ]
    (folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")
    user = owner if os.geteuid() == 0 else None
    process = subprocess.Popen([PGBOUNCER, "-q", folder / "pgbouncer.ini"], user=user, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: listens(port))
        yield f"postgresql://postgres@127.0.0.1:{port}/{database}"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
