"""What became of commands on another machine: asked there, and ended there."""

from __future__ import annotations

from collections.abc import Callable

from runbook_runner.executors._ssh import Line, Question
from runbook_runner.executors._ssh_far import GONE
from runbook_runner.executors._ssh_frames import Far, Frames
from runbook_runner.ports import Sink

BROKEN = 255
"""Exit code of a client that lost its connection; commands seldom end so."""
_LOOK = 5.0
"""Seconds for finding out what became of a command whose connection broke."""
_END = 8.0
"""Seconds for ending one."""


class Fate:
    """Asks a machine about the commands that run there."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._name = line.to.name

    def lost(self, frames: Frames, code: int | None, sink: Sink) -> str:
        """Say what is known of a command whose end did not come through."""
        broken = code is None or code < 0 or code == BROKEN
        how = f"the connection to {self._name} broke" if broken else f"ssh to {self._name} ended with {code}"
        text = f"outcome unknown: {how}"
        if not frames.far.known:
            return f"{text}; whether it began there is not known"
        return f"{text}; {self.looked(frames.far, sink.tick)}"

    def looked(self, found: Far, tick: Callable[[], bool] = lambda: True) -> str:
        """Say whether a command still runs there, asked over a new connection where there is none."""
        question = self._line.ask("look", found.pid, found.group, found.begun)
        question.wait(_LOOK, tick)
        answer, _ = question.answer()
        if answer is None:
            return f"its process there was {found.pid}, and {self._name} does not answer now"
        if answer == GONE:
            return f"its process {found.pid} is gone there"
        return f"it still runs there ({living(answer)})"

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
