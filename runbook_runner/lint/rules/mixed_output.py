"""A command and its output stand in one block that is run as it is.

## What it does
Looks, in blocks of `sh`, `bash`, `shell` or `zsh` without prompts, for lines that are what a command prints: a table's
head, `pod "web-0" deleted`, `deployment.apps/web restarted`.

## Why it matters
Pasted into a shell, the output runs as commands. At best it fails; a line that begins with the name of a program does
something.

## Example
    ```sh
    kubectl get pods
    NAME    READY   STATUS
    web-0   1/1     Running
    ```

## How to fix
Put the output into a block of its own (```` ```text ````), after `Expected:` or *Example output:*. Or make it a console
session: ```` ```console ````, with `$ ` before each command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook_runner.lint._blocks import SHELLS, Code, blocks
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule
from runbook_runner.regex import regex

_CODE = "mixed-output"
_PROMPT = regex(r"^\s*[$%#>] \S", re.M)
_DONE = (
    r"(?:deleted|created|configured|patched|scaled|labeled|annotated|evicted|(?:un)?cordoned|unchanged|restarted|edited"
    r"|condition met|rolled back|replaced|drained|force deleted)\b"
)
_PRINTED = regex(
    r"[A-Z][A-Z0-9()%-]+(?:[ _-][A-Z0-9]+)?(?: {2,}|\t)[A-Z][A-Z0-9()% -]+"
    rf"|[a-z][\w.-]*(?: \"[^\"]+\"|/[\w.-]+) {_DONE}.*"
    r"|(?:Error|Error from server|error|Warning|fatal): .*|\+[-+]{6,}\+|\(\d+ rows?\)|total \d+"
    r"|HTTP/\d(?:\.\d)? \d{3}\b.*"
)


def _find(document: Document) -> Iterator[Defect]:
    for block in blocks(document):
        if block.language in SHELLS and block.commands and not _PROMPT.search(block.fence.text):
            span = _output(document, block)
            if span is not None:
                hint = (
                    "put the output into a block ```text of its own, or write ```console and `$ ` before each command"
                )
                yield Defect(_CODE, "output stands in the same block as the command, and is pasted along", span, hint)


def _output(document: Document, block: Code) -> Span | None:
    """Return the place of the first line that was printed."""
    samples = {line.strip() for command in block.commands for line in command.sample.split("\n")} - {""}
    inside = ""
    for at, line in enumerate(block.fence.text.split("\n")):
        text = line.strip()
        if inside:
            inside = "" if text == inside else inside
            continue
        document_mark = re.search(r"<<-?\s*['\"]?(\w+)", line)
        inside = document_mark[1] if document_mark else ""
        if at and (text in samples or _PRINTED.fullmatch(text)):
            number = block.fence.content_line + at
            source = document.lines[number - 1] if number <= len(document.lines) else line
            column = max(source.find(text), 0) + 1
            return Span(number, column, number, column + len(text))
    return None


RULE: LintRule = Rule(_CODE, Group.STYLE, _find, "command and output in one block")
