"""Which alert leads to which runbook, and which runbook is reached from which alert."""

from __future__ import annotations

from msgspec import Struct


class LastRun(Struct, frozen=True):
    """The last time that somebody walked a runbook, or a runbook for an alert."""

    run: str
    wall: float
    outcome: str
    """Empty while it has not ended."""
    who: str = ""


class AlertRow(Struct, frozen=True):
    """One alert, as often as it leads somewhere else."""

    name: str
    severities: tuple[str, ...] = ()
    runbook: str = ""
    """The file, as she would type it; empty when there is none here."""
    by: str = ""
    """What leads there: `link` of the alert; `trigger`, `title` or `file` name of the runbook; empty for nothing."""
    anchor: str = ""
    link: str = ""
    """As written; empty when the alert has none."""
    wanted: str = ""
    """The file that its link promises and that is not there."""
    mapped: bool = False
    """The configuration says where such a link leads."""
    dashboard: str = ""
    """As the alert has it, else as its runbook has it."""
    places: tuple[tuple[str, int], ...] = ()
    """File and line of its rules; empty for one that only a runbook names."""
    last: LastRun | None = None


class RunbookRow(Struct, frozen=True):
    """One runbook."""

    path: str
    title: str
    alerts: tuple[str, ...] = ()
    """That lead to it."""
    unknown: tuple[str, ...] = ()
    """Its triggers that are no alert in the rules."""
    last: LastRun | None = None
    drilled: float | None = None
    """Wall time of the last drill that came to its end here."""


class AlertTable(Struct, frozen=True):
    """The table both ways: the subject of the formats `alerts_…`."""

    alerts: tuple[AlertRow, ...]
    """By name."""
    runbooks: tuple[RunbookRow, ...]
    """By path."""
    files: int
    """Of alert rules; 0 when none were given, and all is said by the runbooks."""
    advice: tuple[str, ...] = ()
    """What to write into the configuration, for links that nothing maps."""
    missing: bool = False
    """Only what is missing is shown."""
    colour: bool = False
    width: int = 0
    """Columns of the terminal; 0: as long as it takes."""

    @property
    def uncovered(self) -> tuple[AlertRow, ...]:
        """The alerts that lead to no runbook here."""
        return tuple(row for row in self.alerts if not row.runbook)

    @property
    def unreached(self) -> tuple[RunbookRow, ...]:
        """The runbooks to which no alert leads."""
        return tuple(row for row in self.runbooks if not row.alerts)

    @property
    def mistaken(self) -> tuple[RunbookRow, ...]:
        """The runbooks that name an alert that does not exist."""
        return tuple(row for row in self.runbooks if row.unknown)
