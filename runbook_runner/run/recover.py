"""After a crash: what became of the command that was running."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runbook_runner.model import events as e
from runbook_runner.model.state import Attempt
from runbook_runner.ports import Ending, Finished, Notice, StillRunning
from runbook_runner.run import menus
from runbook_runner.run.attempt import attach, recovered, settle_recovered
from runbook_runner.run.common import common, visit_again
from runbook_runner.run.interrupts import Interruptions
from runbook_runner.run.offer import run
from runbook_runner.run.reaching import target_here
from runbook_runner.run.walk import Walk

_MOMENT = 0.7
"""Seconds: the other driver drains the command's pipes first."""
_LOOK = 2.0
"""Seconds between two looks at a command here while it is asked what is to become of it."""


class _Over(Exception):
    """The command ended while the question stood."""

    def __init__(self, found: Finished) -> None:
        self.found = found


class _Watching(Interruptions):
    """What speaks over the question: also that the command has ended. Nobody waits for a far machine to say so."""

    def __init__(self, walk: Walk, attempt: Attempt) -> None:
        super().__init__(walk)
        step = walk.graph.steps[attempt.start.step]
        self._here = step.command is not None and target_here(walk, step.command) is None
        self._attempt = attempt
        self._next = walk.ports.clock.mono() + _LOOK

    def due(self) -> Sequence[Notice]:
        notices, now = super().due(), self._walk.ports.clock.mono()
        if self._here and not notices and now >= self._next:
            self._next = now + _LOOK
            if not isinstance(found := recovered(self._walk, self._attempt), StillRunning):
                raise _Over(found)
        return notices


def recover(walk: Walk, attempt: Attempt) -> None:
    """Find out how an open attempt ended, and ask where nothing is known; a change is never run again unasked."""
    found = recovered(walk, attempt)
    if isinstance(found, StillRunning):
        try:
            _running(walk, attempt)
        except _Over as over:
            _ended(walk, attempt, over.found)
    else:
        _ended(walk, attempt, found)


def _ended(walk: Walk, attempt: Attempt, found: Finished) -> None:
    visit = next(v for v in walk.state.visits if v.number == attempt.start.visit)
    step = walk.graph.steps[attempt.start.step]
    if found.ending is not Ending.LOST:
        walk.ports.reporter.say(_became(attempt, found), style="warning")
    settle_recovered(walk, visit, step, attempt, found)
    if found.ending is Ending.LOST:
        if found.leftovers:
            walk.ports.reporter.say(f"it left behind: {', '.join(found.leftovers)}", style="warning")
        if found.note:
            walk.ports.reporter.say(found.note, style="warning")
        _lost(walk, attempt)


def _became(attempt: Attempt, found: Finished) -> str:
    """Say in one line what became of a command that nobody followed."""
    if found.ending is Ending.NOT_STARTED:
        return f"`{attempt.start.step}` had not begun to run"
    how = f"ended by signal {found.signal}" if found.signal is not None else f"exit {found.exit_code}"
    if found.ending is Ending.TIMEOUT:
        how = "it ran into its timeout"
    return f"`{attempt.start.step}` started {_when(attempt)} and went on without us: {how}"


def _running(walk: Walk, attempt: Attempt) -> None:
    menu = menus.recover(attempt.start.step, _when(attempt), running=True, change=True)
    answer = walk.ports.prompt.choose(menu, _Watching(walk, attempt))
    visit = next(v for v in walk.state.visits if v.number == attempt.start.visit)
    step = walk.graph.steps[attempt.start.step]
    if answer in ("w", "k"):
        finished, capture = attach(walk, attempt, stop=answer == "k")
        if _told(walk, attempt.start.attempt):
            return
        visit = next(v for v in walk.state.visits if v.number == attempt.start.visit)
        settle_recovered(walk, visit, step, attempt, finished, capture)
    elif answer == "l":
        settle_recovered(walk, visit, step, attempt, Finished(Ending.LOST, note="left running"))
    else:
        common(walk, answer)


def _told(walk: Walk, number: int) -> bool:
    """Give a driver that the run was taken from a moment to record the end: it has seen all that was printed."""
    end = walk.ports.clock.mono() + _MOMENT
    while True:
        walk.catch_up()
        attempt = walk.state.attempts[number]
        if attempt.end is not None:
            for output in attempt.outputs:
                walk.ports.reporter.output(output.stream, output.head + output.tail)
            return True
        if (left := end - walk.ports.clock.mono()) <= 0:
            return False
        walk.ports.clock.wait(min(left, 0.1))


def _lost(walk: Walk, attempt: Attempt) -> None:
    change = attempt.start.effect != "read"
    menu = menus.recover(attempt.start.step, _when(attempt), running=False, change=change)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk))
    visit = next(v for v in walk.state.visits if v.number == attempt.start.visit)
    step = walk.graph.steps[attempt.start.step]
    if answer == "c":
        visit_again(walk, step.id, "back")
    elif answer in ("y", "f"):
        outcome = "passed" if answer == "y" else "failed"
        walk.decide(e.StepEnded(visit.number, outcome, "answer", "marked after a crash"))
    elif answer == "r" and step.command:
        run(walk, visit, step, step.command)
    else:
        common(walk, answer)


def _when(attempt: Attempt) -> str:
    return time.strftime("%H:%M:%SZ", time.gmtime(attempt.event.wall))
