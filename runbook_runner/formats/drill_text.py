"""The debrief of a drill, as text."""

from __future__ import annotations

from typing import Any

from runbook_runner.formats._words import duration
from runbook_runner.model.debrief import Debrief, Rung
from runbook_runner.ports import Format

_SLOWEST = 5
_LATE = 60.0
"""Seconds after which a call that was due is late."""


class DrillText:
    """What `runbook drill` says at the end."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return what went as it should, and what did not."""
        of: Debrief = subject
        lines = ["Debrief", "", _wrapped(f"{of.scenario}{': ' + of.about if of.about else ''}")]
        lines += [f"  surprise: {each}" for each in of.surprises]
        right = not of.expected or of.expected.replace(" ", "_") == of.outcome
        verdict = "as the scenario does" if right else f"the scenario ends {of.expected.replace('_', ' ')}"
        how = f"ended {of.outcome.replace('_', ' ')}" if of.outcome != "not ended" else "was not brought to its end,"
        lines += ["", f"  It {how} after {duration(of.seconds)}: {verdict}."]
        lines += ["", *_turns(of)]
        if of.changed:
            lines += [f"  Changed without need: {', '.join(of.changed)}."]
        lines += [f"  {_call(rung)}" for rung in of.rungs]
        if not of.rungs:
            lines.append("  No call fell due.")
        lines += ["", *_times(of)]
        return "\n".join(lines) + "\n"


def _turns(of: Debrief) -> list[str]:
    if not of.turns:
        return ["  No wrong turn: every step was the scenario's."]
    lines = [f"  {len(of.turns)} {'wrong turn' if len(of.turns) == 1 else 'wrong turns'}:"]
    for turn in of.turns:
        ideal = f"the scenario goes to {turn.ideal}" if turn.ideal else "the scenario does not go there"
        lines.append(f"    at {turn.at}: {f'you went to {turn.went}' if turn.went else 'you stopped'}; {ideal}")
    lines.append(_wrapped(f"The scenario's way: {' > '.join(of.ideal)}"))
    return lines


def _wrapped(text: str) -> str:
    from textwrap import fill

    return fill(text, 78, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _call(rung: Rung) -> str:
    due = f"{rung.to} was due {duration(rung.due)} after the page"
    if rung.called is None:
        return f"{due}, and was never called."
    late = rung.called - rung.due
    if late > _LATE:
        return f"{due}, and was called {duration(late)} late."
    return f"{due}, and was called in time." if late >= 0 else f"{due}, and was called {duration(-late)} before."


def _times(of: Debrief) -> list[str]:
    thought = sum(decision.seconds for decision in of.decisions)
    slowest = sorted(of.decisions, key=lambda decision: -decision.seconds)[:_SLOWEST]
    lines = [f"  {len(of.decisions)} decisions took {duration(thought)}; the longest:"]
    lines += [f"    {duration(each.seconds):>7}  {each.step}: {each.what}" for each in slowest]
    return lines if of.decisions else ["  Nothing was decided."]


FORMAT: Format = DrillText()
