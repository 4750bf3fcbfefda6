"""What scenarios cover of a graph."""

from __future__ import annotations

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.coverage import Coverage
from runbook_runner.model.graph import build
from runbook_runner.model.runbook import Runbook
from runbook_runner.rehearsal.coverage import coverage
from tests.rehearsal.play import play

BOOK = """\
---
escalation:
  - {after: 10m, to: storage}
---
## Diagnosis

```sh {id=look every=1m}
uptime
```

Expected: `stdout == "up"`

- If `stdout == "gone"`, go to [Fix](#fix).
- After 5m, escalate.
- If it is slow, escalate.

## Fix

1. If it is a replica, tell the team.
2. Restart it.
"""


def covered(*scenarios: str) -> Coverage:
    seen = [play(BOOK, f"  - name: x\n    {scenario}\n") for scenario in scenarios]
    assert [each.stuck for each in seen] == [""] * len(seen)
    path = seen[0].states[0].started
    assert path is not None
    runbook: Runbook = read(BOOK.encode(), path.path, registry.executor)
    whole = [each.states[0].started for each in seen]
    assert all(started is not None for started in whole)
    from msgspec.structs import replace

    moved = [replace(each, states=tuple(replace(s, started=path) for s in each.states)) for each in seen]
    moved = [replace(each, judged=tuple((path.path, at, body) for _, at, body in each.judged)) for each in moved]
    return coverage(build(runbook), moved)


def missing(report: Coverage) -> list[tuple[str, str, str]]:
    return [part.name for part in report.missing]


def test_one_walk_covers_what_it_went_through_and_no_more() -> None:
    report = covered("commands: {look: gone}\n    answers: {fix-1: no, end: {end: resolved}}")

    assert ("step", "fix-2", "") not in missing(report)
    assert ("branch", "look", "0") not in missing(report)
    assert ("predicate", "look", 'stdout == "up" is true') in missing(report)
    assert ("timer", "look", "1") in missing(report)
    assert ("guard", "fix-1", "it is a replica is true") in missing(report)
    assert ("escalation", "", "storage") in missing(report)


def test_both_sides_of_a_polled_predicate_count() -> None:
    report = covered("commands: {look: [down, up]}\n    answers: {look: next, fix-1: no, end: {end: resolved}}")

    assert not {part for part in missing(report) if part[0] == "predicate" and "up" in part[2]}


def test_all_of_it_is_a_hundred() -> None:
    report = covered(
        "commands: {look: gone}\n    answers: {fix-1: no, end: {end: resolved}}",
        "commands: {look: gone}\n    answers: {fix-1: yes, end: {end: resolved}}",
        "commands: {look: [down, up]}\n    answers: {look: it is slow}",
        "commands: {look: down}",
    )

    assert (missing(report), report.percent) == ([], 100.0)
