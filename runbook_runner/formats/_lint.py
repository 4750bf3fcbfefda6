"""What the formats of findings share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from runbook_runner.model.finding import Report

if TYPE_CHECKING:
    from runbook_runner.ports.lint import LintFormat


def whole(form: LintFormat, subject: Any) -> str:
    """Return a whole report, of the pieces that a format makes."""
    report: Report = subject
    files = (form.file(checked, report.look) for checked in report.checked)
    middle = form.separator.join(text for text in files if text)
    return form.opening(report.look) + middle + form.closing(report.summary, report.look)


def counted(count: int, word: str) -> str:
    """Return `1 error`, `12 errors`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
