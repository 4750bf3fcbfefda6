"""What is told of one file: rules about many documents join in; suppressions, the choice and the baseline take out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.lint.baseline import Baseline, Known, known, stales
from runbook_runner.lint.choice import Choice
from runbook_runner.lint.facts import Facts
from runbook_runner.lint.limit import limited
from runbook_runner.lint.rating import Score, rate
from runbook_runner.lint.records import Found, Record, Suppression, clean, failed, made, ordered
from runbook_runner.lint.settings import matches
from runbook_runner.model.finding import Checked, Finding, Group, Look, Severity, Stale, severity
from runbook_runner.model.outline import Outline
from runbook_runner.model.span import Defect, Span

if TYPE_CHECKING:
    from runbook_runner.ports.lint import Collection, CollectionRule, LintFormat

Lines = Callable[[], Sequence[str]]
"""The source of a document, line by line, for those few that something has to be shown of."""


_ELSEWHERE = frozenset({"never-drilled"})
"""Rules that have something to say on one machine and nothing on another: a comment may stand for either."""


class Verdict(Struct, frozen=True, array_like=True):
    """What one file adds to the whole."""

    text: str
    """Written down as it was asked for; empty when there is nothing to say."""
    errors: int = 0
    warnings: int = 0
    known: int = 0
    suppressed: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    stale: tuple[Stale, ...] = ()
    baseline: Known = field(default_factory=dict)
    """What a baseline would keep of it; filled when one is to be written."""
    score: int | None = None
    """0 to 100; None for what is no runbook."""
    asked: Facts = field(default_factory=dict)
    """What it rests on besides the documents that are linted."""


class Wishes(Struct, frozen=True):
    """How lint was called, as far as it decides what is told."""

    choice: Choice = Choice()
    strict: bool = False
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()
    baseline: Baseline | None = None
    writes: bool = False
    """A baseline is to be written."""
    min_score: int | None = None
    """A score below this is an error."""


class Place(Struct, frozen=True):
    """Where a file is."""

    shown: str
    """As the report names it."""
    path: str
    """Absolute."""
    inside: str
    """Relative to the configuration."""


class Sieve:
    """Holds what is the same for all files."""

    def __init__(
        self, wishes: Wishes, form: LintFormat, look: Look, rules: Sequence[CollectionRule], among: Collection
    ) -> None:
        self.wishes = wishes
        self.form = form
        self.look = look
        self.among = among
        silent = among.alerts() is None
        dormant = {rule.code for rule in rules if silent and getattr(rule, "of_alerts", False)}
        self.rules = [rule for rule in rules if rule.code not in dormant]
        self._dormant = _ELSEWHERE | dormant
        self._severity = {group: severity(group, strict=wishes.strict) for group in Group}

    def among_others(self, outline: Outline | None, lines: Lines) -> list[Found]:
        """Return what the rules about many documents say of one."""
        found: list[Found] = []
        if outline is None:
            return found
        with limited():
            for rule in self.rules:
                try:
                    defects = list(rule.check_among(outline, self.among))
                except Exception as error:  # noqa: BLE001 - one rule must not stop the others
                    found += failed(f"the rule {rule.code} failed: {type(error).__name__}: {error}").found
                    continue
                if defects:
                    text = lines()
                    found += [made(defect, rule.group, text) for defect in defects]
        return found

    def verdict(self, place: Place, record: Record, more: Sequence[Found], lines: Lines) -> Verdict:
        """Return the verdict on a file, given what was found of it by itself and `more`."""
        found: Sequence[Found] = ordered((*record.found, *more)) if more else record.found
        taken = 0
        if record.suppressions:
            kept, about = self._unsuppressed(record, found, lines)
            taken, found = len(found) - len(kept), ordered((*kept, *about))
        score = rate(record.stakes, (each.code for each in found))
        if score is not None and self.wishes.min_score is not None and score.value < self.wishes.min_score:
            found = (*found, made(_low(score, self.wishes.min_score), Group.CORRECTNESS, ()))
        told = self._counted(place, [self._finding(place.shown, each) for each in found], taken)
        return replace(told, score=score.value) if score is not None else told

    def _unsuppressed(self, record: Record, found: Sequence[Found], lines: Lines) -> tuple[list[Found], list[Found]]:
        """Return what no comment takes back, and findings about the comments that take nothing back."""
        used: list[set[str]] = [set() for _ in record.suppressions]
        kept: list[Found] = []
        for each in found:
            covered = False
            for at, comment in enumerate(record.suppressions):
                if comment.first <= each.span.line <= comment.last:
                    name = comment.names(each.code, each.group)
                    if name is not None:
                        used[at].add(name)
                        covered = True
            if not covered:
                kept.append(each)
        idle = [
            _unused(comment, words | self._dormant.intersection(comment.codes))
            for comment, words in zip(record.suppressions, used, strict=True)
        ]
        told = [defect for defect in idle if defect is not None]
        text = lines() if told else ()
        about = [made(defect, Group.STYLE, text) for defect in told]
        return kept, [
            each
            for each in about
            if not any(c.first <= each.span.line <= c.last and each.code in c.codes for c in record.suppressions)
        ]

    def _finding(self, shown: str, found: Found) -> Finding:
        return Finding(
            shown, found.code, found.group, self._severity[found.group], found.message, found.span, found.hint,
            found.excerpt, found.column,
        )  # fmt: skip

    def _counted(self, place: Place, told: list[Finding], taken: int) -> Verdict:
        wishes = self.wishes
        choice = wishes.choice
        for pattern, ignored in wishes.per_file:
            if matches(place.inside, (pattern,)):
                choice = Choice(choice.select, choice.ignore | ignored)
        old: list[Finding] = []
        stale: tuple[Stale, ...] = ()
        if wishes.baseline is not None and not wishes.writes:
            told, old, rest = wishes.baseline.split(place.path, told)
            stale = tuple(stales(place.shown, rest))
        if choice != _EVERYTHING:
            told = [each for each in told if choice.wants(each.code, each.group)]
            old = [each for each in old if choice.wants(each.code, each.group)]
        codes: dict[str, int] = {}
        errors = 0
        for each in told:
            codes[each.code] = codes.get(each.code, 0) + 1
            errors += each.severity is Severity.ERROR
        text = "" if wishes.writes else self.form.file(Checked(place.shown, tuple(told)), self.look)
        kept = known(told) if wishes.writes else {}
        return Verdict(text, errors, len(told) - errors, len(old), taken, codes, stale, kept)


_EVERYTHING = Choice()


def pack(verdict: Verdict) -> bytes:
    """Return a verdict as bytes."""
    try:
        return _ENCODE(verdict)
    except UnicodeEncodeError:  # the name of a file in a hint
        return _ENCODE(replace(verdict, text=clean(verdict.text)))


_ENCODE: Callable[[Verdict], bytes] = msgspec.msgpack.Encoder().encode
unpack: Callable[[bytes], Verdict] = msgspec.msgpack.Decoder(Verdict).decode


def plus(codes: dict[str, int], more: Mapping[str, int]) -> None:
    """Add numbers by rule."""
    for code, count in more.items():
        codes[code] = codes.get(code, 0) + count


def _low(score: Score, least: int) -> Defect:
    most = [part.code for part in score.parts if part.gain >= 1][:3]
    hint = f"mend {', '.join(most)} first" if most else ""
    return Defect("low-score", f"the score is {score.value}, and {least} is the least", Span(), hint)


def _unused(suppression: Suppression, used: frozenset[str] | set[str]) -> Defect | None:
    """Return what is wrong with a suppression of which only these words covered something."""
    idle = [code for code in suppression.codes if code not in used]
    if not idle and (suppression.codes or used):
        return None
    if len(idle) == len(suppression.codes):
        return Defect("unused-suppression", "this comment takes nothing back", suppression.span, "remove it")
    names = ", ".join(f"`{code}`" for code in idle)
    return Defect("unused-suppression", f"this comment takes no {names} back", suppression.span, f"remove {names}")
