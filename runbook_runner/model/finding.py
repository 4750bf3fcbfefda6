"""What lint says of runbooks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field

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


def severity(group: Group, *, strict: bool) -> Severity:
    """Return how bad a finding of a group is; `strict` makes errors of the operability rules."""
    bad = group is Group.CORRECTNESS or (strict and group is Group.COMPLETENESS)
    return Severity.ERROR if bad else Severity.WARNING


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
    """The source line on which the span begins, or the part of a long one; empty for what is about the whole file."""
    excerpt_column: int = 1
    """Column of the excerpt's first character."""


class Checked(Struct, frozen=True):
    """What lint says of one file."""

    path: str
    findings: tuple[Finding, ...]
    """By place; those that are suppressed or in the baseline left out."""


class Stale(Struct, frozen=True):
    """Findings that the baseline knows and that are there no more."""

    path: str
    code: str
    count: int


class Summary(Struct, frozen=True):
    """What lint found, in numbers."""

    files: int = 0
    """How many were looked at."""
    flawed: int = 0
    """How many of them have findings."""
    errors: int = 0
    warnings: int = 0
    known: int = 0
    """Findings that are in the baseline, and so are not reported."""
    suppressed: int = 0
    """Findings that a comment in the document takes back."""
    excluded: int = 0
    """Files that the configuration excludes."""
    codes: Mapping[str, int] = field(default_factory=dict)
    """How many findings of each rule."""
    stale: tuple[Stale, ...] = ()
    scores: tuple[tuple[str, int], ...] = ()
    """Path and score, 0 to 100, of each runbook, by path."""


class RuleText(Struct, frozen=True):
    """What can be said of a rule without running it."""

    code: str
    group: Group
    severity: Severity
    summary: str
    help: str
    """Markdown: what it does, why it matters, an example, how to fix."""


class Look(Struct, frozen=True):
    """How findings are to be written down."""

    colour: bool = False
    width: int = 0
    """Columns of the terminal; 0: as long as it takes."""
    statistics: bool = False
    """Numbers of findings by rule, in place of the findings."""
    quiet: bool = False
    """No summary when there is nothing to say."""
    rules: tuple[RuleText, ...] = ()
    """All rules by code, for the formats that list them."""


class Report(Struct, frozen=True):
    """What lint found in some files: the subject of the formats `lint_…`."""

    checked: Iterable[Checked]
    """By path."""
    summary: Summary
    look: Look = Look()
