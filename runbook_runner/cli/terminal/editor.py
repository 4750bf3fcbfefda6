"""A line being typed: the text, the place in it, and the part of it that fits on the screen."""

from __future__ import annotations

from runbook_runner.cli.terminal.style import width_of


class LineBuffer:
    """Text with a cursor."""

    def __init__(self, text: str) -> None:
        self._chars = list(text)
        self._place = len(self._chars)

    @property
    def text(self) -> str:
        """What stands there."""
        return "".join(self._chars)

    def insert(self, text: str) -> None:
        """Put characters at the cursor, control characters left out."""
        chars = [char for char in text if char.isprintable()]
        self._chars[self._place : self._place] = chars
        self._place += len(chars)

    def press(self, name: str) -> None:
        """Do what a key does."""
        match name:
            case "backspace" | "ctrl-h" if self._place:
                self._place -= 1
                del self._chars[self._place]
            case "delete" | "ctrl-d":
                del self._chars[self._place : self._place + 1]
            case "ctrl-u":
                del self._chars[: self._place]
                self._place = 0
            case "ctrl-k":
                del self._chars[self._place :]
            case "ctrl-w":
                start = len(self.text[: self._place].rstrip().rpartition(" ")[0])
                start += 1 if start else 0
                del self._chars[start : self._place]
                self._place = start
            case "left" | "ctrl-b":
                self._place = max(0, self._place - 1)
            case "right" | "ctrl-f":
                self._place = min(len(self._chars), self._place + 1)
            case "home" | "ctrl-a":
                self._place = 0
            case "end" | "ctrl-e":
                self._place = len(self._chars)
            case "space":
                self.insert(" ")
            case _ if len(name) == 1:
                self.insert(name)

    def row(self, label: str, width: int, *, secret: bool = False) -> str:
        """Return the line to draw from column 1, its cursor placed; long text scrolls sideways."""
        room = max(4, width - width_of(label))
        before = "" if secret else "".join(self._chars[: self._place])
        after = "" if secret else "".join(self._chars[self._place :])
        while width_of(before) > room - 1:
            before = before[1:]
        while width_of(before) + width_of(after) > room:
            after = after[:-1]
        back = width_of(after)
        return f"\x1b[K{label}{before}{after}" + (f"\x1b[{back}D" if back else "")
