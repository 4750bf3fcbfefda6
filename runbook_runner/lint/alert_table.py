"""Alert rules and runbooks -> which alert leads to which runbook, both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from msgspec import Struct
from msgspec.structs import replace

from runbook_runner.lint.alerting import Alerts, Watch
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.facts import there
from runbook_runner.lint.rules.unknown_trigger import known
from runbook_runner.model.alert import AlertRule, RuleFile
from runbook_runner.model.alert_table import AlertRow, AlertTable, LastRun, RunbookRow
from runbook_runner.ports.lint import Outline

_LISTS = ("index", "_index", "readme")
_RANKS = ("page", "critical", "error", "high", "warning", "medium", "low", "info", "none")


class Lately(Struct, frozen=True):
    """The last runs that the journal knows."""

    alerts: Mapping[str, LastRun] = {}
    """By name of the alert that they were for."""
    paths: Mapping[str, LastRun] = {}
    """By absolute path of the runbook."""
    drills: Mapping[str, float] = {}
    """Wall time of the last drill, by absolute path of the runbook."""


def coverage(outlines: Sequence[Outline], alerts: Alerts, lately: Lately, *, given: bool) -> AlertTable:
    """Return the table; without alert rules (`given` is false) the runbooks' own triggers are all that is known."""
    paths = [outline.path for outline in outlines]
    names = alerts.names if given else None
    documents = Documents(paths, lambda number: outlines[number], lambda path: (there(path), None), names)
    table = _Table(outlines, Watch(alerts, documents), alerts, lately)
    rows = table.rows() if given else table.named_only()
    reached: dict[str, set[str]] = {}
    for row in rows:
        reached.setdefault(row.runbook, set()).add(row.name)
    runbooks = [table.runbook(outline, reached, names) for outline in outlines]
    advice = tuple(stray.hint for stray in table.watch.strays())
    # A page that only lists others is no runbook, unless an alert thinks so.
    runbooks = [row for row in runbooks if row.alerts or PurePath(row.path).stem.lower() not in _LISTS]
    return AlertTable(tuple(rows), tuple(runbooks), len(alerts.files), advice)


class _Table:
    def __init__(self, outlines: Sequence[Outline], watch: Watch, alerts: Alerts, lately: Lately) -> None:
        self.watch = watch
        self.shown = alerts.shown
        self.lately = lately
        self.outlines = {outline.path: outline for outline in outlines}
        self.triggers: dict[str, Outline] = {}
        self.titles: dict[str, Outline] = {}
        self.stems: dict[str, Outline] = {}
        for outline in outlines:
            self.titles.setdefault(outline.title, outline)
            self.stems.setdefault(PurePath(outline.path).stem, outline)
            for name, _ in outline.alerts:
                self.triggers.setdefault(name, outline)

    def rows(self) -> list[AlertRow]:
        """Return a row for each alert, and one more for each other place that it leads to."""
        found: dict[tuple[str, str, str], AlertRow] = {}
        for file in self.watch.files():
            for alert in file.alerts:
                row = self._row(alert, file)
                key = (row.name, row.runbook, row.link)
                before = found.get(key)
                found[key] = row if before is None else _merged(before, row)
        return sorted(found.values(), key=lambda row: (row.name.lower(), row.name, row.link))

    def _row(self, alert: AlertRule, file: RuleFile) -> AlertRow:
        name, link, landing = alert.name.text, alert.runbook, self.watch.landing(alert, file)
        path, by, anchor = "", "", ""
        if landing is not None and landing.path:
            path, by, anchor = landing.path, "link", landing.anchor
        elif (outline := self.triggers.get(name)) is not None:
            path, by = outline.path, "trigger"
        elif (outline := self.titles.get(name)) is not None:
            path, by = outline.path, "title"
        elif (outline := self.stems.get(name)) is not None:
            path, by = outline.path, "file"
        dashboard = alert.dashboard.text if alert.dashboard is not None else ""
        if not dashboard and path in self.outlines:
            dashboard = self.outlines[path].dashboard
        return AlertRow(
            name,
            (alert.severity,) if alert.severity else (),
            self.shown(path) if path else "",
            by,
            anchor,
            link.text if link is not None else "",
            landing.wanted if landing is not None and not landing.path else "",
            landing.mapped if landing is not None else link is not None,
            dashboard,
            ((file.path, alert.name.span.line),),
            self.lately.alerts.get(name),
        )

    def named_only(self) -> list[AlertRow]:
        """Return a row for each alert that a runbook names."""
        return [
            AlertRow(
                name, (), self.shown(outline.path), "trigger", dashboard=outline.dashboard,
                last=self.lately.alerts.get(name),
            )
            for name, outline in sorted(self.triggers.items(), key=lambda item: item[0].lower())
        ]  # fmt: skip

    def runbook(self, outline: Outline, reached: Mapping[str, set[str]], names: frozenset[str] | None) -> RunbookRow:
        """Return the row of one runbook."""
        shown = self.shown(outline.path)
        own = [name for name, _ in outline.alerts]
        unknown = [name for name in own if names is not None and not known(name, names)]
        here = reached.get(shown, set()) | {name for name in own if name not in unknown}
        last = self.lately.paths.get(outline.path)
        drilled = self.lately.drills.get(outline.path)
        return RunbookRow(shown, outline.title, tuple(sorted(here, key=str.lower)), tuple(unknown), last, drilled)


def _merged(one: AlertRow, other: AlertRow) -> AlertRow:
    found = sorted({*one.severities, *other.severities}, key=_rank)
    dashboard = one.dashboard or other.dashboard
    return replace(one, severities=tuple(found), dashboard=dashboard, places=one.places + other.places)


def _rank(severity: str) -> tuple[int, str]:
    return (_RANKS.index(severity) if severity in _RANKS else len(_RANKS), severity)
