"""Colours, widths and what may safely reach a terminal; colour never says anything that words do not."""

from __future__ import annotations

from runbook_runner.regex import regex

_CODES = {
    "heading": "1",
    "bold": "1",
    "command": "1;36",
    "code": "36",
    "quiet": "2",
    "hint": "1;32",
    "key": "1",
    "notice": "1;33",
    "warning": "33",
    "good": "32",
    "bad": "31",
    "stderr": "31",
    "read": "1;32",
    "change": "1;31",
    "unknown": "1;35",
}
_ESCAPES = regex(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|\x1b[]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC and other strings: titles, clipboards
    r"|\x1b[ -/]*[0-~]?"
)
UNFINISHED = regex(r"\x1b(?:\[[0-?]*[ -/]*|[]P^_X][^\x07\x1b]*\x1b?|[ -/]*)\Z")
# Bidirectional controls could show a command in another order than it runs.
_UNSEEN = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORDS = regex(r"(\s*)(\S+)")
RESET = "\x1b[0m"


def paint(text: str, style: str, colour: bool) -> str:
    """Return the text in a style's colours, line by line, so that no line leaks its colour into the next."""
    code = _CODES.get(style)
    if not (colour and code and text):
        return text
    return "\n".join(f"\x1b[{code}m{line}{RESET}" if line else "" for line in text.split("\n"))


def strip_escapes(text: str) -> str:
    """Return the text without escape sequences."""
    return _ESCAPES.sub("", text) if "\x1b" in text else text


def printable(text: str) -> str:
    """Return the text with escape sequences removed and control characters made visible.

    Titles, labels and prose are other people's text: they may not move the cursor or hide a part of a command.
    """
    text = strip_escapes(text).replace("\r\n", "\n")
    return _UNSEEN.sub(lambda found: f"<{ord(found[0]):02x}>", text)


def width_of(text: str) -> int:
    """Return how many columns a text takes; escape sequences take none."""
    text = strip_escapes(text)
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    import unicodedata

    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, width: int, mark: str = "…") -> str:
    """Return the text cut to so many columns, a mark at its end when something is missing."""
    if width_of(text) <= width:
        return text
    room = width - width_of(mark)
    kept: list[str] = []
    for char in text:
        room -= _columns(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + mark if width >= width_of(mark) else ""


def pad(text: str, width: int) -> str:
    """Return the text filled with spaces to so many columns."""
    return text + " " * (width - width_of(text))


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Return a text as lines of so many columns; `first` and `rest` begin them.

    Long words are cut, never lost, and spaces within a line stay as they are: they may mean something in a command.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, empty = rest if lines else first, True
        for space, word in _WORDS.findall(paragraph):
            gap = "" if empty else space
            if not empty and width_of(line + gap + word) > width:
                lines.append(line)
                line, gap = rest, ""
            while width_of(line + gap + word) > width:
                head = _head(word, max(1, width - width_of(line + gap)))
                if head == word:
                    break
                lines.append(line + gap + head)
                word, line, gap = word[len(head) :], rest, ""
            line, empty = line + gap + word, False
        lines.append(line.rstrip() if empty else line)
    return lines


def _head(word: str, room: int) -> str:
    if "\x1b" in word:
        return word  # better too long than cut within a colour
    taken = 0
    for place, char in enumerate(word):
        taken += _columns(char)
        if taken > room:
            return word[: max(1, place)]
    return word
