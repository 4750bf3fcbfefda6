"""The file is not UTF-8.

## What it does
Decodes the file's bytes.

## Why it matters
Characters are lost, in commands too: what runs is not what the author wrote.

## Example
    A file saved as Latin-1 or UTF-16.

## How to fix
Save the file as UTF-8: `iconv -f latin1 -t utf-8 old.md > new.md`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import FromReader
from runbook_runner.lint._tests import is_tried_with
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    if not is_tried_with(document.runbook.path):
        yield from (defect for defect in document.runbook.defects if defect.code == "encoding")


RULE: LintRule = FromReader("encoding", Group.CORRECTNESS, _find, "a file that is not UTF-8")
