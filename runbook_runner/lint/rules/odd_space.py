"""A command holds a space that is none, or a character that cannot be seen.

## What it does
Looks for no-break spaces outside of quotes, and for zero-width characters and byte order marks outside of comments.

## Why it matters
To the shell they are letters: `kubectl get` becomes one long word, and the error shows nothing wrong.

## Example
    ```sh
    kubectl get pods
    ```

    (with a no-break space after `kubectl`)

## How to fix
Delete the character and type a plain space.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("odd-space", Group.CORRECTNESS, "a no-break space or an invisible character in a command")
