"""Commands that wait until something happens, and whether something limits them."""

from __future__ import annotations

import re

from msgspec import Struct

from runbook_runner.lint._commands import runs, unwrapped
from runbook_runner.model.command import Command
from runbook_runner.model.runbook import Step
from runbook_runner.ports.lint import Document
from runbook_runner.regex import regex

_LIMITED = regex(r"(?:^|[\s;|&(])timeout (?:-\S+ )*\S*\d")
_WAITS = (
    (regex(r"(?:kubectl|oc)\b.* rollout status\b"), "--timeout", "--timeout=2m"),
    (regex(r"(?:kubectl|oc)\b.* wait\b"), "--timeout", "--timeout=2m"),
    (regex(r"(?:kubectl|oc)\b.* drain\b"), "--timeout", "--timeout=5m"),
    (regex(r"curl\b"), "-m --max-time --connect-timeout", "-m 5"),
    (regex(r"wget\b"), "-T --timeout --read-timeout", "-T 5"),
    (regex(r"(?:nc|ncat|netcat)\b"), "-w -G --wait", "-w 5"),
    (regex(r"argocd\b.* app (?:wait|sync)\b"), "--timeout", "--timeout 120"),
    (regex(r"velero\b.* --wait\b"), "", ""),
    (regex(r"(?:docker|podman) wait\b"), "", ""),
    (regex(r"flock\b(?!.* -n)"), "-w -n --timeout --nonblock", "-w 10"),
)
"""What waits, its own options for a limit, and what to type."""
_ANY_WAIT = regex("|".join(pattern.pattern for pattern, _, _ in _WAITS))
_LOOP = regex(r"\b(?:until|while)\b(?!\s+(?:IFS=\S*\s+)?read\b)[^\n;]*(?:;|\n)\s*do\b.{0,400}?\bsleep\b", re.S)
_COUNTED = regex(r"\bbreak\b|-(?:lt|le|gt|ge)\b|\(\(|SECONDS|seq\b")


class Wait(Struct, frozen=True):
    """A command that may wait for long."""

    text: str
    """The simple command, or the loop."""
    option: str = ""
    """Its own option for a limit; empty when it has none."""
    limited: bool = False
    """Something ends it: that option, `timeout` in front, or the block's attribute."""
    loops: bool = False


def waits(document: Document) -> tuple[tuple[Step, Command, Wait], ...]:
    """Return the steps that wait, one entry each; what never returns by itself is not among them."""
    return document.once(_waits)


def _waits(document: Document) -> tuple[tuple[Step, Command, Wait], ...]:
    found = []
    for _, step, command in runs(document):
        if not command.attributes.background and not command.analysis.never_returns:
            wait = _waiting(command)
            if wait is not None:
                found.append((step, command, wait))
    return tuple(found)


def _waiting(command: Command) -> Wait | None:
    """Return what a command waits for: the first thing without a limit, else the first with one."""
    text = "\n".join(command.parts)
    limited = command.attributes.timeout is not None or ("timeout" in text and _LIMITED.search(text) is not None)
    found: Wait | None = None
    for reason in command.analysis.reasons:
        simple = unwrapped(reason.command)
        if not _ANY_WAIT.match(simple):
            continue
        for pattern, options, option in _WAITS:
            if pattern.match(simple):
                ends = limited or any(_has(simple, name) for name in options.split())
                if found is None or (found.limited and not ends):
                    found = Wait(reason.command, option, ends)
    if found is None and "sleep" in text and (loop := _LOOP.search(text)):
        found = Wait(loop[0], limited=limited or _COUNTED.search(loop[0]) is not None, loops=True)
    return found


def _has(text: str, option: str) -> bool:
    """Tell whether an option is given, also glued to others: `-sm5`, `--max-time=5`."""
    if option.startswith("--"):
        return re.search(rf"(?<!\S){option}(?![\w-])", text) is not None
    return re.search(rf"(?<!\S)-[A-Za-z]*{option[1:]}\d*(?!\w)", text) is not None
