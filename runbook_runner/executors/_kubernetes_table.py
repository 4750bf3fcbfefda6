"""Objects as kubectl prints them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from runbook_runner.executors._kubernetes_find import Listing


def table(listing: Listing, *, wide: bool = False, everywhere: bool = False) -> str:
    """Return the server's table; of a server that makes none, the names."""
    columns, cells = listing.columns, listing.cells
    if not columns:
        columns = [{"name": "Name", "priority": 0}, {"name": "Created", "priority": 0}]
        cells = [[meta(each, "name"), meta(each, "creationTimestamp")] for each in listing.objects]
    shown = [at for at, column in enumerate(columns) if wide or not column.get("priority")]
    head = [str(columns[at]["name"]).upper() for at in shown]
    lines = [[_cell(row[at]) if at < len(row) else "" for at in shown] for row in cells]
    if everywhere:
        head = ["NAMESPACE", *head]
        lines = [[meta(each, "namespace"), *line] for each, line in zip(listing.objects, lines, strict=True)]
    return aligned([head, *lines])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows in columns, three spaces apart."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ("   ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines) + "\n"


def meta(item: Mapping[str, Any], key: str) -> str:
    """Return a part of an object's metadata."""
    return str((item.get("metadata") or {}).get(key) or "")


def last_seen(event: Mapping[str, Any]) -> str:
    """Return when an event was seen last, as the API writes times: they sort as texts."""
    series = (event.get("series") or {}).get("lastObservedTime")
    return str(series or event.get("lastTimestamp") or event.get("eventTime") or meta(event, "creationTimestamp"))


def events_table(events: Sequence[Mapping[str, Any]], now: datetime, *, everywhere: bool) -> str:
    """Return events as `kubectl events` prints them, the latest last."""
    rows = [["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]]
    for event in events:
        about = event.get("involvedObject") or {}
        name = f"{about.get('kind', '')}/{about.get('name', '')}"
        said = " ".join(str(event.get("message") or "").split())
        rows.append([_seen(event, now), *(str(event.get(key) or "") for key in ("type", "reason")), name, said])
    if everywhere:
        spaces = ["NAMESPACE", *(meta(event, "namespace") for event in events)]
        rows = [[space, *row] for space, row in zip(spaces, rows, strict=True)]
    return aligned(rows)


def _seen(event: Mapping[str, Any], now: datetime) -> str:
    last = _ago(last_seen(event), now)
    count = (event.get("series") or {}).get("count") or event.get("count") or 1
    first = str(event.get("eventTime") or event.get("firstTimestamp") or "")
    return f"{last} (x{count} over {_ago(first, now)})" if count > 1 else last


def _ago(time: str, now: datetime) -> str:
    """Return how long ago a time was, as kubectl writes it: the smaller unit as well where it says something."""
    try:
        seconds = max(int((now - datetime.fromisoformat(time)).total_seconds()), 0)
    except ValueError:
        return "<unknown>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    for value, unit, alone, smaller, rest, both in (
        (seconds, "s", 120, "", 0, 120),
        (minutes, "m", 180, "s", seconds % 60, 10),
        (hours, "h", 48, "m", minutes % 60, 8),
        (days, "d", 730, "h", hours % 24, 8),
    ):
        if value < both:
            return f"{value}{unit}" + (f"{rest}{smaller}" if rest else "")
        if value < alone:
            return f"{value}{unit}"
    return f"{days // 365}y" + (f"{days % 365}d" if days % 365 and days < 8 * 365 else "")


def _cell(value: Any) -> str:
    if value is None:
        return ""  # as kubectl: where `<none>` is meant, the server writes so
    # Names of other people's objects end up on her terminal.
    return "".join(each if each.isprintable() else " " for each in str(value))
