"""How a runbook or a run is written down; one file a format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:  # formats of other things do without
    from collections.abc import Sequence

    from runbook_runner.model.events import Event
    from runbook_runner.model.runbook import Runbook
    from runbook_runner.model.state import RunState


class Record(Struct, frozen=True):
    """A run to write down; formats of runs take this, or a bare `RunState`."""

    state: RunState
    events: Sequence[Event] = ()
    """The raw events, for JSON."""
    runbook: Runbook | None = None
    """What was walked: gives steps their titles, and changes their way back."""
    children: tuple[Record, ...] = ()
    """The runs that were walked from it."""
    apart: str = ""
    """By whom, where this is a branch of the run that somebody walked out of touch with the journal."""


class Moment(Struct, frozen=True):
    """One event of a run that is watched, and the run after it."""

    event: Event
    of: Record
    label: str = ""
    """Which run it is, where several are watched."""
    rest: str | None = None
    """Of an output that was shown as it came: what was not yet; None where nothing was."""


class Glimpse(Struct, frozen=True):
    """What a command printed since the last look, while it runs; no part of the record."""

    run: str
    attempt: int
    wall: float
    stream: str
    text: str
    label: str = ""
    """Which run it is, where several are watched."""
    goes_on: bool = False
    """It goes on with a line whose beginning was shown already."""
    missed: int = 0
    """Characters before it that came too fast to be seen."""


class Hit(Struct, frozen=True):
    """A place that a search found."""

    run: str
    title: str
    wall: float
    where: str
    """note, reason, call, end, or the stream that a command printed it to."""
    line: str
    by: str
    """Who wrote it, or the step whose command printed it."""
    more: int = 0
    """Further lines of the same text that hold it."""


def record(subject: Any) -> Record:
    """Return the subject of a format of runs as a `Record`."""
    return subject if isinstance(subject, Record) else Record(subject)
