"""Alert rules, as Prometheus reads them, with the place of each word."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct, field

from runbook_runner.model.span import Defect, Span
from runbook_runner.regex import regex

_RUNBOOK_KEYS = ("runbookurl", "runbook", "runbooklink", "runbookuri", "playbookurl", "playbook", "sopurl", "sop")
_DASHBOARD = regex(r"dashboard|grafana")
_LINK = regex(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://|\{\{.*?\}\})(?:\{\{.*?\}\}|\S)*"
    r"|(?!//)[\w./%@~-]+\.(?:md|html?)(?:#\S*)?"
    r"|/[\w./%-]+"
)


class Written(Struct, frozen=True):
    """A value in a YAML file, and where it stands."""

    text: str
    span: Span
    key: Span
    """Of the key that it stands under."""


class Expression(Struct, frozen=True):
    """A query, and where each of its lines stands."""

    text: str
    span: Span
    lines: tuple[tuple[int, int], ...] = ()
    """Source line, and the source column of the first character, for each line of the text; empty when unknown."""
    dialect: str = "promql"
    """`promql`; `metricsql`, `logql` or `template` for what Prometheus would not read as it stands."""

    def place(self, line: int, column: int) -> Span:
        """Return where a place in the text stands in the file; the whole query when that is not known."""
        if not 1 <= line <= len(self.lines):
            return self.span
        at, first = self.lines[line - 1]
        return Span(at, first + column - 1, at, first + column)


class AlertRule(Struct, frozen=True):
    """One rule that can fire."""

    name: Written
    group: str
    expr: Expression | None = None
    duration: str = ""
    """How long the condition must hold (`for`), as written."""
    labels: Mapping[str, Written] = field(default_factory=dict)
    annotations: Mapping[str, Written] = field(default_factory=dict)

    @property
    def severity(self) -> str:
        """What the rule itself says of it; empty when it says nothing."""
        found = self.labels.get("severity")
        return found.text if found is not None else ""

    @property
    def runbook(self) -> Written | None:
        """The link to its runbook, in whichever spelling; None when there is none."""
        name = runbook_annotation({name: value.text for name, value in self.annotations.items()})
        return self.annotations[name] if name else None

    @property
    def unlinked_runbook(self) -> Written | None:
        """What stands where a link to the runbook is due, but is no link."""
        spelled = {_squeezed(name): value for name, value in self.annotations.items() if value.text.strip()}
        return next((spelled[key] for key in _RUNBOOK_KEYS if key in spelled), None)

    @property
    def dashboard(self) -> Written | None:
        """The link to its dashboard, in whichever spelling (`dashboard_url`, `grafana` …); None when there is none."""
        for name, value in self.annotations.items():
            if _DASHBOARD.search(name.lower()) and value.text.strip():
                return value
        return None

    def linked(self, text: str) -> str:
        """Return a text of this rule as it will read when it fires, as far as the rule itself can tell."""
        text = text.strip()
        if "{{" not in text:
            return text
        known = {name: value.text for name, value in self.labels.items()} | {"alertname": self.name.text}
        return _LABEL.sub(lambda found: known.get(found[1], found[0]), text)


_LABEL = regex(r"\{\{-?\s*(?:\$labels|\.Labels)\.(\w+)\s*-?\}\}")


class RuleFile(Struct, frozen=True):
    """One file of rules, read."""

    path: str
    """As given, or found below what was given."""
    alerts: tuple[AlertRule, ...] = ()
    records: tuple[Expression, ...] = ()
    """The queries of recording rules, which alerts rest on."""
    defects: tuple[Defect, ...] = ()
    lines: tuple[str, ...] = ()
    """The source, line by line, without line ends."""
    template: int = 0
    """Line of the first action of a template engine (Helm, Jinja), when it was read without what that would make."""


def is_link(text: str) -> bool:
    """Say whether an annotation's value is one link and nothing else."""
    return _LINK.fullmatch(text.strip()) is not None


def runbook_annotation(annotations: Mapping[str, str]) -> str:
    """Return the name of the annotation that links to the runbook, in whichever spelling; empty for none."""
    spelled = {_squeezed(name): name for name, text in reversed(list(annotations.items())) if is_link(text)}
    return next((spelled[key] for key in _RUNBOOK_KEYS if key in spelled), "")


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())
