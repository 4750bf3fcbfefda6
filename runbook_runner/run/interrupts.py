"""What speaks over an open prompt or a running command: timers, the escalation ladder, signals, the lease."""

from __future__ import annotations

from collections.abc import Sequence

from runbook_runner.model import events as e
from runbook_runner.model.runbook import Step, Timer
from runbook_runner.model.state import Visit
from runbook_runner.ports import Notice, Option
from runbook_runner.run.walk import Walk

TIMER_KEYS = "tzTZVW"
"""Keys that no menu uses, for branches whose time has come."""


def clock_text(seconds: float) -> str:
    """Return a duration as she reads it: 45s, 5m, 1h05m, 2d3h."""
    whole = int(max(0, seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours >= 48:
        return f"{hours // 24}d{hours % 24}h"
    if hours:
        return f"{hours}h{minutes:02d}m"
    if minutes:
        return f"{minutes}m{rest:02d}s" if rest else f"{minutes}m"
    return f"{rest}s"


def elapsed(walk: Walk, visit: Visit) -> float:
    """Return seconds since the visit began, by the steady clock where it can be compared, never negative."""
    clock = walk.ports.clock
    if visit.event.boot == clock.boot():
        return max(0.0, clock.mono() - visit.event.mono)
    return max(0.0, clock.wall() - visit.event.wall)


def timer_key(visit: Visit, index: int) -> str:
    """Return the journal's name for a timer of a visit."""
    return f"visit:{visit.number}:branch:{index}"


class Interruptions:
    """The Interrupts port of one walk; `offer` says whether a due timer gets a key in the open menu."""

    def __init__(self, walk: Walk, *, offer: bool = False) -> None:
        self._walk = walk
        self._offer = offer
        self._wall = walk.ports.clock.wall()
        self._mono = walk.ports.clock.mono()

    def due(self) -> Sequence[Notice]:
        """Return what fell due; raises HungUp or Interrupted after a signal, HeldElsewhere when the run was taken."""
        self._walk.ports.signals.raise_pending()
        self._walk.keep_lease()
        return self.fallen_due()

    def fallen_due(self) -> list[Notice]:
        """Return the timers and rungs that fell due, recorded as such."""
        return [*self._jump(), *self._timers(), *self._rungs()]

    def _timers(self) -> list[Notice]:
        visit = self._walk.state.visit
        step = self._walk.graph.steps.get(visit.step) if visit else None
        if visit is None or step is None or visit.taken:
            return []
        notices = []
        for key, index, branch_text, seconds in timers(step, visit):
            if key in self._walk.state.timers or elapsed(self._walk, visit) < seconds:
                continue
            text = f"{clock_text(seconds)} at this step: {branch_text}"
            self._walk.observe(e.TimerDue(key, text))
            option = Option(timer_option(step, index), branch_text) if self._offer else None
            notices.append(Notice(text, option))
        return notices

    def _rungs(self) -> list[Notice]:
        state, notices = self._walk.state, []
        passed = self._walk.ports.clock.wall() - state.page
        for place, rung in enumerate(self._walk.graph.runbook.facts.escalation):
            key = f"rung:{place}"
            if key in state.timers or passed < rung.after or state.started is None or state.started.parent_run:
                continue
            via = f" ({rung.via})" if rung.via else ""
            reached = any(call.tried.to == rung.to for call in state.calls)
            text = f"{clock_text(passed)} since the page: call {rung.to}{via} - key x"
            self._walk.observe(e.TimerDue(key, text))
            if not reached:
                notices.append(Notice(text))
        return notices

    def _jump(self) -> list[Notice]:
        clock = self._walk.ports.clock
        wall, mono = clock.wall(), clock.mono()
        jump = (wall - self._wall) - (mono - self._mono)
        self._wall, self._mono = wall, mono
        if abs(jump) < 5:
            return []
        text = f"the clock of this machine jumped by {jump:+.0f}s; times of day before and after do not compare"
        self._walk.observe(e.Warned("clock-jump", text))
        return [Notice(text)]


def timers(step: Step, visit: Visit) -> list[tuple[str, int, str, float]]:
    """Return a step's timers: key, branch index, text and seconds."""
    found = []
    for index, branch in enumerate(step.branches):
        match branch.guard:
            case Timer(seconds):
                found.append((timer_key(visit, index), index, branch.text, seconds))
            case _:
                pass
    return found


def due_options(walk: Walk) -> tuple[Option, ...]:
    """Return the keys of the timers of this visit that fell due before the question was asked."""
    visit = walk.state.visit
    step = walk.graph.steps.get(visit.step) if visit else None
    if visit is None or step is None or visit.taken:
        return ()
    due = [each for each in timers(step, visit) if each[0] in walk.state.timers]
    return tuple(Option(timer_option(step, index), text) for _, index, text, _ in due)


def timer_option(step: Step, index: int) -> str:
    """Return the key of a timer branch: always the same one, so that it is never rebound."""
    order = [i for i, branch in enumerate(step.branches) if isinstance(branch.guard, Timer)]
    return TIMER_KEYS[order.index(index) % len(TIMER_KEYS)]
