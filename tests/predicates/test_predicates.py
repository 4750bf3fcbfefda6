from __future__ import annotations

import time
from typing import Any

import pytest

from runbook_runner.predicates import (
    PredicateError,
    evaluate,
    free_names,
    looks_like_predicate,
    meant_as_predicate,
    parse,
)

LOG = "starting\nworker 3: waiting for lock \x1b[31mhere\x1b[0m\ndone"
VALUES: dict[str, Any] = {
    "exit_code": 1,
    "stdout": LOG,
    "rows": [{"lag": 2}, {"lag": 90}],
    "json": lambda: {"status": "ok"},
}


@pytest.mark.parametrize(
    ("source", "column", "says"),
    [
        ("exit_code = 0", 11, "write `==`"),
        ("stdout == “a”", 11, '`“` is a typographic quote: write `"`'),
        ('stdout.contain("a")', 8, "there is no function contain(): did you mean contains()?"),
        ('stdout.trim("a")', 8, "there is no function trim()"),
        ('exit_code == "0"', 11, "(int, string)"),
        ("stdout.contain('x')", 8, "no function contain()"),
        ("size(rows)", 1, "not a yes or no"),
        ("1 == 1.0", 3, "(int, double)"),
        ("exit_code == 0 &&", 18, "too early"),
        ("duration > 5m", 12, "unit"),
        ('stdout.contains("x', 17, "not closed"),
        (r'stdout.matches("(a)\\1")', 16, "backreferences"),
        ("(" * 5000 + "1", 4096, "longer"),
        ("(" * 200 + "true" + ")" * 200, 25, "deeply"),
    ],
)
def test_a_wrong_predicate_says_what_and_where(source: str, column: int, says: str) -> None:
    with pytest.raises(PredicateError) as raised:
        parse(source)
    assert raised.value.column == column
    assert says in raised.value.message


def test_free_names_leave_out_the_items_of_macros() -> None:
    assert free_names(parse("rows.all(r, r.lag < limit) && r == 1")) == {"rows", "limit", "r"}
    assert free_names(parse("rows.exists(r, r.lag > 1)")) == {"rows"}


@pytest.mark.parametrize(
    ("source", "holds", "evidence"),
    [
        ("size(rows) > 5", False, "2 > 5"),
        ("exit_code == 0 && size(rows) > 1", False, "1 == 0"),
        ("exit_code == 0 || size(rows) > 1", True, "2 > 1"),
        ("exit_code == 1 && size(rows) > 1", True, "1 == 1; 2 > 1"),
        ('!stdout.contains("panic")', True, "not in 3 lines"),
        ('stdout.contains("lock")', True, r"line 2: worker 3: waiting for lock \x1b[31mhere\x1b[0m"),
        ('stdout.matches("wait.*lock")', True, r"line 2: worker 3: waiting for lock \x1b[31mhere\x1b[0m"),
        ("rows.all(r, r.lag < 10)", False, "item 2 of 2: 90 < 10"),
        ("rows.exists(r, r.lag > 100)", False, "none of 2"),
        ("has(json.code)", False, "no code among status"),
        ('json.status == "ok"', True, '"ok" == "ok"'),
    ],
)
def test_evidence_is_the_values_that_decided(source: str, holds: bool, evidence: str) -> None:
    answer = evaluate(parse(source), VALUES)
    assert (answer.holds, answer.evidence, answer.error) == (holds, evidence, "")


def test_evidence_of_a_long_line_keeps_the_match_in_sight_on_one_short_line() -> None:
    answer = evaluate(parse('stdout.contains("needle")'), {"stdout": "x" * 10**6 + "needle\r\t" + "y" * 10**6})
    assert "needle" in answer.evidence
    assert len(answer.evidence) <= 80
    assert answer.evidence.isprintable()


def test_a_secret_is_redacted_before_the_evidence_cuts_it() -> None:
    secret = "hunter2" * 20
    values = {"stdout": f"error password={secret} end\n{secret}"}
    for source in ('stdout.contains("password")', f'stdout == "{secret}"', 'stdout.endsWith("x")'):
        answer = evaluate(parse(source), values, redact=lambda text: text.replace(secret, "•••"))
        assert "hunter" not in answer.evidence


@pytest.mark.parametrize(
    ("source", "values", "says"),
    [
        ("json.missing == 1", VALUES, "no field `missing`"),
        ("true || typo == 1", VALUES, "no `typo` here"),
        ("exit_code == 0 && objects[0].n == 1", {"exit_code": 0}, "no `objects` here"),
        ("exit_code == 0", {"exit_code": None}, "exit_code is null"),
        ("lag / n > 1", {"lag": 1, "n": 0}, "division by zero"),
        ("x", {"x": 3}, "not a yes or no"),
        ("x == 1", {"x": 2**70}, "64 bits"),
        ("x == 1", {"x": object()}, "type object"),
        ("rows.all(r, r == 1)", {"rows": [1] * 20_000}, "too many steps"),
        ("rows.exists(r, r == 2) || true", {"rows": [1] * 20_000}, "too many steps"),
    ],
)
def test_what_has_no_answer_says_why_and_does_not_raise(source: str, values: dict[str, Any], says: str) -> None:
    answer = evaluate(parse(source), values)
    assert answer.holds is None
    assert says in answer.error


@pytest.mark.parametrize(
    ("source", "holds", "evidence"),
    [
        ("exit_code == 0 && objects.exists(n, n.ready)", False, "1 == 0"),
        ("exit_code == 0 && size(rows) > 5", False, "1 == 0"),
        ("exit_code != 0 || objects[0].n == 1", True, "1 != 0"),
    ],
)
def test_what_a_failed_command_does_not_give_may_stand_behind_its_exit_code(
    source: str, holds: bool, evidence: str
) -> None:
    answer = evaluate(parse(source), {"exit_code": 1})
    assert (answer.holds, answer.evidence) == (holds, evidence)


def test_a_deeply_nested_value_has_no_answer() -> None:
    left: list[Any] = []
    right: list[Any] = []
    for _ in range(50_000):
        left, right = [left], [right]
    assert evaluate(parse("x == y"), {"x": left, "y": right}, steps=10**9).holds is None


def test_only_what_is_read_is_loaded_and_only_once() -> None:
    calls = []

    def load() -> dict[str, int]:
        calls.append(1)
        return {"a": 1}

    skipped = evaluate(parse("exit_code == 1 || json.a == 1"), {"exit_code": 1, "json": load})
    assert skipped.names == {"exit_code"}
    assert not calls
    assert evaluate(parse("json.a == 1 && json.a < 2"), {"json": load}).holds
    assert len(calls) == 1


def test_output_that_is_no_json_is_an_error_not_a_crash() -> None:
    def load() -> None:
        raise ValueError("not JSON: line 1")

    answer = evaluate(parse("json.a == 1"), {"json": load})
    assert answer.holds is None
    assert "not JSON" in answer.error


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a*)*b", "a*a*a*a*a*b", r"\s*x\s*y"])
def test_a_pattern_that_explodes_elsewhere_takes_linear_time(pattern: str) -> None:
    escaped = pattern.replace("\\", "\\\\")
    begun = time.process_time()
    evaluate(parse(f'stdout.matches("{escaped}")'), {"stdout": "a " * 30_000 + "a" * 40_000 + "!"})
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "text", ["exit_code == 0", '!stdout.contains("x")', "size(rows) > 5", "has(json.a)", "3 in rows"]
)
def test_a_predicate_is_told_from_prose(text: str) -> None:
    assert looks_like_predicate(text)
    assert looks_like_predicate(text, names=())
    assert meant_as_predicate(text) or "(json" in text or text.startswith("3")


@pytest.mark.parametrize(
    "text",
    [
        "kubectl get pods",
        "NotReady",
        "foo.bar",
        "--flag=x",
        "a | b",
        "main()",
        "mysql < dump",
        "make && test",
        "a-b",
        "put in place",
        "!important",
        "2>&1",
        "cmd > stdout.log",
        "cmd > stdout",
        "/dev/stdout",
        "status=Running",
        'rate(http_requests_total{status="500"}[5m]) > 0.1',
        "output > /dev/null",
        "",
        "rows",
        "if [ $exit_code == 0 ]",
    ],
)
def test_prose_is_no_predicate_and_no_defect(text: str) -> None:
    assert not looks_like_predicate(text)
    assert not meant_as_predicate(text)


def test_a_foreign_name_is_prose_only_where_the_names_are_known() -> None:
    assert looks_like_predicate("up == 0")
    assert not looks_like_predicate("up == 0", names=())
    assert looks_like_predicate("lag > 10", names=("lag",))


@pytest.mark.parametrize(
    "text",
    [
        "exit_code = 0",
        'exit_code == "0"',
        'stdout.contain("x")',
        'stdout contains "x"',
        "duration > 5m",
        'stdout.contains("x)',
        "exitCode == 0",
        'exit_code != 0 and stdout.contains("x")',
    ],
)
def test_a_wrong_predicate_is_recognised_as_meant(text: str) -> None:
    assert meant_as_predicate(text)
    assert not looks_like_predicate(text, names=())
