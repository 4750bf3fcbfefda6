"""Looks at one document by itself: bytes -> what its rules say, its outline, its suppressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.lint import suppression
from runbook_runner.lint._rule import FromReader, Reserved
from runbook_runner.lint.outline import outline_of
from runbook_runner.lint.rating import Stake
from runbook_runner.lint.records import REPORT, Record, clean, failed, made, ordered
from runbook_runner.lint.score import stakes
from runbook_runner.model.finding import Group
from runbook_runner.model.graph import build
from runbook_runner.model.outline import Outline
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.span import Defect, Span
from runbook_runner.ports.lint import Document, LintRule

Read = Callable[[bytes, str], Runbook]

_MOST = 500
"""So many findings of one rule in one file are kept: nobody reads more."""


class Examiner(Struct, frozen=True, dict=True):
    """What is needed to look at any document."""

    read: Read
    rules: tuple[LintRule, ...]
    known: Callable[[str], str | None]
    """See `suppression.find`."""
    today: date
    targets: frozenset[str] = frozenset()
    """See `Document.targets`."""

    def record(self, path: str, data: bytes) -> Record:
        """Return what there is to say of a document at an absolute path; whatever it holds, there is an answer."""
        try:
            runbook = self.read(data, path)
            document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), self.today, self.targets)
            outline = outline_of(runbook)
            if clean(path) != path:  # links are looked up by it
                outline = replace(outline, path=clean(path), references=())
            taken_back, defects = suppression.find(document, self.known)
        except Exception as error:  # noqa: BLE001 - one document must not stop the others
            return failed(f"reading it failed: {_words(error)}")
        found = [made(defect, Group.STYLE, document.lines) for defect in defects]
        lines = document.lines
        for rule in self._asked(runbook):
            try:
                defects = list(rule.check(document))
            except Exception as error:  # noqa: BLE001 - one rule must not stop the others
                defect = Defect("internal-error", f"the rule {rule.code} failed: {_words(error)}", Span(), REPORT)
                found.append(made(defect, Group.CORRECTNESS, ()))
                continue
            if defects:
                found += [made(defect, rule.group, lines) for defect in defects[:_MOST]]
        return Record(outline, ordered(found), tuple(taken_back), self._stakes(document))

    def _asked(self, runbook: Runbook) -> Iterator[LintRule]:
        """Yield the rules that may have something to say; those of the reader only where it did."""
        yield from self._looking
        said = {defect.code for defect in runbook.defects}
        yield from (self._of_reader[code] for code in said.intersection(self._of_reader))

    @cached_property
    def _looking(self) -> tuple[LintRule, ...]:
        return tuple(rule for rule in self.rules if not isinstance(rule, FromReader | Reserved))

    @cached_property
    def _of_reader(self) -> dict[str, LintRule]:
        return {rule.code: rule for rule in self.rules if isinstance(rule, FromReader)}

    def outline(self, path: str, data: bytes) -> Outline | None:
        """Return the outline of a document that is only asked about; None when it cannot be read."""
        try:
            return outline_of(self.read(data, path))
        except Exception:  # noqa: BLE001 - as above
            return None

    def _stakes(self, document: Document) -> tuple[Stake, ...]:
        try:
            return stakes(document)
        except Exception:  # noqa: BLE001 - as above; the rule that it counts for says so
            return ()


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())[:200]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
