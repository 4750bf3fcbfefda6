"""What the rules share: the class behind most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:  # a call of lint in which nothing has changed does without what these load
    from collections.abc import Callable, Iterable

    from runbook_runner.model.alert import RuleFile
    from runbook_runner.model.finding import Group
    from runbook_runner.model.span import Defect
    from runbook_runner.ports.lint import Alerting, Collection, Document, Outline


class Rule(Struct, frozen=True):
    """A rule that looks at one document by itself: the `LintRule` port over a function."""

    code: str
    group: Group
    find: Callable[[Document], Iterable[Defect]]
    summary: str = ""
    """One line for lists; the docstring of the rule's module says the rest."""

    def check(self, document: Document) -> Iterable[Defect]:
        """Yield what is wrong with a document."""
        return self.find(document)


class Among(Struct, frozen=True):
    """A rule that looks at one document among the others: the `CollectionRule` port over a function."""

    code: str
    group: Group
    find: Callable[[Outline, Collection], Iterable[Defect]]
    summary: str = ""
    of_alerts: bool = False
    """It has nothing to say unless alert rules are given."""

    def check_among(self, outline: Outline, among: Collection) -> Iterable[Defect]:
        """Yield what is wrong with a document, given the others."""
        return self.find(outline, among)


class OfAlerts(Struct, frozen=True):
    """A rule that looks at one file of alert rules: the `AlertingRule` port over a function."""

    code: str
    group: Group
    find: Callable[[RuleFile, Alerting], Iterable[Defect]]
    summary: str = ""

    def check_rules(self, file: RuleFile, among: Alerting) -> Iterable[Defect]:
        """Yield what is wrong with a file of rules."""
        return self.find(file, among)


class Reserved(Struct, frozen=True):
    """A name for what the engine itself says: no document is looked at, but it can be selected and explained."""

    code: str
    group: Group
    summary: str

    def check(self, document: Document) -> Iterable[Defect]:
        """Yield nothing."""
        return ()


class FromReader(Rule, frozen=True):
    """A rule for what the reader has found already: the engine runs it only where there is something of its code."""


def from_reader(code: str, group: Group, summary: str) -> FromReader:
    """Return a rule for what the reader has found already: its defects of that code."""
    return FromReader(code, group, lambda document: (d for d in document.runbook.defects if d.code == code), summary)
