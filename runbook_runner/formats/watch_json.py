"""What happens in a run that is watched, as JSON lines."""

from __future__ import annotations

import json
from typing import Any

from runbook_runner.formats import Moment
from runbook_runner.ports import Format


class WatchJson:
    """`runbook watch --json`: the lines that `run --json` prints."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one line."""
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


def _iso(wall: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


FORMAT: Format = WatchJson()
