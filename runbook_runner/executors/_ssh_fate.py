"""What became of commands on another machine: asked there, and ended there."""

from __future__ import annotations

import time
from collections.abc import Callable
from shlex import join

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.executors._ssh import Line, Question
from runbook_runner.executors._ssh_far import ENDED, GONE
from runbook_runner.executors._ssh_frames import Far, Frames
from runbook_runner.ports import Sink

BROKEN = 255
"""Exit code of a client that lost its connection; commands seldom end so."""
_LOOK = 5.0
"""Seconds for finding out what became of a command whose connection broke."""
_END = 8.0
"""Seconds for ending one."""
_SOON = 3.0
"""Seconds that a change which goes on there is waited for, once the connection broke."""


class Known(Struct, frozen=True):
    """What is known of a command whose end did not come through."""

    said: str
    code: int | None = None
    """What it ended with, where the machine has kept that."""
    runs: bool = False
    """It goes on there, as far as is known: its end may be found out yet."""


class Fate:
    """Asks a machine about the commands that run there."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._name = line.to.name

    def lost(self, frames: Frames, code: int | None, sink: Sink, *, reads: bool) -> Known:
        """Find out about a command whose end did not come through; what only reads is stopped there."""
        broken = code is None or code < 0 or code == BROKEN
        how = f"the connection to {self._name} broke" if broken else f"ssh to {self._name} ended with {code}"
        text = f"outcome unknown: {how}"
        if not frames.far.known:
            return Known(f"{text}; whether it began there is not known")
        mark, until = frames.name, time.monotonic() + _SOON
        while True:
            known = self.looked(frames.far, mark, sink.tick)
            if known.code is not None:
                return replace(known, said=f"{how}, and it went on there: exit {known.code}")
            if known.runs and reads and not self.end(frames.far):
                return Known(f"{text}; it only reads, and was stopped there")
            if reads or not known.runs or time.monotonic() > until or not sink.tick():
                return replace(known, said=f"{text}; {known.said}")
            time.sleep(0.3)

    def looked(self, found: Far, mark: str, tick: Callable[[], bool] = lambda: True) -> Known:
        """Find out whether a command still runs there, asked over a new connection where there is none."""
        question = self._line.ask("look", found.pid, found.group, found.begun, mark)
        question.wait(_LOOK, tick)
        answer, _ = question.answer()
        stop = join(["ssh", *self._line.to.flags, self._line.to.host, f"kill -- -{found.group or found.pid}"])
        if answer is None:
            said = f"its process there was {found.pid}, and {self._name} does not answer now"
            return Known(f"{said}; if it goes on, this stops it: {stop}", runs=True)
        word, _, rest = answer.partition(" ")
        if word == ENDED and rest.strip().isdigit():
            return Known(f"it went on there: exit {rest.strip()}", int(rest))
        if word == GONE:
            return Known(f"its process {found.pid} is gone there")
        return Known(f"it still runs there ({living(answer)}); this stops it: {stop}", runs=True)

    def ending(self, found: Far) -> Question:
        """Begin to end a command there, with all that it brought into the world."""
        return self._line.ask("end", found.pid, found.group, found.begun)

    def end(self, found: Far) -> str:
        """End a command there; return what could not be done, or not be found out."""
        answer = None
        if found.known:
            question = self.ending(found)
            question.wait(_END)
            answer, _ = question.answer()
        left = unended(answer)
        return f"on {self._name}: {left}" if left else ""


def living(answer: str) -> str:
    """Return the processes that an answer names."""
    pids = [each.lstrip("-") for each in answer.partition(" ")[2].split()]
    return f"process{'es' if len(pids) > 1 else ''} {', '.join(pids)}"


def unended(answer: str | None) -> str:
    """Say what is left of a command that was to end, by what the machine answered."""
    if answer is None:
        return "whether it ended there is not known"
    return "" if answer == GONE else f"it does not end there: {living(answer)}"
