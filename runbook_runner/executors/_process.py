"""Processes by their true names: alive or not, whose they are, and how to end them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Sequence

from runbook_runner.executors._wrapper import start_time
from runbook_runner.ports import Started

__all__ = ["alive", "boot", "describe", "end_all", "exists", "kill", "members", "orphans", "start_time"]

GRACE = 2.0
"""Seconds between asking a command to end and making it."""
_boot = ""


def boot() -> str:
    """Return what identifies this boot of this machine, empty where the system does not say."""
    global _boot
    if not _boot:
        try:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
                _boot = file.read().strip()
        except OSError:
            return ""
    return _boot


def _stat(pid: int) -> tuple[str, int, int, int, str] | None:
    """Return state, parent, group, session and start time."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
        return fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3]), fields[19].decode()
    except (OSError, IndexError, ValueError):
        return None


def alive(started: Started) -> bool:
    """Say whether exactly this process still runs; a zombie does not."""
    if started.boot != boot():
        return False
    stat = _stat(started.pid)
    return stat is not None and stat[4] == started.started and stat[0] not in "ZX"


def exists(group: int) -> bool:
    """Say whether a process group has members, zombies too; cheap."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def members(leader: int, also: Iterable[tuple[int, str]] = ()) -> list[tuple[int, str]]:
    """Return the living processes, as pid and start time, that a command brought into the world.

    Those of its session or group, their descendants even in sessions of their own, and those in `also`.
    """
    table: dict[int, tuple[str, int, int, int, str]] = {}
    try:
        entries = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return []
    for entry in entries:
        if entry.isdigit() and (stat := _stat(int(entry))) is not None and stat[0] not in "ZX":
            table[int(entry)] = stat
    known = {pid for pid, begun in also if pid in table and table[pid][4] == begun}
    found = known | {pid for pid, stat in table.items() if leader in (pid, stat[2], stat[3])}
    grown = True
    while grown:
        more = {pid for pid, stat in table.items() if stat[1] in found} - found
        found |= more
        grown = bool(more)
    return [(pid, table[pid][4]) for pid in sorted(found - {os.getpid()})]


def orphans(started: Started) -> tuple[str, ...]:
    """Return what still lives of a command whose own process is gone, `pid command`."""
    if started.boot != boot() or _stat(started.pid) is not None:
        return ()  # a number that is in use again names somebody else's group
    return tuple(describe(pid) for pid, _ in members(started.pid))


def describe(pid: int) -> str:
    """Return `pid command` in one line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            words = file.read().rstrip(b"\0").decode(errors="replace").split("\0")
        if len(words) > 2 and "__rb_go" in words[2]:  # a subshell of ours: show what she wrote, not our preamble
            words = [words[0], "-c", words[2].partition("\n")[2]]
        text = " ".join(" ".join(words).split()) or "?"
    except OSError:
        text = "?"
    return f"{pid} {text if len(text) <= 200 else text[:199] + '…'}"


def kill(processes: Iterable[tuple[int, str]], number: signal.Signals) -> None:
    """Send a signal to each process that still is the one meant."""
    for pid, begun in processes:
        if start_time(pid) != begun:
            continue
        try:
            os.kill(pid, number)
            if number is signal.SIGTERM:
                os.kill(pid, signal.SIGCONT)  # a stopped process would never see it
        except OSError:
            continue


def end_all(commands: Sequence[Started]) -> None:
    """Ask commands and their children to end, and make them after the grace."""
    families = {started.pid: members(started.pid) for started in commands}
    for family in families.values():
        kill(family, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while True:
        families = {pid: left for pid, family in families.items() if (left := members(pid, family))}
        if not families or time.monotonic() > deadline + GRACE:
            return
        if time.monotonic() > deadline:
            for family in families.values():
                kill(family, signal.SIGKILL)
        time.sleep(0.03)
