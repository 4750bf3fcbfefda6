"""Characters from word processors and wikis in commands."""

from __future__ import annotations

import pytest

from runbook_runner.syntax.shell import analyse
from runbook_runner.syntax.typography import odd_in_code


@pytest.mark.parametrize(
    ("text", "code", "column"),
    [
        ("grep \u201cfoo bar\u201d x", "smart-quote", 6),
        ("psql -c \u2019select 1\u2019", "smart-quote", 9),
        ("x --name=\u201dfoo\u201d", "smart-quote", 10),
        ("curl -d '{\u201ca\u201d: 1}' host", "smart-quote", 11),
        ("kubectl\u00a0get pods", "odd-space", 8),
        ("kubectl get\u200b pods", "odd-space", 12),
        ("echo '\ufeffx'", "odd-space", 7),
        ("kubectl get pods \u2013all-namespaces", "odd-dash", 18),
        ("git log \u2014\u2014oneline", "odd-dash", 9),
    ],
)
def test_what_is_no_shell(text: str, code: str, column: int) -> None:
    assert [(one.code, one.column) for one in analyse(text).problems] == [(code, column)]


@pytest.mark.parametrize(
    "text",
    [
        "df -h  # don\u2019t \u201cpanic\u201d \u2013really",
        'echo "it\u2019s \u201cfine\u201d \u2013 yes"',
        "echo It\u2019s fine",
        "git commit -m 'fix \u2013 it\u00a0works'",
        "cat <<EOF > x\n\u201chello\u201d \u2013x\nEOF",
        "kubectl get pods \u2013 lists them",
        "echo caf\u00e9 \u2026 \u4e2d\u6587",
    ],
)
def test_what_does_no_harm(text: str) -> None:
    assert analyse(text).problems == ()


def test_other_languages_outside_of_their_strings() -> None:
    assert [one.code for one in odd_in_code("select \u2018a\u2019, 'it\u2019s' -- \u201cx\u201d")] == ["smart-quote"]
    assert list(odd_in_code("select 'it\u2019s' from \"\u201cx\u201d\" -- don\u2019t")) == []
