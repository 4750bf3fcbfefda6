"""A command uses a variable that only a later section sets.

## What it does
Looks, as `unset-variable` does, for `$NAME` that the document sets only later, where that is in another section.

## Why it matters
Who works through the document from the top has no value for it yet. Who comes for that section alone may have one from
elsewhere.

## Example
    ## Delete

    ```sh
    kubectl delete pod "$POD"
    ```

    ## Look again

    ```sh
    POD=$(kubectl get pods -o name | head -1)
    ```

## How to fix
Set the variable in the section that uses it, or declare it under `parameters:`.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.lint._rule import Rule
from runbook_runner.lint._unset import found
from runbook_runner.model.finding import Group
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document, LintRule


def _find(document: Document) -> Iterator[Defect]:
    for one in found(document):
        if not one.sure:
            yield Defect("possible-unset-variable", one.message, one.span, one.hint)


RULE: LintRule = Rule("possible-unset-variable", Group.STYLE, _find, "a variable that only a later section sets")
