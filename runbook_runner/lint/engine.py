"""Puts linting together.

First each document by itself, in several processes; then each among the others, when the outlines of all are known.
What is found waits in files in between, so ten thousand documents need no more memory than one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from hashlib import blake2b

from msgspec import Struct, field

from runbook_runner import registry
from runbook_runner.lint import examine, sieve
from runbook_runner.lint.baseline import Known
from runbook_runner.lint.cache import Cache
from runbook_runner.lint.choice import near_miss
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.examine import Examiner, Found, Read, Record
from runbook_runner.lint.sieve import Sieve, Verdict, Wishes
from runbook_runner.lint.spool import Spool
from runbook_runner.lint.spread import spread
from runbook_runner.lint.stamp import stamp
from runbook_runner.model.finding import Finding, Look, Stale, Summary
from runbook_runner.ports.lint import CollectionRule, LintFormat, Outline

_DIGEST = 16
_PAYS_NEW, _PAYS_KNOWN = 12, 400
"""From so many documents on, new to the cache or known to it, another process is worth its start."""


class Job(Struct, frozen=True):
    """What is to be linted, and how."""

    files: tuple[str, ...]
    """As they are to be shown."""
    read: Read
    form: LintFormat
    look: Look = Look()
    wishes: Wishes = Wishes()
    root: str = "."
    """Folder that the configuration's patterns are relative to."""
    more: tuple[Finding, ...] = ()
    """What was found by other means, in these files or others."""
    cache: str = ""
    """Where results are kept; empty for nowhere."""
    processes: int = 1
    excluded: int = 0
    today: date = field(default_factory=date.today)


class Result(Struct, frozen=True):
    """What lint found, besides the text that it wrote."""

    summary: Summary
    baseline: Mapping[str, Known]
    """By absolute path, what a baseline would keep; filled when one is to be written."""


def lint(job: Job, write: Callable[[str], object]) -> Result:
    """Lint; hand on the text of the report piece by piece."""
    return _Run(job).result(write)


class _Run:
    """One call of lint."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.more: dict[str, list[Found]] = {}
        for each in job.more:
            found = Found(each.code, each.group, each.message, each.span, each.hint, each.excerpt, each.excerpt_column)
            self.more.setdefault(each.path, []).append(found)
        self.shown = sorted({*job.files, *self.more})
        self.paths = [os.path.abspath(path) for path in self.shown]  # noqa: PTH100 - ten thousand of them
        self.given = frozenset(job.files)
        self.root = os.path.abspath(job.root)  # noqa: PTH100
        self.cache = Cache(job.cache, stamp(job.today) if job.cache else "")
        self.records = Spool(len(self.paths))
        self.verdicts = Spool(len(self.paths))

    def result(self, write: Callable[[str], object]) -> Result:
        """Do it all."""
        try:
            self._first()
            self._second()
            return self._told(write)
        finally:
            self.records.close()
            self.verdicts.close()

    # --- each by itself -------------------------------------------------------------------------

    @cached_property
    def examiner(self) -> Examiner:
        """All rules about one document, loaded when there is one that the cache does not know."""
        rules = tuple(rule for rule in registry.rules() if not hasattr(rule, "check_among"))
        return Examiner(self.job.read, rules, near_miss, self.job.today)

    @cached_property
    def among(self) -> tuple[CollectionRule, ...]:
        """The rules about many documents."""
        found = [registry.rule(code) for code in self.cache.among] if self.cache.filled else list(registry.rules())
        return tuple(rule for rule in found if hasattr(rule, "check_among"))  # type: ignore[misc]

    def _first(self) -> None:
        numbers = [number for number, shown in enumerate(self.shown) if shown in self.given]
        processes = self.job.processes
        if self.cache.filled:
            processes = processes if len(numbers) >= _PAYS_KNOWN else 1
        elif processes > 1 and len(numbers) >= _PAYS_NEW:
            self.examiner.record("warm.md", b"# Warm\n\n```sh\ntrue\n```\n")  # loaded once, before the processes part
        spread(numbers, self._examined, self._lost, self.records, processes)
        if self.job.cache and any(self.records[number][:1] == b"+" for number in numbers):
            self.cache.save(tuple(rule.code for rule in self.among), self._kept(numbers), frozenset(self.paths))

    def _examined(self, number: int) -> bytes:
        """Return a mark (`+` new, `=` known, `-` not to be kept), the document's digest, and its record."""
        path = self.paths[number]
        try:
            data = examine.contents(path)
        except (OSError, ValueError) as error:
            return b"-" + bytes(_DIGEST) + examine.packed(examine.unreadable(error))
        digest = blake2b(data, digest_size=_DIGEST).digest()
        known = self.cache.record(path, digest)
        if known is not None:
            return b"=" + digest + known
        return b"+" + digest + examine.packed(self.examiner.record(path, data))

    def _lost(self, number: int, why: str) -> bytes:
        return b"-" + bytes(_DIGEST) + examine.packed(examine.failed(f"lint did not survive it: {why}"))

    def _kept(self, numbers: Sequence[int]) -> Iterator[tuple[str, bytes, bytes]]:
        for number in numbers:
            data = self.records[number]
            if data[:1] != b"-":
                yield self.paths[number], data[1 : 1 + _DIGEST], data[1 + _DIGEST :]

    # --- each among the others ------------------------------------------------------------------

    @cached_property
    def sieve(self) -> Sieve:
        """What decides what is told."""
        paths = [path for path, shown in zip(self.paths, self.shown, strict=True) if shown in self.given]
        return Sieve(self.job.wishes, self.job.form, self.job.look, self.among, self._documents(paths))

    def _documents(self, paths: Sequence[str]) -> Documents:
        numbers = {path: number for number, path in enumerate(self.paths)}
        return Documents(paths, lambda number: self._outline(numbers[paths[number]]), self._other)

    def _outline(self, number: int) -> Outline | None:
        return examine.head(self.records[number][1 + _DIGEST :]).outline

    def _other(self, path: str) -> Outline | None:
        """Return the outline of a document that is not linted now."""
        try:
            data = examine.contents(path)
            known = self.cache.record(path, blake2b(data, digest_size=_DIGEST).digest())
            return examine.head(known).outline if known is not None else self.examiner.outline(path, data)
        except (OSError, ValueError):
            return None

    def _second(self) -> None:
        numbers = range(len(self.paths))
        processes = self.job.processes if len(numbers) >= _PAYS_KNOWN else 1
        _ = self.sieve  # made once, before the processes part
        spread(numbers, self._judged, self._unjudged, self.verdicts, processes)

    def _judged(self, number: int) -> bytes:
        path, shown = self.paths[number], self.shown[number]
        known = number in self.records
        record = examine.unpacked(self.records[number][1 + _DIGEST :]) if known else Record(None, ())
        inside = os.path.relpath(path, self.root) if self.job.wishes.per_file else shown

        def lines() -> list[str]:
            return examine.contents(path).decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")

        return sieve.pack(self.sieve.verdict(shown, path, inside, record, lines, self.more.get(shown, ())))

    def _unjudged(self, number: int, why: str) -> bytes:
        record = examine.failed(f"lint did not survive it: {why}")
        return sieve.pack(self.sieve.verdict(self.shown[number], self.paths[number], "", record, list))

    # --- what is told ---------------------------------------------------------------------------

    def _told(self, write: Callable[[str], object]) -> Result:
        job, codes = self.job, dict[str, int]()
        numbers = [0] * 5
        stale: list[Stale] = []
        baseline: dict[str, Known] = {}
        write(job.form.opening(job.look))
        separator = ""
        for number in range(len(self.paths)):
            verdict: Verdict = sieve.unpack(self.verdicts[number])
            if verdict.text:
                write(separator + verdict.text)
                separator = job.form.separator
            flawed = int(verdict.errors + verdict.warnings > 0)
            each = (flawed, verdict.errors, verdict.warnings, verdict.known, verdict.suppressed)
            numbers = [a + b for a, b in zip(numbers, each, strict=True)]
            sieve.plus(codes, verdict.codes)
            stale += verdict.stale
            if job.wishes.writes:
                baseline[self.paths[number]] = verdict.baseline
        if job.wishes.baseline is not None and not job.wishes.writes:
            stale += job.wishes.baseline.gone(self.paths)
        flawed, errors, warnings, known, suppressed = numbers
        summary = Summary(
            len(self.given), flawed, errors, warnings, known, suppressed, job.excluded, codes, tuple(stale)
        )
        write(job.form.closing(summary, job.look))
        return Result(summary, baseline)
