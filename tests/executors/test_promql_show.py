"""Tables and lines of blocks."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator

import pytest

from runbook_runner.executors import _promql_show as show
from runbook_runner.executors._prometheus import Found, Series


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([0.0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([7.0, 6, 5, 4, 3, 2, 1, 0], "█▇▆▅▄▃▂▁"),
        ([0.0, 0, 0], "▁▁▁"),
        ([5.0, 5, 5], "▄▄▄"),
        ([100.0, 100.2, 100], "███"),
        ([0.0, None, 7], "▁ █"),
        ([0.0, math.nan, 7], "▁ █"),
        ([0.0, math.inf, 7], "▁██"),
        ([None, None], "  "),
    ],
)
def test_lines(values: list[float | None], drawn: str) -> None:
    assert show.spark(values) == drawn


def test_lines_on_a_terminal_without_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert show.spark([0.0, 1, 2, 3, 4, 5, 6, 7]) == ".:-=+*#@"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1.0, "1"),
        (0.0213456, "0.02135"),
        (1234567.25, "1.23457e+06"),
        (1e9, "1000000000"),
        (math.nan, "NaN"),
        (-math.inf, "-Inf"),
    ],
)
def test_numbers(value: float, written: str) -> None:
    assert show.number(value) == written


@pytest.mark.parametrize(
    ("seconds", "step"), [(30, 1), (600, 30), (3600, 120), (21600, 900), (86400, 3600), (2592000, 86400)]
)
def test_about_thirty_points(seconds: float, step: float) -> None:
    assert show.step_for(seconds) == step
    assert 10 <= seconds / step <= 32


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_window_fits_a_narrow_screen_and_says_what_is_gone() -> None:
    times = tuple(1000.0 + 120 * at for at in range(31))
    rising = Series({"job": "shop", "route": "/pay"}, times, tuple(0.001 * at for at in range(31)))
    gone = Series({"job": "shop", "route": "/cart"}, times[:20], (2.0,) * 20)
    lines = show.window(Found((rising, gone)), 3600, times[-1], 120).splitlines()
    assert [len(line) <= 80 for line in lines] == [True] * 5
    assert "00:16 to 01:16Z" in lines[0]  # as all times of a run
    assert lines[1] == 'all of {job="shop"}'
    assert lines[3].split()[:4] == ["0.03", "0", "0", "0.03"]
    assert lines[4].split()[0] == "gone"
    assert "▄" * 20 in lines[4]


def test_labels_cannot_move_the_cursor() -> None:
    assert show.labels({"a": 'x"\\\x1b[2J\n'}) == '{a="x\\"\\\\?[2J?"}'
