"""The real program in a process of its own, behind pipes: what it says, what it is answered, what it left."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from runbook_runner.model.events import Event
from runbook_runner.stores.sqlite import SqliteStore

RUNBOOK = (sys.executable, "-m", "runbook_runner")
YES = r"Type yes to run [^\n]*: "
ANSWERS: Mapping[str, str] = {
    YES: "yes",
    r"Does this apply\? ": "1",
    r"Which way on\? ": "",
    r"Is it as expected\?[^\n]* ": "y",
    r"How did it end\? ": "r",
    r"\(enter for nothing\): ": "",
    r"is still running\. ": "w",
    r"outcome unknown\. ": "y",
    r"What now\? ": "r",
}
"""What a person types who wants the runbook done, by the end of the question; never a second `yes` on her own."""


def environment(store: Path, **more: str) -> dict[str, str]:
    """Return the surroundings of a program: nothing of the machine's own configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    kept |= {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    state = str(store.parent)
    return {**kept, "HOME": state, "XDG_STATE_HOME": state, "TERM": "xterm", "RUNBOOK_STORE": str(store), **more}


def call(
    store: Path, *arguments: str, stdin: str = "", cwd: Path | None = None, **more: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end."""
    return subprocess.run(
        [*RUNBOOK, *arguments],
        input=stdin.encode(),
        capture_output=True,
        timeout=120,
        cwd=cwd or store.parent,
        env=environment(store, **more),
        check=False,
    )


def events(store: Path) -> list[Event]:
    """Return all events of the only run in a journal; none when there is no run."""
    if not store.exists():
        return []
    journal = SqliteStore.open(store)
    runs = journal.matching("")
    assert len(runs) <= 1, runs
    return list(journal.events(runs[0])) if runs else []


def of(recorded: Sequence[Event], kind: str) -> list[dict[str, Any]]:
    """Return the payloads of one type of event."""
    return [dict(event.payload or {}) for event in recorded if event.type == kind]


class Program:
    """A walk with `--plain --json`: events come on stdout, questions on stderr, answers go by what is asked."""

    def __init__(self, store: Path, *arguments: str, answers: Mapping[str, str] = ANSWERS) -> None:
        self.process = subprocess.Popen(
            [*RUNBOOK, *arguments, "--plain", "--json"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=store.parent,
            env=environment(store),
            bufsize=0,
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self._in = self.process.stdin
        self._answers = answers
        self._out, self._asked = b"", ""
        self.said = ""
        """All of stderr."""
        self.yeses = 0
        """How often it was told to run something that is not a read."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self.process.stdout, selectors.EVENT_READ, "out")
        self._selector.register(self.process.stderr, selectors.EVENT_READ, "err")

    @property
    def lines(self) -> list[bytes]:
        """Return the whole lines of stdout: what the program said is durable."""
        return self._out.split(b"\n")[:-1]

    def step(self, timeout: float) -> bool:
        """Take what comes within a time and answer what is asked; False when there will be no more."""
        for key, _ in self._selector.select(timeout):
            data = os.read(key.fd, 1 << 16)
            if not data:
                self._selector.unregister(key.fileobj)
            elif key.data == "out":
                self._out += data
            else:
                self._hear(data.decode("utf-8", "replace"))
        return bool(self._selector.get_map())

    def until(self, told: Callable[[list[bytes]], bool], delay: float = 0.0) -> None:
        """Go on until the events that were told suffice, and for a moment more."""
        limit = time.monotonic() + 60
        while not told(self.lines) and self.step(0.05):
            self._hurry(limit)
        end = time.monotonic() + delay
        while (left := end - time.monotonic()) > 0 and self.step(left):
            pass

    def finish(self) -> int:
        """Go on to the end; the exit code."""
        limit = time.monotonic() + 60
        while self.step(0.1):
            self._hurry(limit)
        return self.close()

    def close(self) -> int:
        """Reap the process; the exit code."""
        code = self.process.wait(60)
        for stream in (self._in, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        self._selector.close()
        return code

    def answer(self, line: str) -> None:
        """Type a line; nobody may be there any more."""
        with suppress(BrokenPipeError):
            os.write(self._in.fileno(), f"{line}\n".encode())

    def _hurry(self, limit: float) -> None:
        if time.monotonic() > limit:
            self.process.kill()
            raise AssertionError(f"it waits for something:\n{self.said}")

    def _hear(self, text: str) -> None:
        self.said += text
        self._asked += text
        for question, answer in self._answers.items():
            if re.search(question + r"\Z", self._asked):
                self._asked = ""
                self.yeses += question == YES
                self.answer(answer)
                return


def children(pid: int) -> list[int]:
    """Return the living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] not in (b"Z", b"X"):
                found.append(int(entry.name))
    return found
