"""The processes that a command brought into the world. Standard library only: the wrapper uses it too."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable

GRACE = 2.0
"""Seconds between asking a command to end and making it."""
Stat = tuple[str, int, int, int, str]
"""State, parent, group, session and start time."""


def stat(pid: int) -> Stat | None:
    """Return what the kernel says of a process; None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123
            fields = file.read().rpartition(b")")[2].split()
        return fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3]), fields[19].decode()
    except (OSError, IndexError, ValueError):
        return None


def members(leader: int, also: Iterable[tuple[int, str]] = ()) -> list[tuple[int, str]]:
    """Return the living processes, as pid and start time, that a command brought into the world.

    Those of its session or group, their descendants even in sessions of their own, and those in `also`.
    """
    table: dict[int, Stat] = {}
    try:
        entries = os.listdir("/proc")  # noqa: PTH208
    except OSError:
        return []
    for entry in entries:
        if entry.isdigit() and (seen := stat(int(entry))) is not None and seen[0] not in "ZX":
            table[int(entry)] = seen
    known = {pid for pid, begun in also if pid in table and table[pid][4] == begun}
    found = known | {pid for pid, seen in table.items() if leader in (pid, seen[2], seen[3])}
    grown = True
    while grown:
        more = {pid for pid, seen in table.items() if seen[1] in found} - found
        found |= more
        grown = bool(more)
    return [(pid, table[pid][4]) for pid in sorted(found - {os.getpid()})]


def kill(processes: Iterable[tuple[int, str]], number: signal.Signals) -> None:
    """Send a signal to each process that still is the one meant."""
    for pid, begun in processes:
        seen = stat(pid)
        if seen is None or seen[4] != begun:
            continue
        try:
            os.kill(pid, number)
            if number is signal.SIGTERM:
                os.kill(pid, signal.SIGCONT)  # a stopped process would never see it
        except OSError:
            continue
