"""A runner that may be killed at any moment: executes commands and keeps a small journal. Run as a program."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from runbook_runner.executors.shell import EXECUTOR
from runbook_runner.ports import Place, Request, Started


class Journal:
    """A sink whose starts are durable."""

    def __init__(self, path: Path, die_at: int = 0) -> None:
        """`die_at` is the attempt whose start it does not live to record."""
        self.die_at = die_at
        self.fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.attempt = 0

    def note(self, *words: object) -> None:
        os.write(self.fd, (" ".join(map(str, words)) + "\n").encode())

    def started(self, started: Started) -> None:
        if self.attempt == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self.note("started", self.attempt, started.pid, started.started, started.boot)

    def write(self, stream: str, data: bytes) -> None:
        return

    def tick(self) -> bool:
        return True


def main(folder: Path, text: str, timeout: float, die_at: int) -> None:
    journal = Journal(folder / "journal", die_at)
    session = EXECUTOR.open(Place(folder / "private", str(folder)))
    journal.note("wrapper")
    for attempt in range(1, 1000):
        journal.attempt = attempt
        finished = session.execute(
            Request(attempt, text, "bash", {"N": str(attempt), "LOG": str(folder / "log")}, timeout or None), journal
        )
        journal.note("finished", attempt, finished.exit_code)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
