"""Values in PromQL: where each stands, and that none changes what the query is."""

from __future__ import annotations

import re
from typing import Any

import promql_parser
import pytest
from hypothesis import given, settings

from runbook_runner.errors import InputError
from runbook_runner.syntax.promql_slots import analyse, fill, slots, windowed
from tests import hostile

PLACES = {
    'up{job="$V"}': "text",
    "up{job=~'${V}.*'}": "text",
    "up{job=~`$V`}": "raw",
    "rate(up[$V])": "duration",
    "rate(up[${V}m])": "digits",
    "max_over_time(rate(up[5m])[$V:1m])": "duration",
    "up offset $V": "duration",
    "sum by (job, $V) (up)": "label",
    "sum(up) by ($V)": "label",
    "up * on (job) group_left ($V) up": "label",
    'up{$V="x"}': "label",
    "rate($V[5m])": "operand",
    "up > $V": "operand",
    "topk($V, up)": "operand",
    'up{job="x"} > bool <limit of it>': "operand",
    "job:errors:rate${V}": "part",
    "up @ $V": "number",
}


@pytest.mark.parametrize(("text", "place"), PLACES.items())
def test_where_a_value_stands(text: str, place: str) -> None:
    (slot,) = slots(text)
    assert slot.place == place


def test_what_a_query_uses() -> None:
    text = 'rate(x{a="$ONE", b=~"<two words>"}[$window]) # $THREE\n > $__interval'
    text += ' or label_replace(y, "d", "$1${rest}", "s", "(.*)")'
    found = analyse(text)
    assert found.uses == ("ONE", "TWO_WORDS")
    assert [each.written for each in found.placeholders] == ["<two words>"]
    assert found.needs_target
    assert windowed(text)
    assert not windowed('x{a="$windows"}')


def test_a_window_may_stand_anywhere() -> None:
    assert fill("rate(x[$window])", {}, "1h") == "rate(x[1h])"
    assert fill('job:errors:ratio_rate${window}{w="$window"}', {}, "30m") == 'job:errors:ratio_rate30m{w="30m"}'
    with pytest.raises(InputError, match="no predicate says which"):
        fill("rate(x[$window])", {})


@pytest.mark.parametrize(
    ("text", "value", "filled"),
    [
        ('up{job="$V"}', 'a"b\\c\nd', r'up{job="a\"b\\c\u000ad"}'),
        ("up{job='$V'}", 'it\'s "x"', "up{job='it\\'s \"x\"'}"),
        ('up{job=~"$V"}', "a.b|c", r'up{job=~"a\\.b\\|c"}'),
        ("up{job=~`$V`}", "a.b", r"up{job=~`a\.b`}"),
        ("rate(up[$V])", "1h30m", "rate(up[1h30m])"),
        ("rate($V[5m])", "job:x:rate5m", "rate(job:x:rate5m[5m])"),
        ("up > $V", "0.5", "up > 0.5"),
        ("up # $V", "\nor up", "up # $V"),
    ],
)
def test_how_a_value_is_written(text: str, value: str, filled: str) -> None:
    assert fill(text, {"V": value}) == filled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("rate(up[$V])", "5m] or up[5m"),
        ("rate(up[$V])", "5 m"),
        ("rate(up[${V}m])", "-5"),
        ("rate($V[5m])", 'up{job="x"}'),
        ("rate($V[5m])", "sum"),
        ("$V(up)", "sum"),
        ("up > $V", "1 or vector(1)"),
        ("sum by ($V) (up)", "job) (up) or sum by (job"),
        ('up{$V="x"}', "a-b"),
        ("up{job=$V}", "x"),
        ("up{job=~`$V`}", "a`b"),
        ('up{job="$V"}', "a\0b"),
        ('up{job="$V"}', "\ud800"),
        ("up $V", "offset"),
        ('label_replace(up, "a", "$V", "b", "(.*)")', "x"),
    ],
)
def test_what_cannot_stand_there_is_refused(text: str, value: str) -> None:
    with pytest.raises(InputError, match=r"^V: "):
        fill(text, {"V": value})


@pytest.mark.parametrize("text", PLACES)
@settings(max_examples=100)
@given(value=hostile.ANY)
def test_a_value_leaves_the_query_as_it_is(text: str, value: str) -> None:
    (slot,) = slots(text)
    try:
        filled = fill(text, {slot.name: value})
    except InputError:
        return
    if slot.place not in ("text", "raw"):
        # One token, whatever it means.
        assert filled == text.replace(slot.written, value)
        assert re.fullmatch(r"[A-Za-z0-9_:]+|[0-9.]+(?:[eE][-+]?[0-9]+)?", value)
        return
    wanted = "".join(f"\\{char}" if char in "\\.+*?()|[]{}^$-" else char for char in value) if slot.pattern else value
    if slot.place == "raw":
        # The parser here takes escapes for such within backticks; the real one is asked in the executor's tests.
        assert filled == text.replace("$V", wanted)
        assert "`" not in wanted
        return
    tree: Any = promql_parser.parse(filled)
    assert isinstance(tree, promql_parser.VectorSelector)
    (matcher,) = tree.matchers.matchers
    assert matcher.name == "job"
    assert matcher.value == wanted + (".*" if ".*" in text else "")
