"""What lint says of runbooks, for those who show them: the score, and what would mislead in a run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast as typed

from runbook_runner import registry
from runbook_runner.cli.config import load
from runbook_runner.cli.journal import last_drills
from runbook_runner.cli.linting import cache_path, read, where
from runbook_runner.lint import engine
from runbook_runner.lint.engine import Job
from runbook_runner.lint.settings import settings
from runbook_runner.lint.sieve import Wishes
from runbook_runner.model.coverage import Coverage
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import LintFormat
from runbook_runner.site.options import Verdict


def judged(files: Sequence[str], *, coverage: bool = False) -> Mapping[str, Verdict]:
    """Return the verdict on each file, by its absolute path; with `coverage`, what its scenarios do not walk.

    Only errors are among the findings: what a runbook lacks is its author's to know, and the score says how much.
    """
    config = load(Path.cwd())
    wanted = settings(config.extra.get("lint", {}), where(config))
    pieces: list[str] = []
    job = Job(
        files=tuple(files),
        read=read,
        form=typed(LintFormat, registry.format_for("lint_json")),
        wishes=Wishes(wanted.choice, per_file=wanted.per_file),
        root=str(config.root),
        cache=cache_path(config),
        processes=os.cpu_count() or 1,
    )
    engine.lint(job, pieces.append)
    told = json.loads("".join(pieces))
    scores = {entry["path"]: entry["score"] for entry in told["scores"]}
    findings: dict[str, list[Finding]] = {}
    for entry in told["findings"]:
        if entry["severity"] == Severity.ERROR:
            findings.setdefault(entry["path"], []).append(_finding(entry))
    drills = last_drills("", config) or {}
    walks = _walked(files) if coverage else {}
    verdicts: dict[str, Verdict] = {}
    for file in files:
        drilled = drills.get(os.path.realpath(file))
        day = datetime.fromtimestamp(drilled, UTC).date().isoformat() if drilled is not None else ""
        report = walks.get(file)
        walked = int(report.percent) if report is not None else None
        untested = tuple(_places(report)) if report is not None else ()
        verdicts[file] = Verdict(scores.get(file), tuple(findings.get(file, ())), day, walked, untested)
    return verdicts


def _walked(files: Sequence[str]) -> Mapping[str, Coverage]:
    """Walk the scenarios that stand beside runbooks; return what they cover, by file."""
    from runbook_runner.cli.theatre import cast, theatre
    from runbook_runner.model.verdicts import Broken
    from runbook_runner.rehearsal.coverage import coverage
    from runbook_runner.rehearsal.rehearse import rehearse
    from runbook_runner.rehearsal.suite import ENDING

    found: dict[str, Coverage] = {}
    with theatre() as stage:
        for file in files:
            beside = Path(file).with_name(Path(file).stem + ENDING)
            read_of = cast(beside, stage) if beside.is_file() else None
            if read_of is not None and not isinstance(read_of, Broken):
                graph, folder = read_of.graph, beside.parent
                found[file] = coverage(graph, [rehearse(graph, each, stage, folder) for each in read_of.scenarios])
    return found


def _places(report: Coverage) -> Iterator[tuple[str, str]]:
    for part in report.missing:
        if part.kind in ("step", "branch", "timer"):
            yield part.step, part.key


def _finding(entry: Mapping[str, object]) -> Finding:
    line, column, end_line, end_column = (int(str(entry[key])) for key in ("line", "column", "end_line", "end_column"))
    span = Span(line, column, end_line, end_column)
    path, code, message, hint = (str(entry[key]) for key in ("path", "code", "message", "hint"))
    return Finding(path, code, Group(str(entry["group"])), Severity.ERROR, message, span, hint)
