"""PromQL that does not parse: what is said, and where it points."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runbook_runner.syntax.promql import problems

GOOD = [
    "up == 0",
    'sum by (job) (rate(http_requests_total{code=~"5.."}[5m])) / sum by (job) (rate(http_requests_total[5m])) > 0.01',
    "predict_linear(node_filesystem_avail_bytes[6h], 4 * 3600) < 0 and on (instance) up == 1",
    "up offset 5m @ end() # the end",
    "a == bool 1 or vector(0)",
    'count({__name__="(", job="\\"}"}) unless absent(x)',
    "max_over_time(x[1h:1m])",
]
BAD = [
    ("sum(rate(x[5m])", "1:4 this `(` is never closed"),
    ("sum(x))", "1:7 nothing is open that this `)` would close"),
    ("(up}", "1:4 this `}` stands where `)` is due"),
    ('up{job="x}', '1:8 the text that begins with " has no end'),
    ("up == 0\n  and", "2:3 nothing stands after `and`"),
    ("up = 0", "1:4 `=` stands outside of braces"),
    ("up ==\n  * 3", "2:3 an operand is missing between `==` and `*`"),
    ("up == 0 for 5m", "1:9 an operator is missing before `for`"),
    ("sum(x)\nsum(y)", "2:1 an operator is missing before `sum`"),
    ('up{a="b" c="d"}', "1:10 a comma is missing before `c`"),
    ("up{job=“x”}", "1:8 unexpected character inside braces: '“'"),
    ("a == 1 && b", "1:8 unexpected character: '&'"),
    ("rate(x)", "1:1 expected type matrix in call to function 'rate', got vector"),
    ("1 + nosuch(x)", "1:5 unknown function with name 'nosuch'"),
    ('up{a=~"("}', "1:8 illegal regex for ("),
    ("  ", "1:1 the query is empty"),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_prometheus_reads_is_no_problem(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_does_not_parse_is_told_with_its_place(text: str, said: str) -> None:
    assert [f"{p.line}:{p.column} {p.message}" for p in problems(text)] == [said]


@pytest.mark.parametrize("text", ["rate(x[5m] smoothed)", "rate(x[5m * 2])", "x offset (5m + 1)"])
def test_what_only_a_newer_prometheus_reads_is_not_called_wrong(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    "text", ["a+" * 20_000 + "a", "-" * 15_000 + "a", "(" * 9_000 + "a" + ")" * 9_000, "a^" * 9_000]
)
def test_a_query_that_would_end_the_parser_does_not_end_the_process(text: str) -> None:
    code = "import sys; from runbook_runner.syntax.promql import problems; problems(sys.stdin.read())"

    done = subprocess.run([sys.executable, "-c", code], input=text, text=True, timeout=180)

    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
@pytest.mark.parametrize(
    ("text", "wrong"), [*((text, False) for text in GOOD), *((text, True) for text, _ in BAD[:-1])]
)
def test_promtool_says_the_same(tmp_path: Path, text: str, wrong: bool) -> None:
    import json

    rules = tmp_path / "rules.yml"
    rules.write_text(json.dumps({"groups": [{"name": "g", "rules": [{"alert": "A", "expr": text}]}]}))

    done = subprocess.run(["promtool", "check", "rules", "--lint=none", str(rules)], capture_output=True, timeout=180)

    assert (done.returncode != 0) == wrong
