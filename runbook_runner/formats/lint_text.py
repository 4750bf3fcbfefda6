"""What lint found, for people: place, what is wrong, the line, what to type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from runbook_runner.model.finding import Finding, Report
from runbook_runner.ports import Format


class LintText:
    """`runbook lint` for people."""

    name = "text"

    def render(self, subject: Any) -> str:
        """Return the findings, a few lines each, and a summary."""
        report: Report = subject
        parts = [line for finding in report.findings for line in _finding(finding)]
        parts.append(f"{report.errors} errors, {report.warnings} warnings in {report.files} files")
        return "\n".join(parts) + "\n"


def _finding(finding: Finding) -> Iterator[str]:
    span = finding.span
    yield f"{finding.path}:{span.line}:{span.column}: {finding.severity} {finding.code}: {finding.message}"
    if finding.excerpt:
        width = span.end_column - span.column if span.end_line == span.line else 1
        yield f"    {finding.excerpt}"
        yield "    " + " " * (span.column - 1) + "^" * max(1, width)
    if finding.hint:
        yield f"    hint: {finding.hint}"


FORMAT: Format = LintText()
