"""A command uses a variable before anything has set it.

## What it does
Follows the steps from the start, by falling through and by branches that lead away, and looks for `$NAME` that the
document itself sets, but only later in the same section, or in a step that some way goes around. What nothing sets is
a parameter, and what the text speaks of before is left to the reader. But where it is nearly the name of a declared
parameter that nothing uses, that one is meant. A variable that another section sets is told by
`possible-unset-variable`.

## Why it matters
The shell puts nothing in its place. `kubectl delete pod $POD` fails at best; `rm -rf "$DIR"/*` does not.

## Example
    ```sh
    kubectl delete pod "$POD"
    ```

    ```sh
    POD=$(kubectl get pods -o name | head -1)
    ```

## How to fix
Set the variable in a step that every way leads through, or declare it under `parameters:`.
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
        if one.sure:
            yield Defect("unset-variable", one.message, one.span, one.hint)


RULE: LintRule = Rule("unset-variable", Group.CORRECTNESS, _find, "a variable that is used before it is set")
