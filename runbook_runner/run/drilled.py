"""When each runbook was last drilled, as the journal of drills says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.ports import Store


def last_drilled(drills: Store) -> Mapping[str, float]:
    """Return the wall time of the last drill that came to its end, by the absolute path of the runbook."""
    paths: dict[str, str] = {}
    found: dict[str, float] = {}
    for event in drills.select(("run_started", "run_ended")):
        match decode(event):
            case e.RunStarted(path=path, directory=directory, parent_run=""):
                paths[event.run] = str((Path(directory) / path).resolve())
            case e.RunEnded() if event.run in paths:
                found[paths[event.run]] = event.wall
            case _:
                pass
    return found
