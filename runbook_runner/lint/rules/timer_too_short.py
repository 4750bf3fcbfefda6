"""A timer falls due while the command of its step may still run.

## What it does
Compares the timers of a step (`After 5m, …`) with how long its command may take: its `timeout`, a `sleep`, a
`--timeout` of kubectl, or a command that never returns.

## Why it matters
A timer counts from the start of the step. Long before the command has said anything the run tells her that the time
is over.

## Example
    ```sh {timeout=10m}
    kubectl rollout status deploy/web
    ```

    - After 5m, escalate.

## How to fix
Shorten the command's `timeout`, or lengthen the timer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.model.command import Command
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Timer
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = regex(r"(\d{1,6})([smhd]?)")


def _find(document: Document) -> Iterator[Defect]:
    for step in document.runbook.steps:
        timers = [(branch, branch.guard) for branch in step.branches if isinstance(branch.guard, Timer)]
        if not timers or step.command is None or step.command.attributes.background:
            continue
        longest, why = _longest(step.command)
        for branch, timer in timers:
            if longest > timer.seconds:
                takes = f"may take {longest:g}s ({why})" if why else "never returns by itself"
                message = f"this is due after {timer.seconds:g}s, but the command above {takes}"
                hint = "shorten the command's `timeout`, or lengthen the timer"
                yield Defect("timer-too-short", message, branch.span, hint)


def _longest(command: Command) -> tuple[float, str]:
    """Return how many seconds a command may take as far as it says so, and what says it."""
    if command.attributes.timeout is not None:
        return command.attributes.timeout, "`timeout`"
    if command.analysis.never_returns:
        return float("inf"), ""
    from runbook_runner.syntax.shell import simple_commands

    found = [(0.0, "")]
    for words in simple_commands("\n".join(command.parts)):
        if words[0] == "sleep" and len(words) == 2 and (match := _SPAN.fullmatch(words[1])):
            found.append((float(match[1]) * _UNITS[match[2]], f"`sleep {words[1]}`"))
        waits = words if words[0] in {"kubectl", "oc", "helm"} else ()
        given = [match for word in waits if (match := re.fullmatch(r"--timeout=(\d{1,6})([smh])", word))]
        found += [(float(match[1]) * _UNITS[match[2]], f"`{match[0]}`") for match in given]
    return max(found)


RULE: LintRule = Rule("timer-too-short", Group.CORRECTNESS, _find, "a timer that is due before its command may end")
