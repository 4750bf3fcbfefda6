"""Puts linting together.

First each document by itself, in several processes; then each among the others, when the outlines of all are known.
What is found waits in files in between, so ten thousand documents need no more memory than one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, cast

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.lint import facts, records, sieve
from runbook_runner.lint.answer import Answer
from runbook_runner.lint.baseline import Known
from runbook_runner.lint.cache import Cache
from runbook_runner.lint.choice import near_miss
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.digest import SIZE, digest
from runbook_runner.lint.facts import Fact, Facts
from runbook_runner.lint.layer import KNOWN, NEW, ONCE, Layer
from runbook_runner.lint.limit import limited
from runbook_runner.lint.records import Found, Record
from runbook_runner.lint.sieve import Place, Sieve, Verdict, Wishes
from runbook_runner.lint.spread import spread
from runbook_runner.lint.stamp import stamp
from runbook_runner.model.finding import Finding, Look, Stale, Summary
from runbook_runner.model.outline import Outline

if TYPE_CHECKING:  # what reads documents is loaded when there is one to read
    from runbook_runner.lint.alerting import Alerts, Watch
    from runbook_runner.lint.examine import Examiner, Read
    from runbook_runner.ports.lint import CollectionRule, LintFormat, LintRule

_PAYS_NEW, _PAYS_JUDGED, _PAYS_KNOWN = 12, 600, 3000
"""From so many documents on, to be read, to be judged, or known to the cache, another process is worth its start."""


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
    alerts: Alerts | None = None
    """Alert rules that were given."""
    more: tuple[Finding, ...] = ()
    """What was found by other means, in these files or others."""
    cache: str = ""
    """Where results are kept; empty for nowhere."""
    processes: int = 1
    excluded: int = 0
    today: date = field(default_factory=date.today)
    targets: frozenset[str] = frozenset()
    """Names that the configuration gives to targets."""


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
        self.rules = frozenset(file.path for file in job.alerts.files) if job.alerts is not None else frozenset[str]()
        self.shown = sorted({*job.files, *self.more, *self.rules})
        self.paths = absolute(self.shown)
        self.given = frozenset(job.files)
        self.root = os.path.abspath(job.root)  # noqa: PTH100
        self.asked: Facts = {}
        self.made_by = stamp(job.today, job.targets) if job.cache else ""
        self.told_by = self.made_by + _fingerprint(job) if job.cache and not job.wishes.writes else ""

    def result(self, write: Callable[[str], object]) -> Result:
        """Tell what was told before if it still holds; else do it all."""
        answer = self._answer()
        summary = answer.told(write) if answer is not None else None
        if summary is not None:
            return Result(summary, {})
        with closing(self.records), closing(self.verdicts):
            self._first()
            self._second()
            if answer is None:
                return self._told(write)
            with closing(answer):
                result = self._told(answer.listening(write))
                self._keep(answer, result.summary)
                return result

    def _answer(self) -> Answer | None:
        """Return the place of the whole answer; None where it rests on more than documents."""
        if not self.told_by or self.job.alerts is not None or len(self.given) < len(self.shown):
            return None
        try:
            more = digest(msgspec.msgpack.encode((self.job.more, self.job.excluded))).hex()
        except UnicodeEncodeError:  # the name of a file
            return None
        return Answer(f"{self.job.cache}.answer", self.told_by + more, self.paths)

    def _keep(self, answer: Answer, summary: Summary) -> None:
        """Keep the answer, unless a document may be judged otherwise the next time."""
        numbers = range(len(self.paths))
        made_of = [self.records.made_of(number) for number in numbers if self.verdicts.made_of(number) is not None]
        digests = [each for each in made_of if each is not None]
        if len(digests) == len(self.paths):
            answer.keep(digests, self.asked, summary)

    @cached_property
    def records(self) -> Layer:
        """What was found in each document by itself."""
        return Layer(self.paths, Cache(self.job.cache, self.made_by), self._record)

    @cached_property
    def verdicts(self) -> Layer:
        """What is told of each."""
        told = f"{self.job.cache}.told" if self.told_by else ""
        return Layer(self.shown, Cache(told, self.told_by), self._verdict)

    # --- each by itself -------------------------------------------------------------------------

    @cached_property
    def examiner(self) -> Examiner:
        """All rules about one document, loaded when there is one that the cache does not know."""
        from runbook_runner.lint.examine import Examiner

        rules = [cast("LintRule", rule) for rule in registry.rules() if hasattr(rule, "check")]
        return Examiner(self.job.read, tuple(rules), near_miss, self.job.today, self.job.targets)

    @cached_property
    def among(self) -> tuple[CollectionRule, ...]:
        """The rules about many documents."""
        cache = self.records.cache
        found = [registry.rule(code) for code in cache.among] if cache.filled else list(registry.rules())
        return tuple(rule for rule in found if hasattr(rule, "check_among"))  # type: ignore[misc]

    def _first(self) -> None:
        numbers = [number for number, shown in enumerate(self.shown) if shown in self.given]
        processes = self.job.processes
        if self.records.cache.filled:
            processes = processes if len(numbers) >= _PAYS_KNOWN else 1
        elif processes > 1 and len(numbers) >= _PAYS_NEW:
            self.examiner.record("warm.md", b"# Warm\n\n```sh\ntrue\n```\n")  # loaded once, before the processes part
        spread(numbers, self._examined, self._lost, self.records.spool, processes)
        self.records.save(tuple(rule.code for rule in self.among))

    def _examined(self, number: int) -> bytes:
        path = self.paths[number]
        try:
            data = records.contents(path)
        except (OSError, ValueError) as error:
            return ONCE + bytes(SIZE) + records.packed(records.unreadable(error))
        made_of = digest(data)
        if self.records.known(number, made_of):
            return KNOWN + made_of
        examiner = self.examiner
        with limited():
            record = examiner.record(path, data)
        return NEW + made_of + records.packed(record)

    def _record(self, number: int) -> bytes:
        path = self.paths[number]
        return records.packed(self.examiner.record(path, records.contents(path)))

    def _lost(self, number: int, why: str) -> bytes:
        return ONCE + bytes(SIZE) + records.packed(records.failed(f"lint did not survive it: {why}"))

    # --- each among the others ------------------------------------------------------------------

    @cached_property
    def documents(self) -> Documents:
        """What rules about many documents get to see."""
        numbers = [number for number, shown in enumerate(self.shown) if shown in self.given]
        names = self.job.alerts.names if self.job.alerts is not None else None
        paths = [self.paths[number] for number in numbers]
        return Documents(paths, lambda at: self._outline(numbers[at]), self._other, names)

    @cached_property
    def sieve(self) -> Sieve:
        """What decides what is told."""
        return Sieve(self.job.wishes, self.job.form, self.job.look, self.among, self.documents)

    @cached_property
    def watch(self) -> Watch | None:
        """What is said of alert rules, when some were given."""
        if self.job.alerts is None:
            return None
        from runbook_runner.lint.alerting import Watch

        return Watch(self.job.alerts, self.sieve.among)

    def _outline(self, number: int) -> Outline | None:
        return records.head(self.records.get(number)[1]).outline

    def _other(self, path: str) -> tuple[Fact, Outline | None]:
        """Return the outline of a document that is not linted now."""
        fact, data = facts.read(path)
        if data is None:
            return fact, None
        known = self.records.cache.record(path, fact[1])
        return fact, records.head(known).outline if known is not None else self.examiner.outline(path, data)

    def _second(self) -> None:
        numbers = range(len(self.paths))
        _ = self.sieve  # made once, before the processes part
        pays = _PAYS_KNOWN if self.verdicts.cache.filled else _PAYS_JUDGED
        processes = self.job.processes if len(numbers) >= pays else 1
        spread(numbers, self._judged, self._unjudged, self.verdicts.spool, processes)
        self.verdicts.save()

    def _judged(self, number: int) -> bytes:
        made_of, more = self._grounds(number)
        if self.verdicts.known(number, made_of):
            return KNOWN + made_of + msgspec.msgpack.encode(self.documents.asked)
        return (NEW if number in self.records.spool else ONCE) + made_of + self._verdict(number, more)

    def _grounds(self, number: int) -> tuple[bytes, list[Found]]:
        """Return what a verdict is made of besides how lint was called, and what is not in the document's record."""
        made_of, more = bytes(SIZE), list(self.more.get(self.shown[number], ()))
        self.documents.asked = {}
        if number in self.records.spool:
            made_of, record = self.records.get(number)
            more += self.sieve.among_others(records.head(record).outline, lambda: self._lines(number))
        return digest(made_of + records.packed(Record(None, tuple(more)))) if more else made_of, more

    def _verdict(self, number: int, more: list[Found] | None = None) -> bytes:
        if more is None:
            _, more = self._grounds(number)
        record = self._looked_at(number)
        verdict = self.sieve.verdict(self._place(number), record, more, lambda: self._lines(number))
        return sieve.pack(replace(verdict, asked=self.documents.asked))

    def _looked_at(self, number: int) -> Record:
        if number in self.records.spool:
            return records.unpacked(self.records.get(number)[1])
        if self.watch is not None and self.shown[number] in self.rules:
            return self.watch.record(self.shown[number])
        return Record(None, ())

    def _lines(self, number: int) -> Sequence[str]:
        if self.watch is not None and self.shown[number] in self.rules:
            return self.watch.lines(self.shown[number])
        text = records.contents(self.paths[number]).decode("utf-8-sig", "replace")
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")

    def _unjudged(self, number: int, why: str) -> bytes:
        record = records.failed(f"lint did not survive it: {why}")
        return ONCE + bytes(SIZE) + sieve.pack(self.sieve.verdict(self._place(number), record, (), list))

    def _place(self, number: int) -> Place:
        path, shown = self.paths[number], self.shown[number]
        inside = os.path.relpath(path, self.root) if self.job.wishes.per_file else shown
        return Place(records.clean(shown), path, inside)

    # --- what is told ---------------------------------------------------------------------------

    def _told(self, write: Callable[[str], object]) -> Result:
        job, codes = self.job, dict[str, int]()
        flawed = errors = warnings = known = suppressed = 0
        stale: list[Stale] = []
        baseline: dict[str, Known] = {}
        scores: list[tuple[str, int]] = []
        write(job.form.opening(job.look))
        separator = ""
        for number in range(len(self.paths)):
            verdict: Verdict = sieve.unpack(self.verdicts.get(number)[1])
            beside = self.verdicts.beside(number)
            self.asked |= _FACTS(beside) if beside else verdict.asked
            if verdict.text:
                write(separator + verdict.text)
                separator = job.form.separator
            flawed += verdict.errors + verdict.warnings > 0
            errors += verdict.errors
            warnings += verdict.warnings
            known += verdict.known
            suppressed += verdict.suppressed
            sieve.plus(codes, verdict.codes)
            stale += verdict.stale
            if verdict.score is not None:
                scores.append((records.clean(self.shown[number]), verdict.score))
            if job.wishes.writes:
                baseline[self.paths[number]] = verdict.baseline
        if job.wishes.baseline is not None and not job.wishes.writes:
            self.documents.asked = self.asked
            stale += job.wishes.baseline.gone(self.paths, self.documents.exists)
        files = len(self.given) + len(self.rules)
        summary = Summary(
            files, flawed, errors, warnings, known, suppressed, job.excluded, codes, tuple(stale), tuple(scores)
        )
        write(job.form.closing(summary, job.look))
        return Result(summary, baseline)


def absolute(paths: Iterable[str]) -> list[str]:
    """Return paths as absolute ones without dots in them; the library's way takes 2 ms for each thousand."""
    here = os.getcwd().rstrip("/")  # noqa: PTH109
    return [
        os.path.abspath(path)  # noqa: PTH100
        if path[:1] == "." or "/." in path or "//" in path or not path
        else path
        if path[0] == "/"
        else f"{here}/{path}"
        for path in paths
    ]


_FACTS: Callable[[bytes], Facts] = msgspec.msgpack.Decoder(Facts).decode


def _fingerprint(job: Job) -> str:
    """Return what verdicts depend on besides the documents: how lint was called."""
    here = os.getcwd()  # noqa: PTH109 - verdicts are kept by the paths that are shown
    places = os.fsencode(job.root), os.fsencode(here)
    wished = msgspec.msgpack.encode((job.wishes, job.form.name, job.look, places), order="sorted")
    return digest(wished).hex()
