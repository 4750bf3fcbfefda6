"""The ports of lint: what a rule is, and what it gets to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from msgspec import Struct, field

from runbook_runner.model.alert import AlertRule, RuleFile
from runbook_runner.model.finding import Checked, Group, Look, Summary
from runbook_runner.model.graph import Graph
from runbook_runner.model.outline import Outline as Outline
from runbook_runner.model.outline import Reference as Reference
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect, Span

_T = TypeVar("_T")


class Document(Struct, frozen=True):
    """One runbook as a lint rule sees it."""

    runbook: Runbook
    graph: Graph
    lines: tuple[str, ...]
    """The source, line by line, without line ends."""
    today: date = field(default_factory=date.today)
    """What a rule about dates compares with, so that tests can say what day it is."""
    targets: frozenset[str] = frozenset()
    """The names of the targets that are configured where lint runs; empty where nothing is known of them."""
    kept: dict[Callable[[Document], Any], Any] = field(default_factory=dict)
    """What rules have worked out of it already: see `once`."""

    def once(self, work_out: Callable[[Document], _T]) -> _T:
        """Return what a function says of this document, asked only once however many rules want to know."""
        if work_out not in self.kept:
            self.kept[work_out] = work_out(self)
        found: _T = self.kept[work_out]
        return found

    def gathered(self, find: Callable[[Document], Iterable[_T]]) -> tuple[_T, ...]:
        """Return all that a function yields of this document, asked only once like `once`."""
        if find not in self.kept:
            self.kept[find] = tuple(find(self))
        found: tuple[_T, ...] = self.kept[find]
        return found


class Collection(Protocol):
    """All documents that are linted together."""

    def outline(self, path: str) -> Outline | None:
        """Return the outline of the document at an absolute path, read even when it is not among them; else None."""

    def outlines(self) -> Sequence[Outline]:
        """Return those of all that are linted together, by path."""

    def grouped(self, name: str, keys: Callable[[Outline], Iterable[str]]) -> Mapping[str, Sequence[Outline]]:
        """Return those that are linted together by what `keys` says of each; worked out once for each `name`.

        So that a rule need not walk all of them again for each of them.
        """

    def exists(self, path: str) -> bool:
        """Say whether there is a file or a folder at an absolute path."""

    def names(self, folder: str) -> Sequence[str]:
        """Return the names of what is in the folder at an absolute path, in order; none where it cannot be read."""

    def text(self, path: str) -> str:
        """Return what is in the file at an absolute path, such as a site's settings; empty where it cannot be read."""

    def alerts(self) -> frozenset[str] | None:
        """Return the names of all alerts; None when no alert rules were given."""


class LintRule(Protocol):
    """Something that a document should have or should not have, seen in that document alone."""

    @property
    def code(self) -> str:
        """Its name, kebab-case: the name of its file."""

    @property
    def group(self) -> Group:
        """What kind of lack it is about."""

    @property
    def summary(self) -> str:
        """One line for lists."""

    def check(self, document: Document) -> Iterable[Defect]:
        """Yield what is wrong; pure."""


class CollectionRule(Protocol):
    """Something that can only be said of a document among others."""

    @property
    def code(self) -> str:
        """Its name, kebab-case: the name of its file."""

    @property
    def group(self) -> Group:
        """What kind of lack it is about."""

    @property
    def summary(self) -> str:
        """One line for lists."""

    def check_among(self, outline: Outline, among: Collection) -> Iterable[Defect]:
        """Yield what is wrong with one document, given the others."""


class Landing(Struct, frozen=True):
    """Where the link of an alert to its runbook leads."""

    mapped: bool = False
    """Whether anything says where such a link leads here."""
    path: str = ""
    """Absolute, of the file; empty when there is none."""
    anchor: str = ""
    wanted: str = ""
    """The file, or the one that is missing, as she would type it."""
    near: str = ""
    """A file that may have been meant."""


class Stray(Struct, frozen=True):
    """A site to which alerts link, and of which nothing says where its pages are here."""

    site: str
    """`https://runbooks.example`."""
    path: str
    """Of the file of rules with the first such link."""
    span: Span
    count: int
    hint: str


class Alerting(Protocol):
    """All alert rules that are linted together, and the runbooks that they link to."""

    def files(self) -> Sequence[RuleFile]:
        """Return the files of rules, by path."""

    def landing(self, alert: AlertRule, file: RuleFile) -> Landing | None:
        """Return where an alert's link leads; None when it has none, or one that only the alert that fires can tell."""

    def outline(self, path: str) -> Outline | None:
        """Return the outline of the document at an absolute path; None when it is none."""

    def named(self, alert: str) -> Sequence[str]:
        """Return the runbooks that name an alert as their trigger, as she would type them."""

    def grouped(
        self, name: str, key: Callable[[RuleFile, AlertRule], object]
    ) -> Mapping[object, Sequence[tuple[RuleFile, AlertRule]]]:
        """Return all alerts by what `key` says of each; worked out once for each `name`."""

    def strays(self) -> Sequence[Stray]:
        """Return the sites that nothing maps."""


class AlertingRule(Protocol):
    """Something that a file of alert rules should have or should not have."""

    @property
    def code(self) -> str:
        """Its name, kebab-case: the name of its file."""

    @property
    def group(self) -> Group:
        """What kind of lack it is about."""

    @property
    def summary(self) -> str:
        """One line for lists."""

    def check_rules(self, file: RuleFile, among: Alerting) -> Iterable[Defect]:
        """Yield what is wrong with one file of rules."""


class LintFormat(Protocol):
    """One way to write findings down, in pieces: those of ten thousand files need not be held at once."""

    @property
    def name(self) -> str:
        """What `--format` calls it."""

    @property
    def separator(self) -> str:
        """What stands between two files."""

    def opening(self, look: Look) -> str:
        """Return what stands before the first file."""

    def file(self, checked: Checked, look: Look) -> str:
        """Return what is said of one file; empty when nothing is."""

    def closing(self, summary: Summary, look: Look) -> str:
        """Return what stands after the last file, ending in a newline."""

    def render(self, subject: Any) -> str:
        """Return a whole `Report`."""
