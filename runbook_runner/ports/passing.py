"""The part of a session that is the same wherever nothing outlives the process that asked."""

from __future__ import annotations

from collections.abc import Mapping

from runbook_runner.ports import Ending, Finished, Sink, Snapshot, Started, StillRunning


class Passing:
    """What `Session` asks beside `execute`, of commands that leave nothing behind: no process, no output, no state."""

    def recover(self, attempt: int, started: Started | None) -> Finished | StillRunning:
        """Know nothing: the answer went to a process that is gone."""
        return Finished(Ending.LOST)

    def attach(self, attempt: int, started: Started, sink: Sink) -> Finished:
        """Know nothing."""
        return Finished(Ending.LOST)

    def recovered_output(self, attempt: int) -> Mapping[str, bytes]:
        """Return nothing: no output outlives the process."""
        return {}

    def background(self) -> tuple[str, ...]:
        """Return nothing: none stays."""
        return ()

    def stop_background(self) -> None:
        """Do nothing."""

    def snapshot(self) -> Snapshot | None:
        """Return nothing: one command leaves nothing for the next."""
        return None

    def close(self, *, remove: bool) -> None:
        """Do nothing."""
