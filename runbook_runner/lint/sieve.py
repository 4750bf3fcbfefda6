"""What is told of one file: rules about many documents join in; suppressions, the choice and the baseline take out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct, field

from runbook_runner.lint.baseline import Baseline, Known, known, stales
from runbook_runner.lint.choice import Choice
from runbook_runner.lint.examine import Found, Record, failed, made, ordered
from runbook_runner.lint.settings import matches
from runbook_runner.lint.suppression import unused
from runbook_runner.model.finding import Checked, Finding, Group, Look, Severity, Stale, severity
from runbook_runner.ports.lint import Collection, CollectionRule, LintFormat


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


class Wishes(Struct, frozen=True):
    """How lint was called, as far as it decides what is told."""

    choice: Choice = Choice()
    strict: bool = False
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()
    baseline: Baseline | None = None
    writes: bool = False
    """A baseline is to be written."""


class Sieve:
    """Holds what is the same for all files."""

    def __init__(
        self, wishes: Wishes, form: LintFormat, look: Look, rules: Sequence[CollectionRule], among: Collection
    ) -> None:
        self.wishes = wishes
        self.form = form
        self.look = look
        self.rules = rules
        self.among = among
        self._severity = {group: severity(group, strict=wishes.strict) for group in Group}

    def verdict(
        self, shown: str, path: str, inside: str, record: Record, lines: Callable[[], Sequence[str]],
        more: Iterable[Found] = (),
    ) -> Verdict:  # fmt: skip
        """Return the verdict on a file: as it is shown, its absolute path, and relative to the configuration."""
        found = list(record.found)
        found += self._among(record, lines)
        found += more
        taken = 0
        if record.suppressions:
            kept = self._unsuppressed(record, found, lines)
            taken, found = len(found) - len(kept[0]), kept[0] + kept[1]
        told = [self._finding(shown, each) for each in (ordered(found) if len(found) > len(record.found) else found)]
        return self._counted(shown, path, inside, told, taken)

    def _among(self, record: Record, lines: Callable[[], Sequence[str]]) -> list[Found]:
        found: list[Found] = []
        if record.outline is None:
            return found
        for rule in self.rules:
            try:
                defects = list(rule.check_among(record.outline, self.among))
            except Exception as error:  # noqa: BLE001 - one rule must not stop the others
                found += failed(f"the rule {rule.code} failed: {type(error).__name__}: {error}").found
                continue
            if defects:
                found += [made(defect, rule.group, lines()) for defect in defects]
        return found

    def _unsuppressed(
        self, record: Record, found: Sequence[Found], lines: Callable[[], Sequence[str]]
    ) -> tuple[list[Found], list[Found]]:
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
        idle = [unused(comment, words) for comment, words in zip(record.suppressions, used, strict=True)]
        about = [made(defect, Group.STYLE, lines()) for defect in idle if defect is not None]
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

    def _counted(self, shown: str, path: str, inside: str, told: list[Finding], taken: int) -> Verdict:
        wishes = self.wishes
        choice = wishes.choice
        for pattern, ignored in wishes.per_file:
            if matches(inside, (pattern,)):
                choice = Choice(choice.select, choice.ignore | ignored)
        old: list[Finding] = []
        stale: tuple[Stale, ...] = ()
        if wishes.baseline is not None and not wishes.writes:
            told, old, rest = wishes.baseline.split(path, told)
            stale = tuple(stales(shown, rest))
        if choice != _EVERYTHING:
            told = [each for each in told if choice.wants(each.code, each.group)]
            old = [each for each in old if choice.wants(each.code, each.group)]
        codes: dict[str, int] = {}
        errors = 0
        for each in told:
            codes[each.code] = codes.get(each.code, 0) + 1
            errors += each.severity is Severity.ERROR
        text = "" if wishes.writes else self.form.file(Checked(shown, tuple(told)), self.look)
        kept = known(told) if wishes.writes else {}
        return Verdict(text, errors, len(told) - errors, len(old), taken, codes, stale, kept)


_EVERYTHING = Choice()
pack: Callable[[Verdict], bytes] = msgspec.msgpack.Encoder().encode
unpack: Callable[[bytes], Verdict] = msgspec.msgpack.Decoder(Verdict).decode


def plus(codes: dict[str, int], more: Mapping[str, int]) -> None:
    """Add numbers by rule."""
    for code, count in more.items():
        codes[code] = codes.get(code, 0) + count
