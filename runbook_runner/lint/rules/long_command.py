"""A command stands in one very long line.

## What it does
Looks for lines of commands that are longer than four lines of a terminal of 80 columns and could be broken: a line that
is long for a single argument (a template, a document) is left alone, and so is output.

## Why it matters
Before she says yes to a command she has to read it. What wraps four times is not read, and what is not read is not
understood.

## Example
    ```sh
    kubectl get pods -A -o json | jq '.items[] | select(…) | …' | awk '…' | sort | uniq -c | …
    ```

## How to fix
Break it after a pipe, or with a backslash at the end of a line:

    ```sh
    kubectl get pods -A -o json |
      jq '.items[] | select(…) | …' |
      sort | uniq -c
    ```
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._commands import locate, runs
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "long-command"
_LONGEST = 320
_REST = 240
"""Characters that must be left without the longest argument."""
_WORD = regex(r"'[^']*'|\"(?:\\.|[^\"\\])*\"|[^\s'\"]+")


def _find(document: Document) -> Iterator[Defect]:
    for _, _, command in runs(document):
        samples = set(command.sample.split("\n"))
        lines = (line for line in command.source.split("\n") if len(line) > _LONGEST and line not in samples)
        line = next((line for line in lines if len(line) - _longest_word(line) > _REST), "")
        if line:
            message = f"this line of a command has {len(line.strip())} characters: nobody reads that before saying yes"
            hint = "break it after a pipe, or with `\\` at the end of a line"
            yield Defect(_CODE, message, locate(document, command, line), hint)


def _longest_word(line: str) -> int:
    return max((len(word) for word in _WORD.findall(line)), default=0)


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "a very long line")
