"""Takes a command's output: shown redacted as it comes, kept up to a cap, raw in memory for predicates."""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Callable

from runbook_runner.model.events import Output
from runbook_runner.regex import regex
from runbook_runner.run.redact import Redactor
from runbook_runner.run.redacting_stream import RedactingStream

MIB = 1 << 20
_SMALL = 4096
"""Smaller pieces are gathered, so that a command that prints single characters costs no memory."""

# --- what a terminal may be sent ------------------------------------------------------------------

_ESCAPE = regex(
    r"\x1b(?:\[(?P<sgr>[0-9;:]{0,40}+m)|\[[0-?]*+[ -/]*+[@-~]"
    r"|[\]PX^_k](?:[^\x07\x1b\n]|\x1b(?!\\))*+(?:\x07|\x1b\\|(?=\n))|[ -/]++[0-~]|[0-Z\\^-~])"
)
_BEGUN = regex(r"\x1b(?:\[[0-?]*+[ -/]*+|[\]PX^_k](?:[^\x07\x1b\n]|\x1b(?!\\))*+|[ -/]*+)?\Z|\r\Z")
_UNSAFE = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")
_CONTROL = regex(f"{_ESCAPE.pattern}|{_UNSAFE.pattern}")
_LONGEST = 4096
_COLOUR = regex(r"[345]8[;:](?:5[;:]\d+|2[;:]+\d+[;:]\d+[;:]\d+)")
_CONCEAL = regex(r"(?:^|[;:])0*8(?=[;:m]|$)")


def safe_for_terminal(text: str) -> str:
    """Return a text that cannot move the cursor, retitle the window, switch screens or hide what it says.

    Colours stay; a carriage return becomes a line's end; every other control character goes.
    """
    if _UNSAFE.search(text) is None:
        return text
    return _CONTROL.sub(_harmless, re.sub(r"\r+\n?", "\n", text))


def _harmless(match: re.Match[str]) -> str:
    """Keep a colour; concealed text is no colour."""
    sgr = match.group("sgr")
    return "" if sgr is None or _CONCEAL.search(_COLOUR.sub("", sgr)) else match.group()


class TerminalFilter:
    """`safe_for_terminal` for text that comes in pieces, also where an escape sequence is split."""

    def __init__(self) -> None:
        self._held = ""
        self._coloured = False

    def feed(self, text: str) -> str:
        """Return what is safe of the text so far; the beginning of a sequence waits for its end."""
        text = self._held + text
        begun = _BEGUN.search(text, max(0, len(text) - _LONGEST))
        cut = begun.start() if begun is not None else len(text)
        self._held = text[cut:]
        safe = safe_for_terminal(text[:cut])
        self._coloured = self._coloured or "\x1b" in safe
        return safe

    def finish(self) -> str:
        """Return the end, with colours put back."""
        held, self._held = self._held, ""
        return ("\n" if held == "\r" else "") + ("\x1b[0m" if self._coloured else "")


def plain(text: str) -> str:
    """Return a text as predicates see it: without escape sequences and trailing newlines."""
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    return text.rstrip("\r\n")


# --- keeping --------------------------------------------------------------------------------------


class _Kept:
    """The head and the tail of a stream of bytes; what lies between is only counted."""

    def __init__(self, cap: int) -> None:
        self.size = 0
        self._head = bytearray()
        self._head_cap = cap - cap // 2
        self._tail: deque[bytes | bytearray] = deque()
        self._tail_cap = cap // 2
        self._tail_size = 0

    def write(self, data: bytes) -> None:
        self.size += len(data)
        room = self._head_cap - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if not data:
            return
        if len(data) >= self._tail_cap:
            self._tail.clear()
            data, self._tail_size = data[len(data) - self._tail_cap :], 0
        self._tail_size += len(data)
        last = self._tail[-1] if self._tail else b""
        if len(data) >= _SMALL:
            self._tail.append(data)
        elif isinstance(last, bytearray) and len(last) < 16 * _SMALL:
            last += data
        else:
            self._tail.append(bytearray(data))
        while self._tail_size - len(self._tail[0]) >= self._tail_cap:
            self._tail_size -= len(self._tail.popleft())

    @property
    def truncated(self) -> bool:
        return self.size > self._head_cap + self._tail_cap

    def head(self) -> bytes:
        return bytes(self._head)

    def tail(self) -> bytes:
        whole = b"".join(self._tail)
        return whole[max(0, len(whole) - self._tail_cap) :]

    @property
    def kept(self) -> int:
        return min(self.size, self._head_cap + self._tail_cap)

    def text(self) -> str:
        gap = b"\n" if self.truncated else b""
        return (self.head() + gap + self.tail()).decode("utf-8", "replace")


class _Shown:
    """What turns one stream's bytes into text that may be seen."""

    def __init__(self, redactor: Redactor) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._filter = TerminalFilter()
        self._redacting: RedactingStream = redactor.stream()

    def feed(self, data: bytes) -> str:
        return self._redacting.feed(self._filter.feed(self._decoder.decode(data)))

    def flush(self) -> str:
        return self._redacting.flush()

    def finish(self, *, cut: bool) -> str:
        rest = "" if cut else self._decoder.decode(b"", final=True)
        text = self._redacting.feed(self._filter.feed(rest)) + self._redacting.finish(cut=cut)
        return text + self._filter.finish()


class Capture:
    """One attempt's output.

    `show` gets (stream, text): stdout or stderr with redacted text, safe for a terminal, as it comes; `notice` once,
    when the output floods past the cap and is only counted from there on.
    """

    def __init__(self, redactor: Redactor, show: Callable[[str, str], None], *, cap: int = MIB) -> None:
        self._redactor = redactor
        self._show = show
        self._cap = cap
        self._kept: dict[str, _Kept] = {}
        self._both = _Kept(cap)
        self._shown: dict[str, _Shown] = {}
        self._flooded = False
        self._finished = False

    def write(self, stream: str, data: bytes) -> None:
        """Take output as it comes."""
        kept = self._kept.get(stream)
        if kept is None:
            kept = self._kept[stream] = _Kept(self._cap)
            self._shown[stream] = _Shown(self._redactor)
        kept.write(data)
        self._both.write(data)
        if self._flooded:
            return
        over = self._both.size - self._cap
        if over <= 0:
            self._say(stream, self._shown[stream].feed(data))
            return
        self._say(stream, self._shown[stream].feed(data[: len(data) - over]))
        self._flooded = True
        for name, shown in self._shown.items():
            self._say(name, shown.finish(cut=True))
        self._show("notice", f"\nmore than {size_text(self._cap)}: the rest is counted, not shown\n")

    def flush(self) -> None:
        """Show what there is of unfinished lines, such as a prompt; call it from `tick`."""
        if not self._flooded:
            for name, shown in self._shown.items():
                self._say(name, shown.flush())

    def finish(self) -> None:
        """Show the rest: no more will come."""
        if self._finished or self._flooded:
            return
        self._finished = True
        for name, shown in self._shown.items():
            self._say(name, shown.finish(cut=False))

    def _say(self, stream: str, text: str) -> None:
        if text:
            self._show(stream, text)

    # --- what came ------------------------------------------------------------------------------

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that anything came from."""
        return tuple(self._kept)

    def raw(self, stream: str) -> str:
        """Return what was kept of a stream (`output`: of all, interleaved), unredacted: for predicates only."""
        kept = self._both if stream == "output" else self._kept.get(stream)
        return kept.text() if kept is not None else ""

    def came(self, stream: str) -> int:
        """Return how many bytes came from a stream."""
        kept = self._kept.get(stream)
        return kept.size if kept is not None else 0

    @property
    def output(self) -> str:
        """What was kept of all streams, interleaved and unredacted."""
        return self._both.text()

    def truncated(self, stream: str) -> bool:
        """Say whether something was left out of a stream (`output`: of all, interleaved)."""
        kept = self._both if stream == "output" else self._kept.get(stream)
        return kept is not None and kept.truncated

    @property
    def size(self) -> int:
        """Bytes that came, on all streams."""
        return self._both.size

    def summary(self) -> str:
        """Return `kept 1 MiB of 3.2 GiB`, or nothing when all was kept."""
        parts = [
            f"{name}: kept {size_text(kept.kept)} of {size_text(kept.size)}"
            for name, kept in self._kept.items()
            if kept.truncated
        ]
        return ", ".join(parts)

    def outputs(self, attempt: int) -> tuple[Output, ...]:
        """Return what the journal keeps: redacted, harmless to a terminal, head and tail."""
        found = []
        for name, kept in self._kept.items():
            if kept.truncated:
                head, tail = self._seen(kept.head(), cut=True), self._seen_tail(kept.tail())
            else:
                head, tail = self._seen(kept.head() + kept.tail(), cut=False), ""
            found.append(Output(attempt, name, head, tail, kept.size, kept.kept))
        return tuple(found)

    def _seen(self, data: bytes, *, cut: bool) -> str:
        shown = _Shown(self._redactor)
        return shown.feed(data) + shown.finish(cut=cut)

    def _seen_tail(self, data: bytes) -> str:
        return self._redactor.tail(safe_for_terminal(data.decode("utf-8", "replace")))


def size_text(size: int) -> str:
    """Return a number of bytes for a reader: `1 MiB`, `3.2 GiB`."""
    value = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.1f}".removesuffix(".0") + f" {unit}"
