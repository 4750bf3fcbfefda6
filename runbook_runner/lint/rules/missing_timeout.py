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

from collections.abc import Iterator

from runbook_runner.lint._commands import label, locate, shorten
from runbook_runner.lint._genre import RUNBOOKS, genre
from runbook_runner.lint._rule import Rule
from runbook_runner.lint._waits import waits
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule

_CODE = "missing-timeout"
_HINT = "add `{timeout=2m}` after the block's language"


def _find(document: Document) -> Iterator[Defect]:
    if genre(document) not in RUNBOOKS:
        return
    for step, command, wait in waits(document):
        if wait.limited:
            continue
        place = locate(document, command, wait.text)
        if wait.loops:
            message = f"`{label(step, wait.text)}` loops until it succeeds, for ever if it does not"
            yield Defect(_CODE, message, place, _HINT)
        else:
            hint = f"add `{wait.option}`, or `{{timeout=2m}}` after the language" if wait.option else _HINT
            yield Defect(_CODE, f"`{shorten(wait.text)}` may wait for ever", place, hint)


RULE: LintRule = Rule(_CODE, Group.COMPLETENESS, _find, "a command that may wait for ever")
