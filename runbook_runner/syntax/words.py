"""Going past one part of a shell word: quotes, expansions, escapes; what is never closed is a mistake."""

from __future__ import annotations

from msgspec import Struct


class Mistake(Struct, frozen=True):
    """What is wrong, and where."""

    offset: int
    message: str
    hint: str = ""


class Wrong(Exception):
    """The text is no shell from here on."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.mistake = Mistake(offset, message, hint)


class Words:
    """The part of the reading that looks at characters and not at commands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def group(self, kind: str) -> None:
        """Read from a parenthesis to the one that closes it."""
        raise NotImplementedError

    def piece(self) -> None:
        """Read one part of a word: quoted, expanded or plain."""
        text, at = self.text, self.at
        character = text[at]
        if character == "\\":
            self.at += 2
        elif character == "'":
            self.at = self.single(at)
        elif character == '"':
            self.double()
        elif character == "`":
            self.at = self.backtick(at)
        elif character == "$":
            self.expansion()
        else:
            self.at += 1

    def single(self, at: int) -> int:
        """Return where a single-quoted text ends."""
        escapes = at > 0 and self.text[at - 1] == "$"
        place = at + 1
        while place < len(self.text):
            if escapes and self.text[place] == "\\":
                place += 1
            elif self.text[place] == "'":
                return place + 1
            place += 1
        raise Wrong(at, "this `'` is never closed", "close it, or leave it out")

    def double(self) -> None:
        """Read a double-quoted text."""
        start = self.at
        self.at += 1
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == '"':
                self.at += 1
                return
            if character == "\\":
                self.at += 2
            elif character == "`":
                self.at = self.backtick(self.at)
            elif character == "$":
                self.expansion(quoted=True)
            else:
                self.at += 1
        raise Wrong(start, 'this `"` is never closed', "close it, or leave it out")

    def backtick(self, at: int) -> int:
        """Return where a command in backticks ends."""
        place = at + 1
        while place < len(self.text):
            if self.text[place] == "\\":
                place += 1
            elif self.text[place] == "`":
                return place + 1
            place += 1
        raise Wrong(at, "this backtick is never closed", "close it, or leave it out")

    def expansion(self, *, quoted: bool = False) -> None:
        """Read what a `$` begins."""
        text, at = self.text, self.at
        if text.startswith("$((", at) and (end := past_arithmetic(text, at + 1)):
            self.at = end
        elif text.startswith("$(", at):
            self.at += 1
            self.group("$(")
        elif text.startswith("${", at):
            self.brace(quoted=quoted)
        else:
            self.at += 1

    def brace(self, *, quoted: bool) -> None:
        """Read `${…}`; within double quotes a `'` in it is a letter."""
        start = self.at
        self.at += 2
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "}":
                self.at += 1
                return
            if character == "'" and quoted:
                self.at += 1
            elif character == "$":
                self.expansion(quoted=quoted)
            else:
                self.piece()
        raise Wrong(start, "this `${` has no `}`")


def past_arithmetic(text: str, at: int) -> int:
    """Return where `((…))` at a place ends; 0 when it is no arithmetic."""
    depth = 0
    for place in range(at, min(len(text), at + 2000)):
        if text[place] == "(":
            depth += 1
        elif text[place] == ")":
            depth -= 1
            if depth == 0:
                return place + 1 if text[place - 1] == ")" else 0
    return 0
