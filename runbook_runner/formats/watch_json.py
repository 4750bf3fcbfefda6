"""What happens in a run that is watched, as JSON lines."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats import Glimpse, Moment
from runbook_runner.ports import Format


class WatchJson:
    """`runbook watch --json`: the lines that `run --json` prints."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one line."""
        if isinstance(subject, Glimpse):
            return json.dumps(_glimpse(subject), ensure_ascii=True) + "\n"
        moment: Moment = subject
        event = moment.event
        line = {
            "run": event.run,
            "seq": event.seq,
            "writer": event.writer,
            "type": event.type,
            "wall": _iso(event.wall),
            "data": dict(event.payload) if event.payload is not None else None,
            "digest": event.digest,
        }
        return json.dumps(line, ensure_ascii=True) + "\n"


def _glimpse(of: Glimpse) -> dict[str, Any]:
    """Return what a command prints just now: neither `seq` nor `digest`, for it is no event."""
    data = {"attempt": of.attempt, "stream": of.stream, "text": of.text, "missed": of.missed}
    return {"run": of.run, "type": "live", "wall": _iso(of.wall), "data": data}


def _iso(wall: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


FORMAT: Format = WatchJson()
