"""Processes by their true names: alive or not, whose they are, and how to end them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from runbook_runner.executors._family import GRACE, kill, members, stat
from runbook_runner.executors._program import PREAMBLE
from runbook_runner.executors._wrapper import start_time
from runbook_runner.ports import Started

__all__ = ["GRACE", "alive", "boot", "describe", "end_all", "exists", "kill", "members", "orphans", "start_time"]

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


def alive(started: Started) -> bool:
    """Say whether exactly this process still runs; a zombie does not."""
    if started.boot != boot():
        return False
    seen = stat(started.pid)
    return seen is not None and seen[4] == started.started and seen[0] not in "ZX"


def exists(group: int) -> bool:
    """Say whether a process group has members, zombies too; cheap."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def orphans(started: Started) -> tuple[str, ...]:
    """Return what still lives of a command whose own process is gone, `pid command`."""
    if started.boot != boot() or stat(started.pid) is not None:
        return ()  # a number that is in use again names somebody else's group
    return tuple(describe(pid) for pid, _ in members(started.pid))


def describe(pid: int) -> str:
    """Return `pid command` in one line."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            words = file.read().rstrip(b"\0").decode(errors="replace").split("\0")
        ours = next((word for word in words if PREAMBLE in word), "")
        if ours:  # a shell of ours: show what she wrote, not our preamble
            words = [words[0], "-c", ours.partition(PREAMBLE)[2]]
        text = " ".join(" ".join(words).split()) or "?"
    except OSError:
        text = "?"
    return f"{pid} {text if len(text) <= 200 else text[:199] + '…'}"


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
