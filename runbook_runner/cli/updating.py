"""Scenario files with new expectations, where they changed on purpose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from msgspec.structs import replace

from runbook_runner.markdown.scenario_writing import updated
from runbook_runner.markdown.scenarios import read
from runbook_runner.model.scenario import Expect
from runbook_runner.model.verdicts import Results, Tested
from runbook_runner.rehearsal.rehearse import Seen
from runbook_runner.rehearsal.transcript import expectation


def update(results: Results, seen: Sequence[Seen]) -> Iterator[tuple[str, str]]:
    """Rewrite each file in which something came out otherwise or is not said; yield its name and how it differs."""
    walked: dict[str, dict[str, tuple[Tested, Seen]]] = {}
    for tested, what in zip(results.tested, seen, strict=True):
        if not tested.stuck:
            walked.setdefault(tested.file, {})[tested.name] = tested, what
    for file, came in walked.items():
        old = Path(file).read_text("utf-8")
        found = read(old)
        fresh: dict[int, Expect] = {}
        for number, scenario in enumerate(found.scenarios):
            tested_and_seen = came.get(scenario.name)
            if tested_and_seen is None:
                continue
            if scenario.expect == Expect():
                fresh[number] = _all_of_it(expectation(tested_and_seen[1]))
            elif tested_and_seen[0].differences:
                fresh[number] = _only_said(scenario.expect, expectation(tested_and_seen[1]))
        if not fresh:
            continue
        new = updated(old, found.places, fresh)
        Path(file).write_text(new, encoding="utf-8")
        yield file, "".join(unified_diff(old.splitlines(True), new.splitlines(True), file, file))


def _all_of_it(now: Expect) -> Expect:
    """Return the expectation of a scenario that says none: the way, what it rests on, and what came of it."""
    # That nothing failed is as telling as that something did.
    return replace(now, branches=None, changed=now.changed or None, called=now.called or None, took="")


def _only_said(before: Expect, now: Expect) -> Expect:
    """Return the new expectation of what the old one spoke of."""
    return Expect(
        now.path if before.path is not None else None,
        now.branches if before.branches is not None else None,
        now.because if before.because else {},
        now.outcome if before.outcome else "",
        now.failed if before.failed is not None else None,
        now.changed if before.changed is not None else None,
        now.called if before.called is not None else None,
        now.took if before.took else "",
    )
