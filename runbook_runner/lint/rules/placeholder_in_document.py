"""A placeholder stands in a quoted here-document, where nothing is expanded.

## What it does
Looks for `<name>` in a here-document whose delimiter is quoted (`<<'EOF'`) without need: nothing else in it would be
expanded. A text that is handed on (`git commit -m "$(cat <<'EOF' …)"`) is meant to be filled in by hand.

## Why it matters
The shell leaves such a text as it is, so the value cannot be put in: the run stops and asks for an edit, and who
pastes it writes `<name>` into the file.

## Example
    ```sh
    cat > /etc/app.conf <<'EOF'
    region = <region>
    EOF
    ```

## How to fix
Remove the quotes around the delimiter: `<<EOF`.
"""

from __future__ import annotations

from runbook_runner.lint._rule import from_reader
from runbook_runner.model.finding import Group
from runbook_runner.ports.lint import LintRule

RULE: LintRule = from_reader("placeholder-in-document", Group.CORRECTNESS, "a placeholder in a quoted here-document")
