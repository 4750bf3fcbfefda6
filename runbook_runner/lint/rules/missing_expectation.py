"""Nothing says what a diagnostic command should answer.

## What it does
Looks, for each command that only looks at the system, in the parts of a runbook where one looks, for what its answer
means: an `Expected:`, branches, sample output, or a sentence before or after it that says what to look for.

## Why it matters
Forty lines scroll by at 3 a.m. Are they good or bad? Somebody who has never seen the healthy answer cannot tell, and
goes on with a wrong idea.

## Example
    Look at the queue:

    ```sh
    rabbitmqctl list_queues name messages
    ```

## How to fix
Say what is good, in words or as a condition that the machine can check:

    Expected: `!stdout.contains("payments.retry")`

Or what to look for: *A queue with more than 1000 messages is stuck.*
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from runbook_runner.lint._blocks import blocks
from runbook_runner.lint._commands import diagnostics, label, locate, said_first
from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import between
from runbook_runner.model.command import Command
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Phase, Step
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "missing-expectation"
_TELLS = regex(
    r"\b(?:should|must|expect\w*|make sure|ensure|verif\w+|confirm\w*|check (?:that|if|whether|for)|look(?:ing)? for"
    r"|see (?:if|whether|that|how)|whether|healthy|normal\w*|returns?|shows?|means|indicates?|outputs?|if|when|and not"
    r"|find|identif\w+|locate|determine|note|which|what|how (?:many|much|fast|full|long|old|often)|count|compare|until"
    r"|get (?:the|a) (?:\w+ ){0,3}(?:names?|ids?|list|arns?|version|endpoint|url|password|token|address)"
    r"|(?:more|less|fewer|higher|lower|larger|smaller|greater) than|above|below|at least|too (?:many|much|high|low))\b",
    re.I,
)

_NAME = 2
"""A section's title of so many words only names it: `Verify`, `Health checks`."""


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    for phase, step, command in diagnostics(document):
        if not _prints(command) or _expected(step, command) or _told(document, phase, step, command):
            continue
        name = label(step)
        message = f"nothing says what `{name}` should answer, or what to look for"
        hint = "below it, write `Expected: ` and a condition in backticks, or what to look for"
        yield Defect(_CODE, message, locate(document, command, said_first(command)), hint)


def _prints(command: Command) -> bool:
    """Tell whether a command is run for its answer: one that only sets a variable or moves is not."""
    if command.attributes.capture or command.analysis.opens_shell:
        return False
    quiet = ("changes only", "sets a shell", "a function")
    reasons = command.analysis.reasons
    return not reasons or any(not reason.why.startswith(quiet) for reason in reasons if reason.why)


def _expected(step: Step, command: Command) -> bool:
    return bool(step.expected or step.branches or step.sample or command.sample)


def _told(document: Document, phase: Phase, step: Step, command: Command) -> bool:
    """Tell whether a sentence around the command says what to make of its answer."""
    begins, ends = document.once(_fences).get(phase.slug, ([], []))
    begin, end = command.span.line, command.span.end_line
    at, next_at = bisect_left(ends, begin), bisect_right(begins, end)
    before = ends[at - 1] if at else phase.span.line
    after = begins[next_at] if next_at < len(begins) else phase.span.end_line + 1
    for passage in between(document, phase.slug, before + 1, after - 1):
        if _TELLS.search(passage.text):
            return True
        announces = passage.text.endswith(":") and passage.span.end_line >= after - 2
        if passage.span.line > end and not announces:
            return True
    titles = (title for title in (step.title, phase.title) if title != phase.title or len(title.split()) > _NAME)
    return any(_TELLS.search(title) for title in titles) or _comment(command)


def _fences(document: Document) -> dict[str, tuple[list[int], list[int]]]:
    """Return the first and the last lines of the blocks of code, by phase."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    for code in blocks(document):
        begins, ends = found.setdefault(code.phase.slug, ([], []))
        begins.append(code.fence.span.line)
        ends.append(code.fence.span.end_line)
    return found


def _comment(command: Command) -> bool:
    return any(_TELLS.search(line) for line in command.source.split("\n") if line.lstrip().startswith("#"))


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a diagnostic command without what to expect")
