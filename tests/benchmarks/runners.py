"""How many events 32 runners bring into one PostgreSQL in a second, against pgbench there; see stores.py."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg

from runbook_runner.model import events as e
from runbook_runner.ports import Holder
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores.postgresql import PostgresStore
from tests.benchmarks.run import tell
from tests.postgres import Server

TABLE = "CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text NOT NULL)"
LINE = "x" * 400
"""About as long as an event with its digests."""
RUNNERS = 32
SECONDS = 4.0
Work = Callable[[], int]
"""Makes something durable, and says how many rows that were."""


def runners(cluster: Server) -> list[bool]:
    """Compare the rows that 32 processes bring in with those of pgbench's 32 clients, and of 32 with psycopg alone.

    A runner commits what belongs together at once, hence the two commits of a step; what single events would make of
    it is told beside it.
    """
    url = cluster.create("runners")
    PostgresStore(url).close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TABLE)
    steps: list[float] = []
    single: list[float] = []
    plain: list[float] = []
    for turn in range(4):
        rates = [_processes(url, make) for make in (_walk, _note, _insert)]
        theirs = _pgbench(cluster, url)
        if turn:  # the first warms up
            for ratios, rate in zip((steps, single, plain), rates, strict=True):
                ratios.append(rate / theirs)
    print(f"  (one event a commit / pgbench: {statistics.median(single):.2f}; psycopg alone, one row a commit: "
          f"{statistics.median(plain):.2f})")  # fmt: skip
    return [tell(f"{RUNNERS} runners, events / pgbench's rows", statistics.median(steps), 0.55, least=True)]


def _walk(url: str, number: int) -> Work:
    """Append as a walk does: what leads to a command, once it is about to run, and what came of it, once it ended."""
    journal = _journal(url, number)
    visit = 0

    def step() -> int:
        nonlocal visit
        visit += 1
        name = f"step-{visit}"
        ways: tuple[dict[str, object], ...] = ({"index": 0, "holds": True, "evidence": "85 < 100", "error": ""},)
        beginning: list[e.Body] = [
            e.BranchTaken(visit - 1, None, f"step:{name}", "", "next"),
            e.Visited(name, visit, "next"),
            e.AttemptStarted(visit, visit, name, 0, "df --output=pcent / | tail -n 1\n", "", "read", 4711, "6090138"),
        ]
        ending: list[e.Body] = [
            e.Output(visit, "stdout", "Use%\n 85%\n", "", 10, 10),
            e.AttemptEnded(visit, "exit", 0, None, 0.004, (0,)),
            e.Judged(visit, visit, "passed", ({"source": "stdout < 100", **ways[0]},), ways),
            e.StepEnded(visit, "passed", "machine"),
        ]
        journal.decide(*beginning)
        journal.decide(*ending)
        return len(beginning) + len(ending)

    return step


def _note(url: str, number: int) -> Work:
    journal = _journal(url, number)
    return lambda: len(journal.decide(e.Noted("a note of some length, as people write them")))


def _journal(url: str, number: int) -> Journal:
    store = PostgresStore(url)
    journal = Journal(store, f"run{number}-{time.time()}", SystemClock())
    holder = Holder(journal.writer, "alice", "host", 1, "boot")
    journal.lease = store.claim(journal.run, holder, now=time.time(), ttl=600.0)
    return journal


def _insert(url: str, _: int) -> Work:
    cursor = psycopg.connect(url, autocommit=True).cursor()
    return lambda: cursor.execute("INSERT INTO bare (line) VALUES (%s)", (LINE,)).rowcount


def _processes(url: str, make: Callable[[str, int], Work]) -> float:
    barrier = multiprocessing.Barrier(RUNNERS)
    counts = multiprocessing.Array("q", RUNNERS)
    each = [multiprocessing.Process(target=_work, args=(url, make, n, barrier, counts)) for n in range(RUNNERS)]
    for process in each:
        process.start()
    for process in each:
        process.join()
    return float(sum(counts[:])) / SECONDS


def _work(url: str, make: Callable[[str, int], Work], number: int, barrier: Barrier, counts: Any) -> None:
    work = make(url, number)
    gc.freeze()  # as the program does
    for _ in range(10):
        work()
    barrier.wait()
    until, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        done += work()
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
