"""A runbook that is walked from another one: left in the middle, taken up, and returned from."""

from __future__ import annotations

import re
from pathlib import Path

from tests.e2e.program import call

PARENT = """\
# Parent

## Diagnosis

1. Look at it:

   ```sh {id=look}
   echo child
   ```

   - If `stdout.contains("child")`, follow [the other one](child.md).
   - Otherwise, resolved.

2. Look after it:

   ```sh {id=after}
   echo after
   ```
"""
CHILD = """\
# Child

## Diagnosis

1. Look inside:

   ```sh {id=inside}
   echo inside
   ```
"""


def test_a_child_is_taken_up_where_it_stands_and_returns_to_its_parent(tmp_path: Path) -> None:
    (tmp_path / "parent.md").write_text(PARENT)
    (tmp_path / "child.md").write_text(CHILD)
    store = tmp_path / "journal.db"
    assert call(store, "run", "parent.md", "--plain", stdin="r\n\n").returncode == 3
    listed = call(store, "runs").stdout.decode()
    parent, child = (re.search(rf"^(\S+) .* {name}", listed, re.MULTILINE) for name in ("Parent", "Child"))
    assert parent
    assert child
    assert listed.splitlines()[1].endswith(f"Child, within {parent[1]}")
    done = call(store, "resume", "--plain", stdin="r\n\nr\n\nr\n\nm\nboth done\n")
    said = done.stdout.decode()
    assert done.returncode == 0, done
    before, _, rest = said.partition("What now? ")
    assert [line for line in before.splitlines() if line.startswith("1/")] == ["1/1  Diagnosis > Look inside"]
    assert "Parent" in before
    assert "2/2  Diagnosis > Look after it" in rest
    report = call(store, "report", parent[1]).stdout.decode()
    assert f"back from run {child[1]}: resolved" in report
