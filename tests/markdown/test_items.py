"""Items of an ordered list: what belongs to which."""

from __future__ import annotations

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.runbook import Runbook, StepKind

TEXT = """\
# T

## Diagnosis

1. Look:

   ```sh
   df -h
   ```

   Expected: all below 85%

2. Ask somebody whether it is planned.

3. Delete:

   ```sh
   rm -rf /srv/old
   ```

   Rollback: restore it from the backup.

4. Look again:

   ```sh
   df -P
   ```

   The fifth column is how full it is.

5. Last:

   ```sh
   uptime
   ```
"""


def book() -> Runbook:
    return read(TEXT.encode(), "t.md", registry.executor)


def test_what_an_item_expects_does_not_swallow_a_later_command() -> None:
    steps = book().steps
    assert [step.kind for step in steps] == [StepKind.COMMAND, StepKind.MANUAL] + [StepKind.COMMAND] * 3
    assert steps[2].command is not None
    assert steps[2].command.parts == ("rm -rf /srv/old\n",)
    assert steps[2].rollback
    assert not steps[1].rollback


def test_prose_below_a_command_belongs_to_its_item() -> None:
    steps = book().steps
    assert len(steps[3].prose) == 1
    assert not steps[4].prose
