"""What is kept of commands on another machine in a run's private files, for whoever takes the run up."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from runbook_runner.executors import _ssh_far as far
from runbook_runner.executors._process import alive, boot, start_time
from runbook_runner.executors._seen import STREAMS
from runbook_runner.executors._ssh_frames import Far, Frames
from runbook_runner.executors._state import replace_file
from runbook_runner.ports import Started


class Notes:
    """A session's private files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def wrapper(self, pid: int) -> None:
        """Keep who sees the commands to their end."""
        replace_file(str(self._folder / "wrapper"), f"{pid} {start_time(pid)}")

    def wrapper_lives(self) -> bool:
        """Whether it still does."""
        try:
            pid, begun = (self._folder / "wrapper").read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return False
        return start_time(int(pid)) == begun

    def remember(self, attempt: int, mark: str, found: Far) -> None:
        """Keep by what name a command is known there."""
        with suppress(OSError):
            for each in self._folder.glob("*.far"):
                if each.name != f"{attempt}.far":
                    each.unlink()
            replace_file(str(self._folder / f"{attempt}.far"), json.dumps([mark, found.pid, found.group, found.begun]))

    def remembered(self, attempt: int) -> tuple[str, Far]:
        """Return the mark of its frames and its name; empty where nothing was kept."""
        try:
            mark, *who = json.loads((self._folder / f"{attempt}.far").read_text(encoding="ascii"))
            return str(mark), Far(*who)
        except (OSError, ValueError, TypeError):
            return "", Far()

    def following(self, attempt: int) -> Iterator[list[tuple[str, bytes]]]:
        """Yield, look by look, what the command printed since the one before, by stream."""
        size, read = 0, dict.fromkeys(STREAMS, 0)
        while True:
            news, now = [], self._size(attempt)
            if now != size:
                size = now
                for stream, data in self.kept(attempt, over=False)[1].items():
                    news.append((stream, data[read[stream] :]))
                    read[stream] = max(read[stream], len(data))
            yield [each for each in news if each[1]]

    def _size(self, attempt: int) -> int:
        found = 0
        for stream in STREAMS:
            with suppress(OSError):
                found += (self._folder / f"{attempt}.{stream}").stat().st_size
        return found

    def kept(self, attempt: int, *, over: bool = True) -> tuple[Frames, Mapping[str, bytes]]:
        """Read what came after the runner died, parted into frames and the command's own; it may not be over yet."""
        mark, found = self.remembered(attempt)
        whole = f"\0{mark or far.nonce()}\0".encode()
        frames, error = Frames(whole, begun=found.known, far=found), Frames(whole)
        own = {}
        for stream, parted in (("stdout", frames), ("stderr", error)):
            with suppress(OSError):
                data = (self._folder / f"{attempt}.{stream}").read_bytes()
                # Where the beginning was seen by the runner that died, all of it is the command's.
                parted.begun = found.known and whole + b"H\0" not in data
                own[stream] = parted.feed(data) + (parted.rest() if over else b"")
        return frames, own

    def code(self, attempt: int) -> int | None:
        """Return what the client ended with, where the wrapper wrote it down."""
        try:
            return int((self._folder / f"{attempt}.exit").read_text(encoding="ascii").split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def ended(self, attempt: int) -> int | None:
        """Return with what a command ended over there, where it was asked for already: there it is asked for once."""
        try:
            return int((self._folder / f"{attempt}.ended").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def keep_ended(self, attempt: int, code: int) -> None:
        """Keep with what it ended over there."""
        with suppress(OSError):
            replace_file(str(self._folder / f"{attempt}.ended"), str(code))

    # --- commands in the background ----------------------------------------------------------

    def put_back(self, attempt: int, started: Started, found: Far, text: str) -> None:
        """Keep a command that goes on in the background."""
        who = [started.pid, started.started, started.boot, found.pid, found.group, found.begun, text]
        replace_file(str(self._folder / f"{attempt}.background"), json.dumps(who))

    def background(self) -> list[tuple[Started, Far, str]]:
        """Return those of them whose connection still stands."""
        live = []
        for each in sorted(self._folder.glob("*.background")):
            with suppress(OSError, ValueError):
                pid, begun, where, *who, text = json.loads(each.read_text(encoding="ascii"))
                started = Started(pid, begun, where)
                if where == boot() and alive(started):
                    live.append((started, Far(*who), text))
        return live

    def forget_background(self) -> None:
        """Drop what is known of them."""
        for each in self._folder.glob("*.background"):
            each.unlink(missing_ok=True)
