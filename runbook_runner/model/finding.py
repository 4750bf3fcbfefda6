"""What lint says of a runbook."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from runbook_runner.model.span import Span


class Group(StrEnum):
    """What kind of lack a rule is about."""

    CORRECTNESS = "correctness"
    """Would fail or mislead in a run."""
    COMPLETENESS = "completeness"
    """An operability rule: what somebody who has never seen the failure would miss."""
    STYLE = "style"
    """Makes it harder to read or to run than it need be."""


class Severity(StrEnum):
    """How bad a finding is: errors make `runbook lint` exit with 1."""

    ERROR = "error"
    WARNING = "warning"


class Finding(Struct, frozen=True):
    """One thing that a rule found in one file."""

    path: str
    """As given on the command line, or found below what was given."""
    code: str
    """Of the rule, kebab-case."""
    group: Group
    severity: Severity
    message: str
    """What is wrong, one sentence."""
    span: Span
    hint: str = ""
    """What to type instead."""
    excerpt: str = ""
    """The source line on which the span begins."""


class Report(Struct, frozen=True):
    """What lint found in some files: the subject of the formats `lint_…`."""

    findings: tuple[Finding, ...]
    """By path and place."""
    files: int
    """How many were looked at."""

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings are warnings."""
        return len(self.findings) - self.errors
