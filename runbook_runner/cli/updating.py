"""Scenario files with new expectations, where they changed on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from runbook_runner.markdown.scenario_writing import updated
from runbook_runner.markdown.scenarios import read
from runbook_runner.model.scenario import Expect
from runbook_runner.model.verdicts import Results
from runbook_runner.rehearsal.rehearse import Seen
from runbook_runner.rehearsal.transcript import expectation


def update(results: Results, seen: Sequence[Seen]) -> Iterator[tuple[str, str]]:
    """Rewrite each file in which something came out otherwise; yield its name and how it differs."""
    wanted: dict[str, dict[str, Seen]] = {}
    for tested, what in zip(results.tested, seen, strict=True):
        if tested.differences and not tested.stuck:
            wanted.setdefault(tested.file, {})[tested.name] = what
    for file, changed in wanted.items():
        old = Path(file).read_text("utf-8")
        found = read(old)
        fresh = {
            number: _only_said(scenario.expect, expectation(changed[scenario.name]))
            for number, scenario in enumerate(found.scenarios)
            if scenario.name in changed
        }
        new = updated(old, found.places, fresh)
        Path(file).write_text(new, encoding="utf-8")
        yield file, "".join(unified_diff(old.splitlines(True), new.splitlines(True), file, file))


def _only_said(before: Expect, now: Expect) -> Expect:
    """Return the new expectation of what the old one spoke of."""
    return Expect(
        now.path if before.path is not None else None,
        now.branches if before.branches is not None else None,
        now.outcome if before.outcome else "",
        now.changed if before.changed is not None else None,
        now.called if before.called is not None else None,
    )
