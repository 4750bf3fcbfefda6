"""Measures the journal in PostgreSQL, as ratios of interleaved runs. Run by hand, from the top of the repository:

    python -m tests.benchmarks.stores [event] [runners] [runs] [watch] [soak]

It starts a server of its own, on the disk of the folder for temporary files, with fsync on.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from msgspec.structs import asdict

from runbook_runner import registry
from runbook_runner.model import events as e
from runbook_runner.model.chain import seal, verify
from runbook_runner.model.events import Event
from runbook_runner.ports import Holder, Store, Wanted
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.journal import Journal
from runbook_runner.stores._sql import payload_text, queries
from runbook_runner.stores.postgresql import PostgresStore
from runbook_runner.stores.postgresql import _row as _postgresql_row
from runbook_runner.stores.sqlite import SqliteStore
from runbook_runner.stores.sqlite import _row as _sqlite_row
from tests.benchmarks.run import PROGRAM, bare, tell, timed
from tests.benchmarks.runners import LINE, TABLE, runners
from tests.postgres import Server, server


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


def runs(cluster: Server) -> list[bool]:
    """Compare `runbook runs` on a million events with the time of its SQL alone, on both engines."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        url = cluster.create("runs")
        PostgresStore(url).close()
        file = Path(folder) / "journal.db"
        _fill(file, url)
        for name, where in (("sqlite", str(file)), ("postgresql", url)):
            sql = program = least = 0.0
            for flags, wanted in _QUESTIONS:
                store = registry.store(where)
                alone = min(_asked(store, wanted) for _ in range(3))
                store.close()
                whole = min(timed(PROGRAM, "runs", "--store", where, *flags) for _ in range(3))
                print(f"  {name}: runs {' '.join(flags)}: {whole * 1000:.0f} ms, of which SQL {alone * 1000:.0f} ms")
                sql, program = sql + alone, program + whole - bare()
                if name == "postgresql":
                    least += (
                        min(timed(sys.executable, "-c", _ASKING, url, _find(url, wanted)) for _ in range(3)) - bare()
                    )
            if least:
                print(f"  (a program of psycopg and this SQL alone / the SQL: {least / sql:.2f})")
            results.append(tell(f"{name}: runs, all questions / their SQL", program / sql, 5))
            began = time.perf_counter()
            timed(PROGRAM, "search", "needle-4711", "--store", where)
            print(f"  {name}: search {(time.perf_counter() - began) * 1000:.0f} ms")
    return results


_QUESTIONS: list[tuple[list[str], Wanted]] = [
    ([], Wanted()),
    (["--service", "payments-7"], Wanted(service="payments-7")),
    (["--service", "nothing"], Wanted(service="nothing")),
    (["--outcome", "abandoned"], Wanted(outcome="abandoned")),
    (["--who", "nobody"], Wanted(who="nobody")),
    (["--runbook", "queue 3"], Wanted(runbook="queue 3")),
]
_ASKING = """
import sys, psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True)
for row in connection.execute(sys.argv[2]).fetchall():
    connection.execute("SELECT * FROM runbook.events WHERE run = %s ORDER BY position", row).fetchall()
"""
"""What `runbook runs` cannot do without: loading psycopg takes most of it."""


def _find(url: str, wanted: Wanted) -> str:
    with psycopg.connect(url) as connection:
        cursor = psycopg.ClientCursor(connection)
        return cursor.mogrify(queries("postgresql")["find"], {**asdict(wanted), "limit": 20})


_EVENTS = int(os.environ.get("EVENTS", "1000000"))
_A_RUN = 60


def _asked(store: Store, wanted: Wanted) -> float:
    began = time.perf_counter()
    for run in store.find(wanted, limit=20):
        if isinstance(store, SqliteStore):
            store._connection.execute(store._sql["events_of_run"], {"run": run, "after": 0}).fetchall()
        elif isinstance(store, PostgresStore):
            store._link.ask(store._sql["events_of_run"], {"run": run, "after": 0})
    return time.perf_counter() - began


def _fill(file: Path, url: str) -> None:
    """Write the same runs to both, past the triggers: as fast as it goes."""
    small = SqliteStore.open(file)
    add_event, add_payload = small._sql["add_event"], small._sql["add_payload"]
    execute = small._connection.execute
    triggers = execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        execute(f"DROP TRIGGER {name}")
    execute("PRAGMA synchronous = OFF")
    execute("BEGIN")
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE runbook.events DISABLE TRIGGER ALL")
        with connection.cursor().copy(f"COPY runbook.events ({_COLUMNS}) FROM STDIN") as copy:
            for position, each in _story(_EVENTS // _A_RUN):
                stored = execute(add_payload, {"salt": each.salt, "body": payload_text(each)}).lastrowid
                execute(add_event, _sqlite_row(each, position, stored))
                copy.write_row((*_postgresql_row(each, None)[:13], position))
        connection.execute(
            "UPDATE runbook.events SET about = runbook.about(body) WHERE type IN ('run_started', 'run_ended')"
        )
        connection.execute("ALTER TABLE runbook.events ENABLE TRIGGER ALL")
    execute("COMMIT")
    for _, sql in triggers:
        execute(sql)
    small.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE runbook.events")


_COLUMNS = "run, writer, seq, parent, wall, mono, boot, type, version, payload_digest, digest, salt, body, position"


def _story(count: int) -> Iterator[tuple[int, Event]]:
    source = "A line of a runbook, as long as lines are.\n" * 100
    for number in range(count):
        wall = 1.7e9 + number * 600
        who = f"person{number % 40}"
        bodies: list[e.Body] = [
            e.RunStarted(
                f"ops/queue-{number % 300}.md", f"Queue {number % 300}", "0" * 64, source, who, "h", wall,
                f"payments-{number % 50}",
            ),
            *(
                e.Output(step, "stdout", f"needle-{number} " + "what it printed " * 20, "", 330, 330)
                if step % 6 == 0
                else e.Noted(f"step {step} of what happened")
                if step % 15 == 1
                else e.Visited(f"step-{step}", step, "next")
                for step in range(_A_RUN - 2)
            ),
            e.RunEnded("abandoned" if number % 1000 == 0 else "resolved", "answer"),
        ]  # fmt: skip
        parent = ""
        for seq, body in enumerate(bodies, 1):
            each = seal(
                body, run=f"run-{number:06}", writer="w", seq=seq, parent=parent, wall=wall + seq, mono=1.0, boot="b",
                salt="00" * 16,
            )  # fmt: skip
            parent = each.digest
            yield seq, each


_SOAK = float(os.environ.get("SOAK", "60"))
_RUNS, _WATCHERS = 50, 20


def soak(cluster: Server) -> list[bool]:
    """Let 50 runs write three events a second each while 20 watch them; none is lost, none is late."""
    url = cluster.create("soak")
    PostgresStore(url).close()
    waits, lates = multiprocessing.Queue(), multiprocessing.Queue()  # type: ignore[var-annotated]
    until = time.time() + _SOAK
    each = [multiprocessing.Process(target=_soak_run, args=(url, number, until, waits)) for number in range(_RUNS)]
    each += [multiprocessing.Process(target=_soak_watch, args=(url, n, until, lates)) for n in range(_WATCHERS)]
    for process in each:
        process.start()
    wrote = sorted(wait for _ in range(_RUNS) for wait in waits.get())
    told = [lates.get() for _ in range(_WATCHERS)]
    for process in each:
        process.join()
    late = sorted(each for seen, _ in told for each in seen)
    store = PostgresStore(url)
    wrong = [flaw for run in store.runs() for flaw in verify(store.events(run))]
    stored = sum(len(store.events(run)) for run in store.runs())
    print(f"  {stored} events; a wait for the store: median {wrote[len(wrote) // 2] * 1000:.0f} ms, "
          f"99 % {wrote[len(wrote) * 99 // 100] * 1000:.0f} ms, longest {wrote[-1] * 1000:.0f} ms; an event at a "
          f"watcher: median {late[len(late) // 2] * 1000:.0f} ms, 99 % {late[len(late) * 99 // 100] * 1000:.0f} ms, "
          f"last {late[-1] * 1000:.0f} ms")  # fmt: skip
    return [
        tell("events lost, or chains broken", float(abs(stored - len(wrote)) + len(wrong)), 0, ""),
        tell("events that a watcher missed", float(sum(missed for _, missed in told)), 0, ""),
        tell("longest wait for the store", wrote[-1], 1, "s"),
        tell("an event at a watcher, 99 of 100", late[len(late) * 99 // 100], 1, "s"),
    ]


def _soak_run(url: str, number: int, until: float, waits: Any) -> None:
    store = PostgresStore(url)
    journal = Journal(store, f"run-{number}", SystemClock())
    journal.lease = store.claim(journal.run, Holder(journal.writer, "x", "h", 1, "b"), now=time.time(), ttl=60.0)
    taken = []
    time.sleep(number / _RUNS)
    while time.time() < until:
        begin = time.perf_counter()
        journal.decide(e.Noted("a note of some length, as people write them"))
        taken.append(time.perf_counter() - begin)
        time.sleep(1 / 3)
    waits.put(taken)


def _soak_watch(url: str, number: int, until: float, lates: Any) -> None:
    store, seen = PostgresStore(url), dict.fromkeys((f"run-{number}", f"run-{number + 25}"), 0)
    late, over = [], False
    while not over:
        over = time.time() > until + 2
        for run in seen:
            for each in store.events(run, after=seen[run]):
                seen[run] += 1
                late.append(time.time() - each.wall)
        store.wait(0.5)
    lates.put((late, sum(len(store.events(run)) - count for run, count in seen.items())))


_LISTENER = """
import sys, psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True)
connection.execute("LISTEN bare")
print("ready", flush=True)
for each in connection.notifies():
    print(each.payload, flush=True)
"""


_TELLING = "WITH made AS (INSERT INTO bare (line) VALUES (%s) RETURNING id) SELECT pg_notify('bare', %s) FROM made"


class _Reader:
    """A program whose lines are waited for."""

    def __init__(self, *command: str) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def waits(self, text: str) -> float:
        assert self.process.stdout
        while text not in self.process.stdout.readline():
            assert self.process.poll() is None
        return time.perf_counter()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def watch(cluster: Server) -> list[bool]:
    """Compare an event at `runbook watch` with a row by LISTEN and NOTIFY alone, from before its write to a line.

    Both are durable before they are told: a word without a row waits for no disk, and would say nothing of events.
    """
    url = cluster.create("watch")
    journal = Journal(PostgresStore(url), "20261120-0000-aaaa", SystemClock())
    journal.observe(e.RunStarted("w.md", "Watched", "0" * 64, "# Watched\n", "alice", "h", 1.0))
    bare = psycopg.connect(url, autocommit=True)
    bare.execute(TABLE)
    ours = _Reader(PROGRAM, "watch", journal.run, "--store", url, "--json")
    theirs = _Reader(sys.executable, "-c", _LISTENER, url)
    ours.waits("run_started"), theirs.waits("ready")
    pairs = []
    for number in range(400):
        time.sleep(0.02)
        begin = time.perf_counter()
        journal.observe(e.Noted(f"note {number}."))
        seen = ours.waits(f"note {number}.") - begin
        time.sleep(0.02)
        begin = time.perf_counter()
        bare.execute(_TELLING, (LINE, f"word {number}."))
        pairs.append((seen, theirs.waits(f"word {number}.") - begin))
    for each in (ours, theirs):
        each.stop()
    late, floor = (statistics.median(times) * 1000 for times in zip(*pairs[50:], strict=True))
    print(f"  an event at a watcher {late:.2f} ms, a bare row {floor:.2f} ms")
    return [tell("event at `runbook watch` / LISTEN and NOTIFY alone", late / floor, 2)]


BENCHMARKS = {"event": event, "runners": runners, "runs": runs, "watch": watch, "soak": soak}


def main() -> int:
    """Measure what the arguments name, or all."""
    results = []
    with server("max_connections = 200") as cluster:
        for name in sys.argv[1:] or list(BENCHMARKS):
            results += BENCHMARKS[name](cluster)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
