"""RE2 patterns -> a tree. What RE2 refuses is refused, and so is what is rare (`\\p{…}`, non-ASCII under `(?i)`)."""

from __future__ import annotations

from runbook_runner.predicates.pattern_tree import (
    CONTROL,
    HEX,
    MAX_REPEAT,
    OCTAL,
    PERL,
    POSIX,
    TOP,
    Assertion,
    Chars,
    Choice,
    PatternError,
    Repeat,
    Sequence,
    Tree,
    folded,
    outside,
    ranges_of,
)

MAX_GROUPS = 60
"""How deep groups may nest; the parser recurses."""


class PatternParser:
    """One pass over one pattern."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._flags: frozenset[str] = frozenset()
        self._groups = 0

    def parse(self) -> Tree:
        """Read the whole pattern."""
        tree = self._choice()
        if self._at < len(self._text):
            raise PatternError("unexpected )")
        return tree

    def _ahead(self, text: str) -> bool:
        return self._text.startswith(text, self._at)

    def _taken(self, text: str) -> bool:
        if self._ahead(text):
            self._at += len(text)
            return True
        return False

    def _char(self, what: str) -> str:
        if self._at >= len(self._text):
            raise PatternError(what)
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> Tree:
        branches = [self._sequence()]
        while self._taken("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Tree:
        items: list[Tree] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if self._taken("\\Q"):
                items.extend(self._quoted())
                continue
            atom = self._atom()
            if atom is not None:
                items.append(self._repeated(atom))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _quoted(self) -> list[Tree]:
        end = self._text.find("\\E", self._at)
        body = self._text[self._at : end if end >= 0 else None]
        self._at = end + 2 if end >= 0 else len(self._text)
        if self._at < len(self._text) and self._text[self._at] in "*+?{":
            raise PatternError("a repetition right after \\Q…\\E is not supported")
        return [self._literal(ord(char)) for char in body]

    def _literal(self, code: int) -> Chars:
        return self._chars([(code, code)])

    def _chars(self, ranges: list[tuple[int, int]], negated: bool = False) -> Chars:
        return Chars(tuple(folded(ranges) if "i" in self._flags else ranges), negated)

    def _repeat_ahead(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._taken(sign):
                return bounds
        if not self._ahead("{"):
            return None
        low, comma, high = self._text[self._at + 1 :].partition("}")[0].partition(",")
        if not _number(low) or (high and not _number(high)) or "}" not in self._text[self._at :]:
            return None  # RE2 takes such a brace literally
        self._at = self._text.index("}", self._at) + 1
        most = (int(high) if high else None) if comma else int(low)
        if max(int(low), most or 0) > MAX_REPEAT or (most is not None and most < int(low)):
            raise PatternError("invalid repetition size")
        return int(low), most

    def _repeated(self, atom: Tree) -> Tree:
        bounds = self._repeat_ahead()
        if bounds is None:
            return atom
        self._taken("?")  # lazy or not, a yes is a yes
        if self._repeat_ahead() is not None:
            raise PatternError("bad repetition operator: two in a row")
        return Repeat(atom, *bounds)

    def _atom(self) -> Tree | None:
        char = self._char("")
        match char:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case ".":
                return Chars(() if "s" in self._flags else ((10, 10),), negated=True)
            case "^":
                return Assertion("^" if "m" in self._flags else "A")
            case "$":
                return Assertion("$" if "m" in self._flags else "z")
            case "*" | "+" | "?":
                raise PatternError(f"no argument for repetition operator: {char}")
            case "{":
                self._at -= 1
                if self._repeat_ahead() is not None:
                    raise PatternError("no argument for repetition operator: {")
                self._at += 1
                return self._literal(ord(char))
            case "\\":
                return self._escaped()
            case _:
                return self._literal(ord(char))

    def _group(self) -> Tree | None:
        before = self._flags
        if self._ahead("?"):
            if self._named():
                pass
            elif self._set_flags() == ")":
                if self._at < len(self._text) and self._text[self._at] in "*+?":
                    raise PatternError("no argument for repetition operator")
                return None
        self._groups += 1
        if self._groups > MAX_GROUPS:
            raise PatternError("groups nest too deeply")
        tree = self._choice()
        self._groups -= 1
        if not self._taken(")"):
            raise PatternError("missing )")
        self._flags = before
        return tree

    def _named(self) -> bool:
        for opening in ("?P<", "?<"):
            if self._ahead(opening):
                name, closed, _ = self._text[self._at + len(opening) :].partition(">")
                if not closed or not name.isascii() or not name.replace("_", "a").isalnum():
                    raise PatternError("invalid named capture group, or a lookbehind, which RE2 has not")
                self._at += len(opening) + len(name) + 1
                return True
        return False

    def _set_flags(self) -> str:
        """Read `?i-s` up to its `:` or `)`."""
        self._at += 1
        end = self._at
        while end < len(self._text) and self._text[end] in "imsU-":
            end += 1
        word, stop = self._text[self._at : end], self._text[end : end + 1]
        on, minus, off = word.partition("-")
        if stop not in {":", ")"} or not stop or "-" in off or (minus and not off):
            raise PatternError(f"invalid perl operator: (?{word}{stop} (no lookaround, no comments)")
        self._at = end + 1
        self._flags = (self._flags | set(on)) - set(off)
        return stop

    def _escaped(self) -> Tree:
        char = self._char("trailing \\")
        if char in "AzbB":
            return Assertion(char)
        if char.lower() in PERL:
            return Chars(tuple(self._perl(char)))
        return self._literal(self._escape_code(char))

    def _perl(self, char: str) -> list[tuple[int, int]]:
        ranges = ranges_of(PERL[char.lower()])
        ranges = folded(ranges) if "i" in self._flags else ranges
        return outside(ranges) if char.isupper() else ranges

    def _escape_code(self, char: str) -> int:
        if char in CONTROL:
            return CONTROL[char]
        if char == "x":
            return self._hex()
        if char == "0" or (char in OCTAL and self._text[self._at : self._at + 1] in tuple(OCTAL)):
            digits = char
            while len(digits) < 3 and self._text[self._at : self._at + 1] in tuple(OCTAL):
                digits += self._char("")
            return int(digits, 8)
        if char.isascii() and not char.isalnum():
            return ord(char)
        hint = " (RE2 has no backreferences)" if char.isdigit() else ""
        raise PatternError(f"invalid escape sequence: \\{char}{hint}")

    def _hex(self) -> int:
        if self._taken("{"):
            digits, closed, _ = self._text[self._at :].partition("}")
            self._at += len(digits) + 1
        else:
            digits, closed = self._text[self._at : self._at + 2], "}"
            self._at += 2
            if len(digits) != 2:
                closed = ""
        if not closed or not digits or len(digits) > 8 or not set(digits) <= HEX or int(digits, 16) > TOP:
            raise PatternError("invalid escape sequence: \\x")
        return int(digits, 16)

    def _class(self) -> Tree:
        negated = self._taken("^")
        plain: list[tuple[int, int]] = []
        groups: list[tuple[int, int]] = []
        first = True
        while first or not self._taken("]"):
            first = False
            group = self._class_group()
            if group is None:
                plain.append(self._class_range())
            groups.extend(group or ())
        return Chars((*self._chars(plain).ranges, *groups), negated)

    def _class_group(self) -> list[tuple[int, int]] | None:
        if self._ahead("[:") and ":]" in self._text[self._at + 2 :]:
            name = self._text[self._at + 2 :].partition(":]")[0]
            ranges = POSIX.get(name.removeprefix("^"))
            if ranges is None:
                raise PatternError(f"invalid character class range: [:{name}:]")
            self._at += len(name) + 4
            found = folded(ranges_of(ranges)) if "i" in self._flags else ranges_of(ranges)
            return outside(found) if name.startswith("^") else found
        if self._ahead("\\") and self._text[self._at + 1 : self._at + 2].lower() in PERL:
            self._at += 2
            return self._perl(self._text[self._at - 1])
        return None

    def _class_range(self) -> tuple[int, int]:
        low = self._class_char()
        if self._ahead("-") and self._at + 1 < len(self._text) and self._text[self._at + 1] != "]":
            self._at += 1
            high = self._class_char()
            if high < low:
                raise PatternError("invalid character class range")
            return low, high
        return low, low

    def _class_char(self) -> int:
        char = self._char("missing ]")
        return self._escape_code(self._char("trailing \\")) if char == "\\" else ord(char)


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit() and (len(text) == 1 or text[0] != "0") and len(text) < 6
