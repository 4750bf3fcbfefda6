"""A run as lines of JSON, one a durable event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from runbook_runner.model.events import Event
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook


class JsonReporter:
    """Writes every durable event as one line of JSON, and nothing else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
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
        """Say nothing."""

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Say nothing: it is in the runbook."""

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show nothing."""

    def output(self, stream: str, text: str) -> None:
        """Show nothing: the output is in its event."""


def iso(wall: float) -> str:
    """Return a wall time as ISO 8601 in UTC, to the millisecond."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
