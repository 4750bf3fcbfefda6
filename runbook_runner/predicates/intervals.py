"""Sets of numbers as predicates describe them: intervals, what two have in common, what one leaves out."""

from __future__ import annotations

from math import inf

from msgspec import Struct


class Interval(Struct, frozen=True, order=True):
    """The numbers between two others."""

    low: float
    low_open: bool
    """The bound itself is not in it."""
    high: float
    high_open: bool

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    @property
    def words(self) -> str:
        """Say which numbers are in it: `80`, `80 to 90`, `more than 80`."""
        low, high = f"{self.low:g}", f"{self.high:g}"
        if self.low == self.high:
            return low
        if self.high == inf:
            return f"{'more than' if self.low_open else 'at least'} {low}"
        if self.low == -inf:
            return f"{'less than' if self.high_open else 'at most'} {high}"
        if self.low_open or self.high_open:
            return f"what lies between {low} and {high}"
        return f"{low} to {high}"


class Numbers(Struct, frozen=True):
    """A set of numbers: intervals in order that do not touch."""

    parts: tuple[Interval, ...]
    whole: bool = False
    """They are integers."""

    @classmethod
    def of(cls, operator: str, bound: float, *, whole: bool = False) -> Numbers:
        """Return the numbers for which `x operator bound` holds."""
        match operator:
            case "<":
                parts = [Interval(-inf, True, bound, True)]
            case "<=":
                parts = [Interval(-inf, True, bound, False)]
            case ">":
                parts = [Interval(bound, True, inf, True)]
            case ">=":
                parts = [Interval(bound, False, inf, True)]
            case "==":
                parts = [Interval(bound, False, bound, False)]
            case _:
                parts = [Interval(-inf, True, bound, True), Interval(bound, True, inf, True)]
        return _tidy(parts, whole)

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return not self.parts

    def within(self, other: Numbers) -> Numbers:
        """Return what is in both."""
        found = [_common(one, two) for one in self.parts for two in other.parts]
        return _tidy(found, self.whole or other.whole)

    def beside(self, other: Numbers) -> Numbers:
        """Return what is in either."""
        return _tidy([*self.parts, *other.parts], self.whole or other.whole)

    def outside(self) -> Numbers:
        """Return what is not in it."""
        found, low, is_open = [], -inf, True
        for part in self.parts:
            found.append(Interval(low, is_open, part.low, not part.low_open))
            low, is_open = part.high, not part.high_open
        found.append(Interval(low, is_open, inf, True))
        return _tidy(found, self.whole)

    def gaps(self) -> tuple[Interval, ...]:
        """Return what lies between its intervals, the two ends left out."""
        return tuple(part for part in self.outside().parts if part.low != -inf and part.high != inf)


def _common(one: Interval, two: Interval) -> Interval:
    low, low_open = max((one.low, one.low_open), (two.low, two.low_open))
    high, closed = min((one.high, not one.high_open), (two.high, not two.high_open))
    return Interval(low, low_open, high, not closed)


def _rounded(part: Interval) -> Interval:
    """Return the same integers between bounds that are in it."""
    low, high = part.low, part.high
    if low not in (-inf, inf):
        low = low // 1 + 1 if part.low_open or low % 1 else low
    if high not in (-inf, inf):
        high = -(-high // 1) - 1 if part.high_open or high % 1 else high
    return Interval(low, low == -inf, high, high == inf)


def _tidy(parts: list[Interval], whole: bool) -> Numbers:
    if whole:
        parts = [_rounded(part) for part in parts]
    found: list[Interval] = []
    for part in sorted(part for part in parts if not part.empty):
        last = found[-1] if found else None
        if last is not None and _touch(last, part, whole):
            high, closed = max((last.high, not last.high_open), (part.high, not part.high_open))
            found[-1] = Interval(last.low, last.low_open, high, not closed)
        else:
            found.append(part)
    return Numbers(tuple(found), whole)


def _touch(last: Interval, part: Interval, whole: bool) -> bool:
    if last.high > part.low or (whole and last.high + 1 >= part.low):
        return True
    return last.high == part.low and not (last.high_open and part.low_open)
