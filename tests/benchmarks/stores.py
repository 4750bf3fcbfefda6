"""Measures the journal in PostgreSQL, as ratios of interleaved runs. Run by hand, from the top of the repository:

    python -m tests.benchmarks.stores [event] [runners]

It starts a server of its own, on the disk of the folder for temporary files, with fsync on.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from runbook_runner.model import events as e
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores.postgresql import PostgresStore
from tests.benchmarks.run import tell
from tests.postgres import Server, server

TABLE = "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text NOT NULL)"
LINE = "x" * 400
"""About as long as an event with its digests."""
RUNNERS = 32
SECONDS = 4.0


def event(cluster: Server) -> list[bool]:
    """Compare a durable event with one row that is inserted and committed."""
    url = cluster.create("event")
    journal = Journal(PostgresStore(url), "run", SystemClock())
    bare = psycopg.connect(url, autocommit=True)
    bare.execute(TABLE)

    def ours() -> float:
        begin = time.perf_counter()
        journal.decide(e.Noted("a note of some length, as people write them"))
        return time.perf_counter() - begin

    def theirs() -> float:
        begin = time.perf_counter()
        bare.execute("INSERT INTO bare (line) VALUES (%s)", (LINE,))
        return time.perf_counter() - begin

    for _ in range(50):
        ours(), theirs()
    pairs = [(ours(), theirs()) for _ in range(1500)]
    ratio = statistics.median(a for a, _ in pairs) / statistics.median(b for _, b in pairs)
    return [tell("durable event / bare INSERT by psycopg", ratio, 1.3)]


def runners(cluster: Server) -> list[bool]:
    """Compare the rate of 32 processes that append with that of pgbench's 32 clients, and of 32 with psycopg alone."""
    url = cluster.create("runners")
    PostgresStore(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
    ratios, plain = [], []
    for turn in range(4):
        rates = [_processes(url, _append), _pgbench(cluster, url), _processes(url, _insert)]
        if turn:  # the first warms up
            ratios.append(rates[0] / rates[1])
            plain.append(rates[2] / rates[1])
    print(f"  (psycopg alone / pgbench: {statistics.median(plain):.2f})")
    return [tell(f"{RUNNERS} runners / pgbench", statistics.median(ratios), 0.55, least=True)]


def _append(url: str, number: int) -> Callable[[], object]:
    journal = Journal(PostgresStore(url), f"run{number}-{time.time()}", SystemClock())
    return lambda: journal.decide(e.Noted("a note of some length, as people write them"))


def _insert(url: str, _: int) -> Callable[[], object]:
    cursor = psycopg.connect(url, autocommit=True).cursor()
    return lambda: cursor.execute("INSERT INTO bare (line) VALUES (%s)", (LINE,))


def _processes(url: str, make: Callable[[str, int], Callable[[], object]]) -> float:
    barrier = multiprocessing.Barrier(RUNNERS)
    counts = multiprocessing.Array("q", RUNNERS)
    each = [multiprocessing.Process(target=_work, args=(url, make, n, barrier, counts)) for n in range(RUNNERS)]
    for process in each:
        process.start()
    for process in each:
        process.join()
    return float(sum(counts[:])) / SECONDS


def _work(
    url: str, make: Callable[[str, int], Callable[[], object]], number: int, barrier: Barrier, counts: Any
) -> None:
    work = make(url, number)
    gc.freeze()  # as the program does
    for _ in range(10):
        work()
    barrier.wait()
    until, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        work()
        done += 1
    counts[number] = done


def _pgbench(cluster: Server, url: str) -> float:
    script = cluster.folder / "insert.sql"
    script.write_text(f"INSERT INTO bare (line) VALUES ('{LINE}');\n")
    clients = ("-c", str(RUNNERS), "-j", "2", "-T", str(int(SECONDS)), "-M", "prepared", "-n")
    somebody = 65534 if os.geteuid() == 0 else None
    done = subprocess.run(
        [cluster.bin / "pgbench", *clients, "-f", script, url],
        capture_output=True,
        text=True,
        check=True,
        cwd=cluster.folder,
        user=somebody,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])


BENCHMARKS = {"event": event, "runners": runners}


def main() -> int:
    """Measure what the arguments name, or all."""
    results = []
    with server("max_connections = 200") as cluster:
        for name in sys.argv[1:] or list(BENCHMARKS):
            results += BENCHMARKS[name](cluster)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
