"""A placeholder stands where no value can stand.

## What it does
Looks for `<name>` in the place of the name of a variable that is used, as in `${<name>}`. A name that she is to choose
herself, as in `export <TEAM>_TOKEN=…`, is passed over.

## Why it matters
A value cannot be put in there safely, so the run stops and asks for an edit.

## Example
    ```sh
    echo "${<region>}"
    ```

## How to fix
Write the placeholder in the variable's place: `echo <region>`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("placeholder-place", Group.CORRECTNESS, "a placeholder where no value can stand")
