"""A command may wait for long, and nothing says for how long it may.

## What it does
Looks for commands that wait until something happens (`kubectl wait`, `rollout status`, `drain`, loops with `sleep`,
`curl` and `wget` to a service that may hang) without a limit of their own, without `timeout` in front and without
`timeout=` on the block. Commands that never return by themselves are told by `unmarked-endless`.

## Why it matters
What is broken is what hangs. She cannot tell whether a silent command still works or waits for ever, and loses minutes
before she dares to press Ctrl-C.

## Example
    ```sh
    kubectl -n payments rollout status deploy/worker
    ```

## How to fix
Give the command its own limit (`--timeout=2m`, `curl -m 5`), or the block: `sh {timeout=2m}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import label, locate, runs, shorten, unwrapped
from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.model.command import Command
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_CODE = "missing-timeout"
_LIMITED = re.compile(r"(?:^|[\s;|&(])timeout (?:-\S+ )*\S*\d")
_WAITS = (
    (re.compile(r"(?:kubectl|oc)\b.* rollout status\b"), "--timeout", "--timeout=2m"),
    (re.compile(r"(?:kubectl|oc)\b.* wait\b"), "--timeout", "--timeout=2m"),
    (re.compile(r"(?:kubectl|oc)\b.* drain\b"), "--timeout", "--timeout=5m"),
    (re.compile(r"curl\b"), "-m --max-time --connect-timeout", "-m 5"),
    (re.compile(r"wget\b"), "-T --timeout --read-timeout", "-T 5"),
    (re.compile(r"(?:nc|ncat|netcat)\b"), "-w -G --wait", "-w 5"),
    (re.compile(r"argocd\b.* app (?:wait|sync)\b"), "--timeout", "--timeout 120"),
    (re.compile(r"velero\b.* --wait\b"), "", ""),
    (re.compile(r"(?:docker|podman) wait\b"), "", ""),
    (re.compile(r"flock\b(?!.* -n)"), "-w -n --timeout --nonblock", "-w 10"),
)
"""What waits, its own options for a limit, and what to type."""
_LOOP = re.compile(r"\b(?:until|while)\b(?!\s+(?:IFS=\S*\s+)?read\b)[^\n;]*(?:;|\n)\s*do\b.{0,400}?\bsleep\b", re.S)
_COUNTED = re.compile(r"\bbreak\b|-(?:lt|le|gt|ge)\b|\(\(|SECONDS|seq\b")


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    for _, step, command in runs(document):
        if command.attributes.timeout is not None or command.attributes.background or command.analysis.never_returns:
            continue
        text = "\n".join(command.parts)
        if _LIMITED.search(text):
            continue
        found = _waiting(command)
        if found is not None:
            waits, option = found
            hint = f"add `{option}`, or `{{timeout=2m}}` after the language" if option else _HINT
            yield Defect(_CODE, f"`{shorten(waits)}` may wait for ever", locate(document, command, waits), hint)
        elif (loop := _LOOP.search(text)) and not _COUNTED.search(loop[0]):
            message = f"`{label(step, loop[0])}` loops until it succeeds, for ever if it does not"
            yield Defect(_CODE, message, locate(document, command, loop[0]), _HINT)


_HINT = "add `{timeout=2m}` after the block's language"


def _waiting(command: Command) -> tuple[str, str] | None:
    """Return the first simple command that waits without a limit, and the option that would give it one."""
    for reason in command.analysis.reasons:
        text = unwrapped(reason.command)
        for pattern, options, option in _WAITS:
            if pattern.match(text) and not any(_has(text, name) for name in options.split()):
                return reason.command, option
    return None


def _has(text: str, option: str) -> bool:
    """Tell whether an option is given, also glued to others: `-sm5`, `--max-time=5`."""
    if option.startswith("--"):
        return re.search(rf"(?<!\S){option}(?![\w-])", text) is not None
    return re.search(rf"(?<!\S)-[A-Za-z]*{option[1:]}\d*(?!\w)", text) is not None


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a command that may wait for ever")
