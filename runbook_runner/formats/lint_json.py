"""What lint found as JSON; `schemas/lint.schema.json` describes it, and what it describes stays.

`python -m runbook_runner.formats.lint_json` prints that schema.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from runbook_runner.formats._lint import whole
from runbook_runner.model.finding import Checked, Finding, Group, Look, Severity, Summary

if TYPE_CHECKING:
    from runbook_runner.ports.lint import LintFormat

_Count = Annotated[int, Meta(ge=0)]
_Place = Annotated[int, Meta(ge=1)]


class Entry(Struct, frozen=True):
    """One finding."""

    path: Annotated[str, Meta(description="As it was named on the command line, or found below what was named.")]
    line: _Place
    column: Annotated[int, Meta(ge=1, description="In characters, from 1.")]
    end_line: _Place
    end_column: Annotated[int, Meta(ge=1, description="Just past the last character.")]
    severity: Annotated[Severity, Meta(description="Errors make `runbook lint` exit with 1.")]
    group: Group
    code: Annotated[str, Meta(description="Of the rule; `runbook lint --explain CODE` says more.")]
    message: str
    hint: Annotated[str, Meta(description="What to type instead; may be empty.")]


class Gone(Struct, frozen=True):
    """Findings that the baseline knows and that are there no more."""

    path: str
    code: str
    count: _Count


class Numbers(Struct, frozen=True):
    """What was found, in numbers."""

    files: Annotated[int, Meta(ge=0, description="How many were looked at.")]
    files_with_findings: _Count
    files_excluded: _Count
    errors: _Count
    warnings: _Count
    in_baseline: Annotated[int, Meta(ge=0, description="Findings that the baseline knows, and that are not listed.")]
    suppressed: Annotated[int, Meta(ge=0, description="Findings that comments take back.")]
    by_code: dict[str, int]


class Rated(Struct, frozen=True):
    """A runbook's score."""

    path: str
    score: Annotated[int, Meta(ge=0, le=100, description="How far it would carry somebody who never saw the failure.")]


class Output(Struct, frozen=True):
    """What `runbook lint --format json` prints."""

    version: Annotated[int, Meta(description="Changes when something that is here changes its meaning or goes.")]
    findings: Annotated[list[Entry], Meta(description="By path and place; empty with --statistics.")]
    stale: list[Gone]
    scores: Annotated[list[Rated], Meta(description="Of each document that is a runbook.")]
    summary: Numbers


class LintJson:
    """`runbook lint` for programs."""

    name = "json"
    separator = ",\n"

    def opening(self, look: Look) -> str:
        """Return the beginning of an object whose `findings` are a list, one a line."""
        return '{"version": 1,\n"findings": [\n'

    def file(self, checked: Checked, look: Look) -> str:
        """Return the findings of one file."""
        return "" if look.statistics else ",\n".join([_dump(_entry(finding)) for finding in checked.findings])

    def closing(self, summary: Summary, look: Look) -> str:
        """Return the numbers."""
        stale = [Gone(each.path, each.code, each.count) for each in summary.stale]
        numbers = Numbers(
            summary.files, summary.flawed, summary.excluded, summary.errors, summary.warnings, summary.known,
            summary.suppressed, dict(sorted(summary.codes.items())),
        )  # fmt: skip
        scores = _dump([Rated(path, score) for path, score in summary.scores])
        return f'\n],\n"stale": {_dump(stale)},\n"scores": {scores},\n"summary": {_dump(numbers)}}}\n'

    def render(self, subject: Any) -> str:
        """Return a whole report."""
        return whole(self, subject)


def _entry(finding: Finding) -> Entry:
    span = finding.span
    return Entry(
        finding.path, span.line, span.column, span.end_line, span.end_column, finding.severity, finding.group,
        finding.code, finding.message, finding.hint,
    )  # fmt: skip


def _dump(value: Any) -> str:
    return _encode(value).decode()


def schema() -> str:
    """Return the JSON Schema as it stands in `schemas/`."""
    found = {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Output)}
    return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"


_encode = msgspec.json.Encoder().encode

FORMAT: LintFormat = LintJson()

if __name__ == "__main__":
    print(schema(), end="")
