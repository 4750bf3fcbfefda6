"""A run as lines of JSON, one a durable event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from runbook_runner.model.events import Event
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Reporter


class JsonReporter:
    """Writes every durable event as one line of JSON, and nothing else; `aside` shows the rest to a person."""

    def __init__(self, stream: TextIO, aside: Reporter | None = None) -> None:
        self._stream = stream
        self._aside = aside
        self._broken = False

    def event(self, event: Event) -> None:
        """Write the event at once; a reader that went away does not stop the run."""
        import json

        line = {
            "run": event.run,
            "seq": event.seq,
            "writer": event.writer,
            "type": event.type,
            "wall": iso(event.wall),
            "data": dict(event.payload) if event.payload is not None else None,
            "digest": event.digest,
        }
        if self._broken:
            return
        try:
            self._stream.write(json.dumps(line, ensure_ascii=True) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            self._broken = True

    def say(self, text: str, *, style: str = "") -> None:
        """Show it to the person who answers, if there is one."""
        if self._aside is not None:
            self._aside.say(text, style=style)

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Show it to the person who answers, if there is one."""
        if self._aside is not None:
            self._aside.prose(title, blocks)

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show it to the person who answers, if there is one."""
        if self._aside is not None:
            self._aside.step(runbook, step, place)

    def output(self, stream: str, text: str) -> None:
        """Show it to the person who answers, if there is one."""
        if self._aside is not None:
            self._aside.output(stream, text)


def iso(wall: float) -> str:
    """Return a wall time as ISO 8601 in UTC, to the millisecond."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
