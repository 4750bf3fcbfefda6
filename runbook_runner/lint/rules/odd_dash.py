"""An option begins with a typographic dash.

## What it does
Looks for words of a command that begin with an en dash, an em dash or another character that looks like `-`.

## Why it matters
The word is no option: the command takes it for a name and fails, or does something else.

## Example
    ```sh
    kubectl get pods –all-namespaces
    ```

## How to fix
Type `-` or `--`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("odd-dash", Group.CORRECTNESS, "an option that begins with a typographic dash")
