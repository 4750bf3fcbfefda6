"""What a pattern is made of, and the sets of characters that RE2 has names for."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

MAX_REPEAT = 1000
"""RE2's own limit on a counted repetition, also on nested ones multiplied."""


class PatternError(ValueError):
    """The pattern is not one that RE2 takes, or more than this engine bears."""


class Chars(Struct, frozen=True):
    """One character out of some ranges, or, `negated`, out of all others."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False

    def has(self, code: int) -> bool:
        """Tell whether a character is meant."""
        return any(low <= code <= high for low, high in self.ranges) != self.negated


class Assertion(Struct, frozen=True):
    """A place between characters: `A` and `z` of the text, `^` and `$` of a line, `b` and `B` of a word."""

    kind: str


class Sequence(Struct, frozen=True):
    """One after the other."""

    items: tuple[Tree, ...]


class Choice(Struct, frozen=True):
    """One of several."""

    items: tuple[Tree, ...]


class Repeat(Struct, frozen=True):
    """Some number of times; `most` is None for any."""

    item: Tree
    least: int
    most: int | None


Tree: TypeAlias = Chars | Assertion | Sequence | Choice | Repeat

PERL = {"d": "09", "w": "09AZ__az", "s": "\t\n\f\r  "}
POSIX = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "ascii": "\0\x7f",
    "blank": "\t\t  ",
    "cntrl": "\0\x1f\x7f\x7f",
    "digit": "09",
    "graph": "!~",
    "lower": "az",
    "print": " ~",
    "punct": "!/:@[`{~",
    "space": "\t\r  ",
    "upper": "AZ",
    "word": "09AZ__az",
    "xdigit": "09AFaf",
}
CONTROL = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
OCTAL = "01234567"
HEX = frozenset("0123456789abcdefABCDEF")
TOP = 0x10FFFF


def ranges_of(pairs: str) -> list[tuple[int, int]]:
    """Read `09AZ` as the ranges of digits and capitals."""
    return [(ord(pairs[at]), ord(pairs[at + 1])) for at in range(0, len(pairs), 2)]


def outside(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return all characters but these."""
    result, at = [], 0
    for low, high in sorted(ranges):
        if low > at:
            result.append((at, low - 1))
        at = max(at, high + 1)
    return [*result, (at, TOP)] if at <= TOP else result


def folded(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Add the other case; RE2 folds by Unicode, where K and S have a third form each."""
    result = list(ranges)
    for low, high in ranges:
        if high > 0x7F:
            raise PatternError("(?i) with characters outside ASCII is not supported")
        for code in range(low, high + 1):
            char = chr(code)
            if char.isalpha():
                result.append((ord(char.swapcase()), ord(char.swapcase())))
                extra = {"k": 0x212A, "s": 0x17F}.get(char.lower())
                if extra:
                    result.append((extra, extra))
    return result
