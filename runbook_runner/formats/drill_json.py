"""The debrief of a drill, as JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from runbook_runner.ports import Format


class DrillJson:
    """What `runbook drill --json` writes at the end."""

    name = "json"

    def render(self, subject: Any) -> str:
        """Return one object with the debrief's fields; times in seconds."""
        return json.dumps(msgspec.to_builtins(subject), indent=2, ensure_ascii=False) + "\n"


FORMAT: Format = DrillJson()
