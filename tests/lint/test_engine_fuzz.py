"""Whatever the bytes are: a record, within a bounded time, that every format can write down, and no rule that fails."""

from __future__ import annotations

import json
import time
from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from runbook_runner import registry
from runbook_runner.lint.choice import near_miss
from runbook_runner.lint.examine import Examiner
from runbook_runner.lint.records import packed, unpacked
from runbook_runner.model.finding import Checked, Finding, Report, Severity, Summary
from runbook_runner.ports.lint import LintRule
from tests.lint.linting import read, run

_SECONDS = 20
"""Far more than any of these takes, also on a machine that is busy."""
_PIECES = (
    ("# ", "## Diagnosis\n", "## Mitigation\n", "## Rollback\n", "## Escalation\n", "\n\n", "\n", " ", "    "),
    ("```sh\n", "```\n", "~~~\n", "```sql\n", "```promql\n", "``` {id=a timeout=1x}\n", "> ", "> [!WARNING]\n"),
    ("- ", "1. ", "- [ ] ", "| a | b |\n|---|---|\n", "If `exit_code == 0`, go to [x](#x).\n", "Otherwise, ", "\t"),
    ("Expected: `stdout.contains(", "`", "``", "*", "**", "_", "[", "](", ")", "](#a)", "](a.md#b)", "![", "<a id=x>"),
    ("---\n", "title: a\n", "parameters: {A: {secret: true}}\n", "triggers: [", "reviewed: {date: 2020-02-31}\n"),
    ("<!-- runbook-lint-disable ", "dead-anchor ", "-->", "<!--", "<%= x %>", "{{< ref >}}", "$NAME ", "<pod> "),
    ("kubectl delete pod ", "ssh host\n", "psql -c '", "rm -rf ", "| grep x", "\\\n", "<<EOF\n", "EOF\n", "exit\n"),
    (
        "password=hunter2 ",
        "AKIA",
        "é",
        "磁盘",
        "\u202e",
        "\u0301",
        "\u00a0",
        "“",
        "\x00",
        "\x0b",
        "\x1b[31m",
        "\r\n",
        "$(",
    ),
)
_WORDS = st.sampled_from([piece for pieces in _PIECES for piece in pieces])
_TEXTS = st.lists(_WORDS, max_size=60).map("".join)
_ANY = st.one_of(_TEXTS.map(str.encode), st.binary(max_size=2000), st.text(max_size=2000).map(str.encode))


@cache
def _examiner() -> Examiner:
    rules = [cast("LintRule", rule) for rule in registry.rules() if hasattr(rule, "check")]
    return Examiner(read, tuple(rules), near_miss, date(2026, 12, 1))


@given(_ANY)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(b"")
@example(b"---\n")
@example(b'---\ntitle: "\\ud800"\n---\n# \xf0\x9f\x94\xa5')
@example(b"<!-- runbook-lint-disable\n-->\n<!-- runbook-lint-enable -->")
def test_any_bytes_give_a_record_that_every_format_writes_down(data: bytes) -> None:
    begin = time.process_time()
    record = unpacked(packed(_examiner().record("/docs/a.md", data)))
    assert time.process_time() - begin < _SECONDS
    assert [each.message for each in record.found if each.code == "internal-error"] == []

    findings = tuple(
        Finding(
            "a.md", each.code, each.group, Severity.ERROR, each.message, each.span, each.hint, each.excerpt, each.column
        )
        for each in record.found
    )
    report = Report([Checked("a.md", findings)], Summary(1))
    for name in ("text", "json", "github", "sarif"):
        text = registry.format_for(f"lint_{name}").render(report)
        assert not {"\x00", "\x1b", "\u202e"} & set(text) or name != "text"
        if name in ("json", "sarif"):
            json.loads(text)
        text.encode()


@given(st.lists(_ANY, min_size=2, max_size=4))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_many_documents_of_any_bytes_are_linted_together(tmp_path: Path, documents: list[bytes]) -> None:
    files = tuple(str(tmp_path / f"{name}.md") for name in "abcd"[: len(documents)])
    for file, data in zip(files, documents, strict=True):
        Path(file).write_bytes(data)

    text, summary = run(files, form="json")

    assert summary.files == len(files)
    assert "internal-error" not in json.loads(text)["summary"]["by_code"]


_HOSTILE = {
    "brackets": b"[" * 50_000,
    "links": b"[a](#b) " * 5_000,
    "emphasis": b"*a _b " * 8_000,
    "quotes": b">" * 20_000,
    "lists": b"\n".join(b" " * (2 * n) + b"- a" for n in range(400)),
    "backticks": b"`" * 30_000 + b"a",
    "headings": b"# a\n" * 5_000,
    "fences": b"```sh\nls\n```\n" * 1_500,
    "one long line": b"kubectl get pods " * 4_000,
    "table": b"|a" * 4_000 + b"|\n" + b"|-" * 4_000 + b"|\n" + b"|b" * 4_000,
    "comments": b"<!-- runbook-lint-disable dead-anchor -->\n" * 2_000,
    "front matter": b"---\n" + b"a: [" * 500 + b"\n---\n",
    "aliases": b"---\na: &a [x]\n"
    + b"".join(b"%c: &%c [*%c, *%c]\n" % (n, n, n - 1, n - 1) for n in range(98, 122))
    + b"---\n",
    "branches": b"## Diagnosis\n\n1. a\n\n" + b"   - If `exit_code == 1`, go to [x](#x).\n" * 800,
    "dollars": b"```sh\n" + b"echo $(" * 300 + b"\n```\n",
    "predicates": b"Expected: `" + b"(" * 3_000 + b"1 == 1`\n",
    "spaces": b"## Diagnosis\n\na" + b" " * 4_000 + b"if" + b" " * 4_000 + b":\n\n- b\n- c\n",
    "sed": b"## Mitigation\n\n```sh\nsed 's/a/b/;" + b" " * 6_000 + b"x\n" + b"\n" * 6_000 + b"' f\n```\n",
    "blank commands": b"# KubePodDown\n\n## Diagnosis\n\nThis alert fires.\n\n```sh\n"
    + b"  \n# a\n" * 60
    + b"  .\n```\n",
    "words": b"check the logs and " * 6_000,
    "a shell elsewhere": b"## Fix\n\n```sh\nssh db-1 'a\n"
    + (b"|[x](#y)|$ ls|`b|c`|---" * 240 + b"|\n") * 130
    + b"\n```\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", _HOSTILE)
def test_what_is_made_to_take_long_does_not(name: str) -> None:
    begin = time.process_time()

    record = _examiner().record("/docs/a.md", _HOSTILE[name])

    assert time.process_time() - begin < _SECONDS
    assert [each.message for each in record.found if each.code == "internal-error"] == []
