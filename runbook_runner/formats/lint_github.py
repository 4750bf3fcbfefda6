"""What lint found as the commands by which a job of GitHub Actions annotates a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook_runner.formats._lint import counted, whole
from runbook_runner.model.finding import Checked, Finding, Look, Summary

if TYPE_CHECKING:
    from runbook_runner.ports.lint import LintFormat


class LintGithub:
    """`runbook lint` in a workflow."""

    name = "github"
    separator = ""

    def opening(self, look: Look) -> str:
        """Return nothing."""
        return ""

    def file(self, checked: Checked, look: Look) -> str:
        """Return an annotation for each finding."""
        return "" if look.statistics else "".join([_annotation(finding) for finding in checked.findings])

    def closing(self, summary: Summary, look: Look) -> str:
        """Return the numbers, which the log of the job shows."""
        errors, warnings = counted(summary.errors, "error"), counted(summary.warnings, "warning")
        return f"{errors}, {warnings} in {counted(summary.files, 'file')}\n"

    def render(self, subject: Any) -> str:
        """Return a whole report."""
        return whole(self, subject)


def _annotation(finding: Finding) -> str:
    span = finding.span
    about = f"file={_property(finding.path)},line={span.line},col={span.column}"
    if (span.end_line, span.end_column) > (span.line, span.column):
        about += f",endLine={span.end_line}"
        # A range of columns is only understood within one line.
        about += f",endColumn={span.end_column}" if span.end_line == span.line else ""
    text = f"{finding.message}\n{finding.hint}" if finding.hint else finding.message
    return f"::{finding.severity} {about},title={_property(finding.code)}::{_data(text)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMAT: LintFormat = LintGithub()
