"""Hides secrets in what a command prints, as it comes, however the reads divide it."""

from __future__ import annotations

import re

from runbook_runner.run.redact import CONTEXT, Redactor
from runbook_runner.syntax.secrets import Found

_LINE = 1 << 16
"""A line longer than this is shown in pieces."""


class RedactingStream:
    """Hides secrets in text that comes in pieces, line by line.

    A line is read as a whole even if it was shown in part. `flush` shows what there is of an unfinished line, such as
    a prompt, but for an end that may still become a secret.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._parts: list[str] = []
        self._size = 0
        self._shown = 0  # how much of the unfinished line has been dealt with
        self._marked = -1  # where the last span stands that a marker was shown for
        self._inside = False  # a private key has begun
        self._swallow = False  # an endless token is left out until it ends

    def feed(self, text: str) -> str:
        """Take a piece; return the complete lines that can be shown."""
        if self._swallow:
            end = re.search(r"[\s\"']", text)
            if end is None:
                return ""
            text, self._swallow = text[end.start() :], False
        self._parts.append(text)
        self._size += len(text)
        # What a carriage return at the end means is not known before the next piece.
        cut = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        if not cut:
            return self._long() if self._size > _LINE else ""
        whole = self._pending()
        cut += len(whole) - len(text)
        cut = self._before_literal(whole, cut)
        if not cut:
            return ""
        lines, rest = whole[:cut], whole[cut:]
        spans, self._inside = self._redactor.found(lines, inside=self._inside)
        out = self._emit(lines, spans, cut)
        self._parts, self._size, self._shown, self._marked = [rest], len(rest), 0, -1
        if self._inside:
            self._marked = 0
        return out

    def flush(self) -> str:
        """Return what can be shown of an unfinished line."""
        text = self._pending()
        if not text or self._inside:
            return ""
        spans, _ = self._redactor.found(text, inside=False)
        return self._emit(text, spans, self._redactor.unfinished(text, spans))

    def finish(self, *, cut: bool = False) -> str:
        """Return the rest; `cut`: more would have come, so that an end which may be part of a secret is left out."""
        text = self._pending()
        spans, _ = self._redactor.found(text, inside=self._inside)
        if not cut:
            out = self._emit(text, spans, len(text))
        else:
            out = self._emit(text, spans, self._redactor.unfinished(text, spans))
        self._parts, self._size = [], 0
        return out

    def _pending(self) -> str:
        if len(self._parts) != 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0]

    def _before_literal(self, text: str, cut: int) -> int:
        """Return `cut`, or an earlier end of a line if a declared secret of several lines may go on after it."""
        for literal in self._redactor.literals:
            if "\n" in literal:
                for length in range(min(len(literal) - 1, cut), 0, -1):
                    if literal.startswith(text[cut - length : cut]) and "\n" in text[cut - length : cut]:
                        cut = text.rfind("\n", 0, cut - length) + 1
                        break
        return text.rfind("\n", 0, begun) + 1 if (begun := self._redactor.broken_off(text[:cut])) < cut else cut

    def _long(self) -> str:
        """Show a piece of an endless line, and keep the end of it as context."""
        out = self.flush()
        text = self._pending()
        spans, _ = self._redactor.found(text, inside=False)
        goes_on = bool(spans and spans[-1][1] == len(text))
        if goes_on or len(text) - self._shown > CONTEXT:
            out += "" if goes_on and self._marked == spans[-1][0] else "[redacted: endless]"
            self._swallow, text, self._shown = True, "", 0
        drop = len(text) if self._inside else max(0, len(text) - CONTEXT)
        self._parts, self._size = [text[drop:]], len(text) - drop
        self._shown = max(0, self._shown - drop)
        self._marked = 0 if self._inside else -1
        return out

    def _emit(self, text: str, spans: list[Found], upto: int) -> str:
        parts: list[str] = []
        at = self._shown
        for start, end, rule in spans:
            if not rule or end <= at:
                continue
            if start >= upto:
                break
            if start > at:
                parts.append(text[at:start])
            if self._marked != start:
                parts.append(f"[redacted: {rule}]")
                self._marked = start
            at = end
        if at < upto:
            parts.append(text[at:upto])
            at = upto
        self._shown = at
        return "".join(parts)
