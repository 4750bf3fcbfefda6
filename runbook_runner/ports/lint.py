"""The ports of lint: what a rule is, and what it gets to see."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from msgspec import Struct, field

from runbook_runner.model.finding import Checked, Group, Look, Summary
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect, Span


class Document(Struct, frozen=True):
    """One runbook as a lint rule sees it."""

    runbook: Runbook
    graph: Graph
    lines: tuple[str, ...]
    """The source, line by line, without line ends."""
    today: date = field(default_factory=date.today)
    """What a rule about dates compares with, so that tests can say what day it is."""


class Reference(Struct, frozen=True, array_like=True):
    """A link to another file, as one document has it."""

    target: str
    """As written, without the fragment."""
    anchor: str
    span: Span


class Outline(Struct, frozen=True, array_like=True):
    """What other documents, and rules about many, need to know of one; small, so that it can be kept."""

    path: str
    """Absolute."""
    title: str
    kind: str
    """`runbook` or `playbook`."""
    anchors: frozenset[str]
    """Of sections and steps."""
    references: tuple[Reference, ...]
    """Links to other local files, in order."""
    alerts: tuple[tuple[str, Span], ...]
    """The names of the alerts that trigger it."""
    service: str = ""
    owner: str = ""
    dashboard: str = ""


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
