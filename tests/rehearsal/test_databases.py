"""Scenarios of SQL steps: what a database would answer follows from the rows."""

from __future__ import annotations

from runbook_runner.model.scenario import Reply
from runbook_runner.rehearsal.commands import _table
from tests.rehearsal.play import play

JOBS = """\
---
targets: [orders]
---
# Jobs

## Diagnosis

```sql {id=count target=orders timeout=20s}
select pid, state from jobs;
```

Expected: `exit_code == 0 && row_count == 0`

- If `exit_code != 0`, escalate.
- If `row_count > 1 && "pid" in columns`, go to [Mitigation](#mitigation).
- Otherwise, resolved.

## Mitigation

```sql {id=end target=orders timeout=20s}
delete from jobs;
```
"""


def test_the_count_and_the_columns_follow_from_the_rows() -> None:
    rows = "[{pid: 1, state: idle}, {pid: 2, state: null}]"
    seen = play(JOBS, f"  - name: a\n    commands: {{count: {{rows: {rows}}}, end: 'DELETE 2'}}\n")

    assert seen.path == ("count", "end")
    assert "2 > 1" in seen.branches[0][2]


def test_a_count_may_be_larger_than_what_was_kept() -> None:
    seen = play(JOBS, "  - name: a\n    commands: {count: {rows: [], row_count: 1}}\n")

    assert seen.branches == (("count", "resolved", "no other branch holds"),)


def test_a_failure_has_no_rows() -> None:
    seen = play(JOBS, "  - name: a\n    commands: {count: {exit: 2}}\n")

    assert seen.branches == (("count", "escalate", "2 != 0"),)
    assert seen.stuck == ""


def test_rows_are_shown_as_a_table() -> None:
    reply = Reply(rows=({"pid": 7, "state": None}, {"pid": 12, "state": "idle"}))

    assert _table(reply.rows or ()) == " pid | state\n-----+-------\n   7 | NULL\n  12 | idle\n(2 rows)\n"
