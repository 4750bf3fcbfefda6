"""Puts linting together: files, rules about one document, rules about many."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from runbook_runner.lint.collection import Documents
from runbook_runner.lint.outline import outline_of
from runbook_runner.model.finding import Finding, Group, Report, Severity
from runbook_runner.model.graph import build
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import CollectionRule, Document, LintRule

Read = Callable[[bytes, str], Runbook]


def lint(paths: Sequence[str], rules: Sequence[LintRule | CollectionRule], read: Read) -> Report:
    """Return what the rules say of the files."""
    found: list[Finding] = []
    documents = Documents(read)
    for path in paths:
        runbook = read(Path(path).read_bytes(), path)
        documents.add(outline_of(runbook))
        document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")))
        for rule in rules:
            if not hasattr(rule, "check_among"):
                found += _findings(path, rule, rule.check(document), document.lines)
    for path in paths:
        outline = documents.outline(str(Path(path).resolve()))
        lines = tuple(Path(path).read_text("utf-8", "replace").split("\n"))
        for rule in rules:
            if outline is not None and hasattr(rule, "check_among"):
                found += _findings(path, rule, rule.check_among(outline, documents), lines)
    return Report(tuple(sorted(found, key=lambda each: (each.path, each.span, each.code))), len(paths))


def _findings(
    path: str, rule: LintRule | CollectionRule, defects: Iterable[Defect], lines: Sequence[str]
) -> list[Finding]:
    severity = Severity.ERROR if rule.group is Group.CORRECTNESS else Severity.WARNING
    return [
        Finding(path, d.code, rule.group, severity, d.message, d.span, d.hint, _line(lines, d.span.line))
        for d in defects
    ]


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number - 1] if 0 < number <= len(lines) else ""
