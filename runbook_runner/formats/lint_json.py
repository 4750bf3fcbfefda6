"""What lint found as JSON; `schemas/lint.schema.json` describes it, and what it describes stays."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats._lint import whole
from runbook_runner.model.finding import Checked, Finding, Look, Summary
from runbook_runner.ports.lint import LintFormat


class LintJson:
    """`runbook lint` for programs."""

    name = "json"
    separator = ",\n"

    def opening(self, look: Look) -> str:
        """Return the beginning of an object whose `findings` are a list, one a line."""
        return '{"version": 1,\n"findings": [\n'

    def file(self, checked: Checked, look: Look) -> str:
        """Return the findings of one file."""
        return "" if look.statistics else ",\n".join([_dump(_finding(finding)) for finding in checked.findings])

    def closing(self, summary: Summary, look: Look) -> str:
        """Return the numbers."""
        stale = [{"path": each.path, "code": each.code, "count": each.count} for each in summary.stale]
        numbers = {
            "files": summary.files,
            "files_with_findings": summary.flawed,
            "files_excluded": summary.excluded,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "in_baseline": summary.known,
            "suppressed": summary.suppressed,
            "by_code": dict(sorted(summary.codes.items())),
        }
        return f'\n],\n"stale": {_dump(stale)},\n"summary": {_dump(numbers)}}}\n'

    def render(self, subject: Any) -> str:
        """Return a whole report."""
        return whole(self, subject)


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "path": finding.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "severity": finding.severity,
        "group": finding.group,
        "code": finding.code,
        "message": finding.message,
        "hint": finding.hint,
    }


_dump = json.JSONEncoder(ensure_ascii=False).encode

FORMAT: LintFormat = LintJson()
