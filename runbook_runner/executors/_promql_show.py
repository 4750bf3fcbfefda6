"""Series as she reads them: a table, and for a window a line of blocks that shows whether it is getting better."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Mapping, Sequence

from runbook_runner.executors._prometheus import Found, Series

ROWS = 40
"""Series that are shown."""
_BLOCKS = "▁▂▃▄▅▆▇█"
_PLAIN = ".:-=+*#@"
"""For terminals without UTF-8."""
_GAP = " "
_LEAST = 0.25
"""A line over its whole height is a change of at least this part of the value: a ripple should look like one."""


def number(value: float) -> str:
    """Write a value."""
    if math.isnan(value) or math.isinf(value):
        return {True: "NaN"}.get(math.isnan(value), "+Inf" if value > 0 else "-Inf")
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.6g}"


def labels(given: Mapping[str, str], without: Iterable[str] = ()) -> str:
    """Write a series's name and labels, as a query would."""
    left = {key: value for key, value in given.items() if key not in set(without)}
    name = left.pop("__name__", "")
    pairs = ", ".join(f"{key}={_quoted(value)}" for key, value in sorted(left.items()))
    return f"{name}{{{pairs}}}" if pairs or not name else name


def _quoted(value: str) -> str:
    return (
        '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\{c}" if c in '"\\' else "?" for c in value) + '"'
    )


def instant(found: Found) -> str:
    """Return the table of a result without a window."""
    if found.text:
        return f"{found.text}\n"
    if not found.series:
        return "no data: nothing matches the query now\n"
    if len(found.series) == 1 and not found.series[0].labels and found.series[0].values:
        return f"{number(found.series[0].values[-1])}\n"
    common, head = _common(found.series)
    chosen = _largest(found.series)
    cells = [number(each.values[-1]) if each.values else "histogram" for each in chosen]
    wide = max(map(len, [*cells, "value"]))
    lines = [*([head] if head else []), f"{'value':>{wide}}  series"]
    rows = zip(cells, chosen, strict=True)
    lines += [f"{cell:>{wide}}  {labels(each.labels, common)}" for cell, each in rows]
    return _ended(lines, found)


def window(found: Found, seconds: float, until: float, step: float) -> str:
    """Return the table of a window, with a line of blocks for each series."""
    from_ = time.strftime("%H:%M", time.gmtime(until - seconds))
    to = time.strftime("%H:%MZ", time.gmtime(until))  # as all that is told of a run: she is to compare it with the page
    about = f"{span(seconds)}, {from_} to {to}, a point every {span(step)}"
    if not found.series:
        return f"no data in {about}\n"
    points = round(seconds / step) + 1
    moments = [until - seconds + step * at for at in range(points)]
    common, head = _common(found.series)
    table = [("now", "was", "min", "max", "", "series")]
    for each in _largest(found.series):
        here = _aligned(each, moments, step)
        numbers = [value for value in here if value is not None and not math.isnan(value)]
        last, first = here[-1], next((value for value in here if value is not None), None)
        cells = [
            _cell(last, "gone"),
            _cell(first, "-"),
            *(_cell(f(numbers), "") if numbers else "-" for f in (min, max)),
        ]
        table.append((*cells[:4], spark(here), labels(each.labels, common)))  # type: ignore[arg-type]
    wide = [max(len(row[at]) for row in table) for at in range(5)]
    lines = [about, *([head] if head else [])]
    for row in table:
        figures = "  ".join(f"{row[at]:>{wide[at]}}" for at in range(4))
        lines.append(f"{figures}  {row[4]:<{wide[4]}}  {row[5]}".rstrip())
    return _ended(lines, found)


def windows(ratios: Mapping[str, float | str]) -> str:
    """Return the table of a ratio over several windows."""
    wide = max(map(len, [*ratios, "window"]))
    lines = [f"{'window':<{wide}}  error ratio"]
    lines += [f"{name:<{wide}}  {number(r) if isinstance(r, float) else r}" for name, r in ratios.items()]
    return "\n".join(lines) + "\n"


def span(seconds: float) -> str:
    """Write a length of time as Prometheus does."""
    left, parts = round(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        if left >= size:
            parts.append(f"{left // size}{unit}")
            left %= size
    return "".join(parts) or f"{seconds:g}s"


def step_for(seconds: float) -> float:
    """Choose how far apart the points of a window lie: about thirty of them, at even times."""
    for nice in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400):
        if seconds / nice <= 32:
            return float(nice)
    return float(86400 * math.ceil(seconds / 86400 / 32))


def spark(values: Sequence[float | None]) -> str:
    """Draw values as blocks between their least and their greatest; a gap where there is none."""
    blocks = _BLOCKS if "utf" in (sys.stdout.encoding or "utf-8").lower() else _PLAIN
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    if not numbers:
        return _GAP * len(values)
    low, high = min(numbers), max(numbers)
    if high != low:
        low = min(low, high - _LEAST * max(abs(low), abs(high)))
    return "".join(_block(value, low, high, blocks) for value in values)


def _block(value: float | None, low: float, high: float, blocks: str) -> str:
    if value is None or math.isnan(value):
        return _GAP
    if math.isinf(value):
        return blocks[-1 if value > 0 else 0]
    if high == low:
        return blocks[0] if value == 0 else blocks[3]
    return blocks[min(int((value - low) / (high - low) * len(blocks)), len(blocks) - 1)]


def _cell(value: float | None, without: str) -> str:
    return without if value is None else number(value)


def _aligned(series: Series, moments: Sequence[float], step: float) -> list[float | None]:
    """Return the value at each moment, None where there is none."""
    at = {round((moment - moments[0]) / step): value for moment, value in zip(series.times, series.values, strict=True)}
    return [at.get(place) for place in range(len(moments))]


def _common(series: Sequence[Series]) -> tuple[frozenset[str], str]:
    """Return the labels that all series share, which need not stand in each row, and a line that names them."""
    if len(series) < 2:
        return frozenset(), ""
    first = series[0].labels
    shared = {key: value for key, value in first.items() if all(each.labels.get(key) == value for each in series)}
    return frozenset(shared), f"all of {labels(shared)}" if shared else ""


def _largest(series: Sequence[Series]) -> Sequence[Series]:
    if len(series) <= ROWS:
        return series
    return sorted(
        series, key=lambda each: -each.values[-1] if each.values and each.values[-1] == each.values[-1] else math.inf
    )[:ROWS]


def _ended(lines: list[str], found: Found) -> str:
    if len(found.series) > ROWS:
        lines.append(f"… {len(found.series)} series in all, the {ROWS} largest are shown")
    return "\n".join(lines) + "\n"
