"""Writes down what this version's journal looks like: every type of event, as exported, and as SQLite dumps it."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runbook_runner import __version__
from runbook_runner.model import events as e
from runbook_runner.model.chain import seal
from runbook_runner.model.events import Body, Event
from runbook_runner.ports import Holder
from runbook_runner.stores.sqlite import SqliteStore

HERE = Path(__file__).parent
RUN = "20261125-0312-k3f9"
WALL = 1_795_000_000.0
SOURCE = "# Worker\n\n## Diagnosis\n\n1. Look:\n\n   ```sh {id=look}\n   df -h\n   ```\n"
CHECK = {"source": "size(rows) > 5", "holds": False, "evidence": "3 > 5", "error": ""}
BRANCH = {"index": 0, "holds": None, "evidence": "", "error": "no such name"}
BODIES: tuple[Body, ...] = (
    e.RunStarted(
        "ops/worker.md", "Worker \udcff \U0001f525", "ab" * 32, SOURCE, "alice", "jump1", WALL - 60, "payments",
        "Stalled", {"namespace": "shop"}, {"summary": "it\nhangs\x00"}, "interactive", False, "", "/srv", __version__,
    ),
    e.Preflight(({"name": "df", "ok": True, "detail": ""},)),
    e.Visited("look", 1, "start"),
    e.GuardAnswered(1, "If it is full", True),
    e.ParameterSet("NAMESPACE", "shop", "alert"),
    e.ParameterSet("TOKEN", None, "typed", True),
    e.ParametersConfirmed(("NAMESPACE",)),
    e.AttemptStarted(1, 1, "look", 0, "df -h", "df", "read", 4711, "123456"),
    e.Output(1, "stdout", "Use% 99\n", "tail\n", 3_400_000_000, 1_048_576),
    e.AttemptEnded(1, "exit", 0, None, 0.1 + 0.2, (0, 141), ("77 sleep 9",)),
    e.StateCarried(1, "/srv", {"A": 'declare -- A="1"'}, ("TOKEN",)),
    e.Judged(1, 1, "undetermined", (CHECK,), (BRANCH,), "a pipe failed"),
    e.StepEnded(1, "passed", "overruled", "graphs are fine"),
    e.BranchTaken(1, 0, "finish:resolved", "If it waits", "predicate", "3 > 5"),
    e.Noted("it looks better", 1),
    e.TimerDue("rung:0", "call the dba"),
    e.EscalationTried("dba", "slack:#dba", "help"),
    e.EscalationAnswered("dba", "reached"),
    e.ChildEntered(1, "20261125-0313-child", "ops/child.md"),
    e.ChildReturned("20261125-0313-child", "resolved"),
    e.SourceChanged("cd" * 32, SOURCE, "new", ("look",)),
    e.Warned("clock-jump", "the clock jumped"),
    e.Detached("paused"),
    e.HandedOver("alice", "bob", "I go to bed"),
    e.DriverChanged("bob", "jump2", "resume"),
    e.Scrubbed("writer1", 15, "a password", "bob"),
    e.RunEnded("mitigated", "answer", "for now"),
    e.Pruned("carol", "runbook-2026-11-25.jsonl", "ops/worker.md", "Worker", "payments", "bob", "mitigated"),
)  # fmt: skip


def told() -> list[Event]:
    """Return one run that has an event of every type that a run can have."""
    return _chain(BODIES, "writer1", "")


def branches() -> list[Event]:
    """Return one run that went on in two places and was joined."""
    first, theirs = BODIES[0], BODIES[2:13]
    ours = (e.HandedOver("alice", "bob", "I go to bed"), e.DriverChanged("bob", "jump2", "resume"), BODIES[-2])
    line = _chain([first], "writer1", "")
    apart = _chain(theirs, "writer1", line[-1].digest, 2)
    line += _chain(ours, "writer2", line[-1].digest)
    kept = [e.Apart({name: getattr(event, name) for name in Event.__struct_fields__}) for event in apart]
    return line + _chain([*kept, e.Merged((line[-1].digest, apart[-1].digest))], "writer3", line[-1].digest)


def _chain(bodies: Sequence[Body], writer: str, parent: str, first: int = 1) -> list[Event]:
    found: list[Event] = []
    for seq, body in enumerate(bodies, first):
        found.append(
            seal(body, run=RUN, writer=writer, seq=seq, parent=parent, wall=WALL + seq, mono=float(seq),
                 boot="boot1", salt=f"{seq:032x}")
        )  # fmt: skip
        parent = found[-1].digest
    return found


def main() -> None:
    """Write the files of this version, unless they are there."""
    _write(__version__, told(), scrubbed=15)
    _write(f"{__version__}-branches", branches())


def _write(name: str, events: list[Event], scrubbed: int = 0) -> None:
    export, dump = HERE / f"{name}.jsonl", HERE / f"{name}.sql"
    if export.exists() or dump.exists():
        print(f"{export.name} is there: what was recorded is never changed")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.db"
        store = SqliteStore.open(file)
        store.append(events, lease=None)
        if scrubbed:
            store.scrub(RUN, "writer1", scrubbed)
        store.claim(RUN, Holder("writer1", "bob", "jump2", 4711, "boot1"), now=WALL, ttl=60.0)
        lines = [{name: getattr(event, name) for name in Event.__struct_fields__} for event in store.events(RUN)]
        store.close()
        connection = sqlite3.connect(file)
        pragmas = [
            (name, connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("user_version", "application_id")
        ]
        text = "\n".join([*(f"PRAGMA {name} = {value};" for name, value in pragmas), *connection.iterdump()])
        connection.close()
    export.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines), encoding="ascii")
    dump.write_text(text + "\n", encoding="utf-8")


main()
