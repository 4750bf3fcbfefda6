"""Runs one interactive command in the terminal that it is started in. Run as a program."""

from __future__ import annotations

import sys
import termios
from pathlib import Path

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.ports import Place, Request
from tests.contracts.executors import Recorder

if __name__ == "__main__":
    before = termios.tcgetattr(0)
    sink = Recorder()
    session = EXECUTOR.open(Place(Path(sys.argv[1]) / "private", sys.argv[1]))
    print("ready", flush=True)
    timeout = float(sys.argv[3]) if len(sys.argv) > 3 else None
    finished = session.execute(Request(1, sys.argv[2], "bash", {}, interactive=True, timeout=timeout), sink)
    same = termios.tcgetattr(0) == before
    print(f"\nending={finished.ending} code={finished.exit_code} restored={same}", end=" ")
    print(f"written={sink.output} ticks={sink.ticks > 0}")
    print(f"x={finished.snapshot and finished.snapshot.variables.get('x')}")
    session.close(remove=True)
