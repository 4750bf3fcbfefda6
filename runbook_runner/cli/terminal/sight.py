"""Whether a question has reached her screen: only then may a key answer it.

A terminal that is asked for its cursor answers on the same line that keys come on, after it has shown all that was
written before. So what comes before the answer was pressed before she could have seen the question, however slow the
link. A terminal that does not answer is soon left alone, and what was typed meanwhile counts.
"""

from __future__ import annotations

import re
import time

ASK = b"\x1b[6n"
_REPORT = re.compile(rb"\x1b\[\d+;\d+R")
_UNKNOWN, _KNOWN = 1.0, 10.0
"""Seconds to wait for a terminal that never answered yet, and for one that does: its link may hang."""


class Sight:
    """What a terminal still owes, for all questions that it is shown."""

    def __init__(self) -> None:
        self._answers: bool | None = None
        self._owed = 0
        self._until = 0.0
        self._held = b""

    @property
    def owed(self) -> bool:
        """Whether an answer is outstanding."""
        return self._owed > 0

    def question(self) -> bytes:
        """Return what to write behind a question; empty for a terminal that does not answer."""
        if self._answers is False:
            return b""
        self._owed += 1
        self._until = time.monotonic() + (_KNOWN if self._answers else _UNKNOWN)
        return ASK

    def drop(self, data: bytes) -> None:
        """Take note of the answers in what is thrown away."""
        self._held = b""
        self._owed = max(0, self._owed - len(_REPORT.findall(data)))

    def seen(self, data: bytes) -> bytes:
        """Return what was pressed in sight of the question; nothing while that is not known.

        Bytes in, bytes out, in order; the terminal's own answers are left out.
        """
        self._held += data
        while self._owed and (found := _REPORT.search(self._held)):
            self._held = self._held[found.end() :]
            self._owed -= 1
            self._answers = True
        if self._owed and time.monotonic() < self._until:
            return b""
        if self._owed:
            self._owed, self._answers = 0, self._answers or False
        data, self._held = self._held, b""
        if late := len(_REPORT.findall(data)):
            self._answers = True
        return _REPORT.sub(b"", data) if late else data
