"""A command never returns by itself, and nothing says so.

## What it does
Looks for commands that follow a log, watch objects or hold a tunnel open (`-f`, `--watch`, `port-forward`, `tail -f`,
`while true`), in blocks without `{background}`, `{interactive}` or `{timeout=…}`, where the text does not say how it
ends.

## Why it matters
She waits for the prompt to come back. It will not; and the next step waits with her.

## Example
    ```sh
    kubectl -n payments logs deploy/worker -f
    ```

## How to fix
Ask for what there is (`--since=5m --tail=200`), or mark the block: `{timeout=30s}` to look for a while, `{background}`
for a tunnel that the next steps need. Or say it: *Stop it with Ctrl-C.*
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._commands import label, locate, runs, trait
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._text import between
from runbook_runner.model.command import Command
from runbook_runner.model.finding import Group
from runbook_runner.model.runbook import Phase
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "unmarked-endless"
_TOLD = regex(
    r"\bctrl\W{0,3}c\b|\buntil (?:you|it|the)\b|\bbackground\b|\bwatch(?:es|ing)?\b|\bstream\w*\b|\bmonitor\w*"
    r"|\b(?:stop|quit|exit|leave|cancel|interrupt|kill|end)\b[^.\n]{0,40}\b(?:it|this|command|tunnel|process)\b"
    r"|\b(?:another|second|separate|new|different|other) (?:terminal|shell|window|tab|session)\b"
    r"|\b(?:keep|leave)\b[^.\n]{0,30}\b(?:open|running)\b|\b(?:tail|follow)(?:s|ing)? the\b|\bport[- ]?forward\w*"
    r"|\btunnel\b",
    re.I,
)
_NEAR = 4
"""So many lines above and below the block are read with it."""
_TIMED = regex(r"(?:^|[\s;|&(])timeout (?:-\S+ )*\S*\d|&\s*$", re.M)
_HINT = "add `{timeout=30s}` or `{background}` after the language, or leave out what makes it follow"


def _find(document: Document) -> Iterator[Defect]:
    for phase, step, command in runs(document):
        marks = command.attributes
        marked = marks.background or marks.interactive or marks.timeout is not None
        if not command.analysis.never_returns or marked or _TIMED.search("\n".join(command.parts)):
            continue
        if not _told(document, phase, command):
            text = trait(command, lambda found: found.never_returns)
            message = f"`{label(step, text)}` never returns by itself, and nothing says so"
            yield Defect(_CODE, message, locate(document, command, text), _HINT)


def _told(document: Document, phase: Phase, command: Command) -> bool:
    begin, end = command.span.line - _NEAR, command.span.end_line + _NEAR
    return any(_TOLD.search(passage.text) for passage in between(document, phase.slug, begin, end))


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a never-ending command that is not marked")
