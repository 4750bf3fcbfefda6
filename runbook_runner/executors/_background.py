"""Commands that go on in the background: remembered in files, so that a resume can end them too."""

from __future__ import annotations

import os
from pathlib import Path

from runbook_runner.executors._process import alive, boot, describe, end_all, exists, members, start_time
from runbook_runner.ports import Started


class Background:
    """A session's background commands."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def remember(self, attempt: int, started: Started) -> None:
        """Note one that has started."""
        fd = os.open(f"{self._folder}/{attempt}.background", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(fd, f"{started.pid} {started.started} {started.boot}".encode())
        os.close(fd)

    def knows(self, attempt: str) -> bool:
        """Whether an attempt is one of them: it may still print."""
        return os.path.exists(f"{self._folder}/{attempt}.background")  # noqa: PTH110

    def alive(self) -> tuple[str, ...]:
        """Return those that still live, `pid command`."""
        return tuple(describe(pid) for started in self._started() for pid, _ in members(started.pid)[:1])

    def stop(self) -> None:
        """End them, and what they brought into the world."""
        end_all(self._started())
        for file in Path(self._folder).glob("*.background"):
            file.unlink()

    def _started(self) -> list[Started]:
        found = []
        for file in sorted(Path(self._folder).glob("*.background")):
            pid, begun, where = [*file.read_text(encoding="ascii").split(), "0", "", ""][:3]
            started = Started(int(pid), begun, where)
            if started.boot == boot() and (alive(started) or (exists(started.pid) and start_time(started.pid) == "")):
                found.append(started)
        return found
