"""The file holds nothing.

## What it does
Looks for files without a single visible character, but for those in folders of tests.

## Why it matters
An alert that leads to an empty page leaves her alone with it, and whoever looks for a gap finds a file in its place.

## Example
    $ wc -c runbooks/restore.md
    0 runbooks/restore.md

## How to fix
Write the runbook, or remove the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._tests import is_tried_with
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    if not any(line.strip("\ufeff \t\f\v") for line in document.lines) and not is_tried_with(document.runbook.path):
        yield Defect("empty-file", "there is nothing in this file", Span(), "write the runbook, or remove the file")


RULE: LintRule = Rule("empty-file", Group.CORRECTNESS, _find, "a file without content")
