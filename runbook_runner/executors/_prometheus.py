"""Prometheus's HTTP API: a query, and what came of it as data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

from runbook_runner.executors._web import Answer, Call, Exchange
from runbook_runner.executors._web_errors import Unanswered
from runbook_runner.executors._web_target import Endpoint, addressed

_KEPT = 8 << 20
"""Bytes of an answer that are read."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Run = Callable[[Exchange], Answer]


class Failed(Exception):
    """The query has no result; the message says why."""

    def __init__(self, message: str, *, cancelled: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.cancelled = cancelled


class Series(Struct, frozen=True):
    """One series, with its samples in order of time."""

    labels: Mapping[str, str]
    times: tuple[float, ...]
    values: tuple[float, ...]
    histogram: bool = False
    """A native histogram, whose value is no number."""


class Found(Struct, frozen=True):
    """What a query gave."""

    series: tuple[Series, ...] = ()
    text: str = ""
    """Of a query whose result is a string."""
    said: tuple[str, ...] = ()
    """Warnings and infos."""
    cut: int = 0
    """Series that were left out."""


class _Reply(Struct, rename={"kind": "errorType"}):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    kind: str = ""
    error: str = ""
    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)


class _Data(Struct, rename={"kind": "resultType"}):
    kind: str
    result: msgspec.Raw


class _Row(Struct):
    metric: dict[str, str] = field(default_factory=dict)
    value: tuple[float, str] | None = None
    values: list[tuple[float, str]] = field(default_factory=list)
    histogram: Any = None
    histograms: Any = None


def ask(to: Endpoint, path: str, form: Mapping[str, str], run: Run, silence: float, connect: float) -> Found:
    """Send a query; `Failed` when it has no result, whatever the reason."""
    try:
        answer = _sent(to, path, form, run, silence, connect)
    except Unanswered as error:
        raise Failed(
            error.message if error.cancelled else f"no answer: {error.message}", cancelled=error.cancelled
        ) from error
    if not answer.whole:
        raise Failed(f"the answer is longer than {_KEPT >> 20} MiB: ask for less (`sum by`, `topk`, fewer labels)")
    reply = _decoded(answer)
    said = tuple([f"warning: {each}" for each in reply.warnings] + [f"info: {each}" for each in reply.infos])
    if reply.status != "success":
        raise Failed(f"{reply.kind or f'HTTP {answer.status}'}: {reply.error or 'no reason is given'}")
    try:
        data = msgspec.json.decode(reply.data, type=_Data)
        return _found(data, said)
    except _UNREADABLE as error:
        raise Failed(f"the answer is not as Prometheus gives it: {error}") from error


def _sent(to: Endpoint, path: str, form: Mapping[str, str], run: Run, silence: float, connect: float) -> Answer:
    url, body = to.base + path, urlencode(form)
    for call in (Call("POST", url, _FORM, body.encode()), Call("GET", f"{url}?{body}", {"Accept": "application/json"})):
        call, trust = addressed(call, to)
        answer = run(Exchange(call, trust, silence=silence, connect=connect, keep=_KEPT))
        if answer.status != 405:  # a proxy may let nothing but GET through
            break
    return answer


def _decoded(answer: Answer) -> _Reply:
    try:
        return msgspec.json.decode(answer.body, type=_Reply)
    except _UNREADABLE:
        pass
    what = f"HTTP {answer.status} {answer.reason}".rstrip()
    if answer.status in (401, 403):
        raise Failed(f"{what}: it refuses us; look at `token`, `username` and `password` of the target")
    if 300 <= answer.status < 400:
        raise Failed(f"{what}: it sends us to {answer.headers.get('location', 'nowhere')[:200]}; is `url` right?")
    line = next((each.strip() for each in answer.text().splitlines() if each.strip()), "an empty body")
    raise Failed(f"{what}: what answers is no Prometheus: {line[:200]}")


def _found(data: _Data, said: tuple[str, ...]) -> Found:
    match data.kind:
        case "vector" | "matrix":
            rows = msgspec.json.decode(data.result, type=list[_Row])
            return Found(tuple(_series(row) for row in rows), said=said)
        case "scalar":
            moment, value = msgspec.json.decode(data.result, type=tuple[float, str])
            return Found((Series({}, (moment,), (_number(value),)),), said=said)
        case "string":
            return Found(text=msgspec.json.decode(data.result, type=tuple[float, str])[1], said=said)
        case other:
            raise Failed(f"the answer is a {other}, which is not known here")


def _series(row: _Row) -> Series:
    pairs = row.values or ([row.value] if row.value is not None else [])
    histogram = not pairs and bool(row.histogram or row.histograms)
    return Series(row.metric, tuple(at for at, _ in pairs), tuple(_number(value) for _, value in pairs), histogram)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def sample(found: Found, *, until: float | None = None, step: float = 0.0) -> float | str:
    """Return the only value of a result, or why there is none; of a window the last one, if it is not old."""
    if found.text:
        return "the query gives a text, not a number"
    if not found.series:
        return "no data"
    if len(found.series) > 1:
        return f"the query gives {len(found.series)} series, and one is needed"
    (only,) = found.series
    if not only.values:
        return "it is a histogram, which is no number" if only.histogram else "no data"
    if until is not None and until - only.times[-1] > 1.5 * step:
        return f"the series ended {until - only.times[-1]:.0f} s before the end of the window"
    value = only.values[-1]
    return "it is NaN: no number came of it, as of 0 divided by 0" if math.isnan(value) else value


def plain(found: Found, *, window: bool) -> list[dict[str, Any]]:
    """Return the series as predicates see them."""
    return [_plain(each, window=window) for each in found.series]


def _plain(series: Series, *, window: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"labels": dict(series.labels), "values": list(series.values)}
    if series.values:
        entry["value"] = series.values[-1]
    numbers = [value for value in series.values if not math.isnan(value)]
    if window and numbers:
        entry |= {"first": numbers[0], "min": min(numbers), "max": max(numbers)}
    return entry
