"""A fence is indented so that it does not end, or does not begin, where its author meant.

## What it does
Looks for fences in list items whose closing marks, or some of whose lines, stand outside of the item, and for marks
that are indented so far that they are text.

## Why it matters
The fence ends before its time, and the marks that should have closed it open another, which swallows what follows.
Half of the command is missing in a run.

## Example
    1. Restart it:

       ```sh
       systemctl restart worker
    ```

## How to fix
Indent the marks and all lines of the fence as far as the text of the item.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._fences import misplaced
from runbook_runner.lint._rule import Rule
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for number, (message, hint) in sorted(misplaced(document).items()):
        line = document.lines[number - 1]
        if line.lstrip().startswith(">"):
            continue  # some forges quote a fence by a mark before its first line alone
        column = len(line) - len(line.lstrip(" \t>")) + 1
        yield Defect("misplaced-fence", message, Span(number, column, number, len(line) + 1), hint)


RULE: LintRule = Rule("misplaced-fence", Group.CORRECTNESS, _find, "a fence that its indentation takes apart")
