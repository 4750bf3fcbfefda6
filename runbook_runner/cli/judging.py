"""What lint says of runbooks, for those who show them: the score, and what would mislead in a run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from runbook_runner import registry
from runbook_runner.cli.config import load
from runbook_runner.cli.linting import cache_path, read, where
from runbook_runner.lint import engine
from runbook_runner.lint.engine import Job
from runbook_runner.lint.settings import settings
from runbook_runner.lint.sieve import Wishes
from runbook_runner.model.finding import Finding, Group, Severity
from runbook_runner.model.span import Span
from runbook_runner.ports.lint import LintFormat
from runbook_runner.site.options import Verdict


def judged(files: Sequence[str]) -> Mapping[str, Verdict]:
    """Return the verdict on each file, by its absolute path.

    Only errors are among the findings: what a runbook lacks is its author's to know, and the score says how much.
    """
    config = load(Path.cwd())
    wanted = settings(config.extra.get("lint", {}), where(config))
    pieces: list[str] = []
    job = Job(
        files=tuple(files),
        read=read,
        form=cast(LintFormat, registry.format_for("lint_json")),
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
    return {file: Verdict(scores.get(file), tuple(findings.get(file, ()))) for file in files}


def _finding(entry: Mapping[str, object]) -> Finding:
    line, column, end_line, end_column = (int(str(entry[key])) for key in ("line", "column", "end_line", "end_column"))
    span = Span(line, column, end_line, end_column)
    path, code, message, hint = (str(entry[key]) for key in ("path", "code", "message", "hint"))
    return Finding(path, code, Group(str(entry["group"])), Severity.ERROR, message, span, hint)
