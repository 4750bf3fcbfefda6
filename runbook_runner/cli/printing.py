"""What a command of a watched run prints while it runs, put together from one look to the next."""

from __future__ import annotations

from collections.abc import Iterator

from runbook_runner.formats import Glimpse
from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.model.events import Event
from runbook_runner.ports import Live


class Printing:
    """One attempt's output, as far as it was seen."""

    def __init__(self, run: str, attempt: int, label: str) -> None:
        self.attempt = attempt
        self._run = run
        self._label = label
        self._size = 0
        self._seen: dict[str, str | None] = {}
        """What was shown of each stream; None where something before it was missed."""
        self._unfinished: dict[str, str] = {}
        """Lines that have begun, by stream: they wait for their end for one look."""
        self._begun: set[str] = set()
        """Streams of which the beginning of a line was shown."""

    def news(self, live: Live | None, wall: float) -> Iterator[Glimpse]:
        """Yield what came since the last look, whole lines where they come."""
        mine = live if live is not None and live.attempt == self.attempt else None
        came = mine.size - self._size if mine else 0
        if mine is None or came <= 0:
            yield from self._stale(wall)
            return
        self._size = mine.size
        kept = sum(len(text) for _, text in mine.pieces)
        missed, skip = max(0, came - kept), max(0, kept - came)
        if missed:
            self._unfinished.clear()
            self._seen = dict.fromkeys(("stdout", "stderr"))
        for stream, text in mine.pieces:
            new, skip = text[skip:], max(0, skip - len(text))
            whole, end, begun = (self._unfinished.pop(stream, "") + new).rpartition("\n")
            if begun:
                self._unfinished[stream] = begun
            if end:
                yield self._shown(stream, whole + end, wall, missed)
                missed = 0

    def rest(self, event: Event) -> str | None:
        """Return what was not seen yet of an output that is recorded; None where it must be shown as a whole."""
        body = decode(event) if event.type == "output" else None
        if not isinstance(body, e.Output) or body.attempt != self.attempt or not self._seen:
            return None
        seen, text = self._seen.get(body.stream, ""), body.head + body.tail
        if seen is None or body.kept < body.size or not text.startswith(seen):
            return None
        return text[len(seen) :]

    def _stale(self, wall: float) -> Iterator[Glimpse]:
        """Yield lines that do not go on: a prompt, a bar that moves on its own line."""
        for stream, text in list(self._unfinished.items()):
            del self._unfinished[stream]
            yield self._shown(stream, text, wall, 0)
            self._begun.add(stream)

    def _shown(self, stream: str, text: str, wall: float, missed: int) -> Glimpse:
        before = self._seen.get(stream, "")
        self._seen[stream] = None if before is None else before + text
        goes_on = stream in self._begun
        self._begun.discard(stream)
        return Glimpse(self._run, self.attempt, wall, stream, text, self._label, goes_on, missed)
