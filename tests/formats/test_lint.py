"""Findings as text, JSON, SARIF and annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from runbook_runner.formats import lint_json
from runbook_runner.lint.catalog import texts
from runbook_runner.model.finding import Checked, Finding, Group, Look, Report, Severity, Stale, Summary
from runbook_runner.model.span import Span
from runbook_runner.registry import format_for

_SCHEMA = Path(__file__).parents[2] / "schemas" / "lint.schema.json"
FOUND = Finding(
    "docs/a.md",
    "dead-anchor",
    Group.CORRECTNESS,
    Severity.ERROR,
    "nothing here is called `#fixing`",
    Span(12, 5, 12, 22),
    "did you mean `#fix`?",
    "See [the fix](#fixing).",
)
OWNER = Finding("docs/a.md", "missing-owner", Group.COMPLETENESS, Severity.WARNING, "no owner is named", Span())
SUMMARY = Summary(30, 1, 1, 1, codes={"dead-anchor": 1, "missing-owner": 1})


def report(*findings: Finding, summary: Summary = SUMMARY, look: Look | None = None) -> Report:
    return Report([Checked("docs/a.md", findings)], summary, look or Look())


def text(*findings: Finding, **more: Any) -> str:
    return format_for("lint_text").render(report(*findings, **more))


def test_text_shows_place_line_caret_and_what_to_type() -> None:
    assert text(OWNER, FOUND) == (
        "docs/a.md:1:1: warning missing-owner: no owner is named\n"
        "docs/a.md:12:5: error dead-anchor: nothing here is called `#fixing`\n"
        "   12 | See [the fix](#fixing).\n"
        "      |     ^^^^^^^^^^^^^^^^^\n"
        "      = did you mean `#fix`?\n"
        "\n"
        "1 error, 1 warning in 1 of 30 files\n"
    )


def test_files_are_apart_and_those_without_findings_are_not_named() -> None:
    other = replace(FOUND, path="docs/b.md")
    files = [Checked("docs/0.md", ()), Checked("docs/a.md", (FOUND,)), Checked("docs/b.md", (other,))]
    shown = format_for("lint_text").render(Report(files, SUMMARY))

    assert "docs/0.md" not in shown
    assert "did you mean `#fix`?\n\ndocs/b.md:12:5" in shown


@pytest.mark.parametrize(
    ("line", "span", "shown", "under"),
    [
        ("\tsee [x](#y)", Span(1, 6, 1, 13), "    see [x](#y)", "        ^^^^^^^"),
        ("a\tb\tc", Span(1, 3, 1, 4), "a   b   c", "    ^"),
        ("a\tb\tc", Span(1, 2, 1, 4), "a   b   c", " ^^^^"),
        ("磁盘满了 [x](#y)", Span(1, 6, 1, 13), "磁盘满了 [x](#y)", "         ^^^^^^^"),
        ("see 磁盘 now", Span(1, 5, 1, 7), "see 磁盘 now", "    ^^^^"),
        ("cafe\u0301 [x](#y)", Span(1, 7, 1, 14), "cafe\u0301 [x](#y)", "     ^^^^^^^"),
        ("🔥 [x](#y)", Span(1, 3, 1, 10), "🔥 [x](#y)", "   ^^^^^^^"),
        ("\x1b[31mred\x1b[0m x", Span(1, 14, 1, 15), "red x", "    ^"),
        ("rtl \u202eabc x", Span(1, 10, 1, 11), "rtl abc x", "        ^"),
        ("two lines", Span(1, 5, 2, 3), "two lines", "    ^^^^^"),
        ("at its end", Span(1, 11, 1, 11), "at its end", "          ^"),
        ("out of it", Span(1, 40, 1, 50), "out of it", "         ^"),
        ("backward", Span(1, 5, 1, 2), "backward", "    ^"),
    ],
)
def test_the_caret_is_under_the_span(line: str, span: Span, shown: str, under: str) -> None:
    lines = text(replace(FOUND, span=span, excerpt=line, hint="")).splitlines()

    assert lines[1] == f"    1 | {shown}"
    assert lines[2] == f"      | {under}"


def test_a_part_of_a_long_line_is_shown_with_its_place() -> None:
    found = replace(FOUND, span=Span(1, 1005, 1, 1008), excerpt="0123456789", excerpt_column=1001, hint="")

    assert text(found).splitlines()[2] == "      |     ^^^"


@pytest.mark.parametrize("column", [1, 30, 90, 200, 398])
def test_a_line_is_cut_to_the_terminal_around_its_span(column: int) -> None:
    line = "".join(f"{n:>4}" for n in range(100))
    found = replace(FOUND, span=Span(1, column, 1, column + 3), excerpt=line, hint="")

    _, shown, caret, *_ = text(found, look=Look(width=60)).splitlines()

    assert len(shown) <= 60
    assert len(caret) <= 60
    start = caret.index("^")
    assert shown[start : start + 3] == line[column - 1 : column + 2]


def test_other_peoples_text_cannot_move_the_cursor() -> None:
    evil = replace(FOUND, message="a\x1b[2Jb\nc", hint="d\x07\u202e", excerpt="x\x1b]0;title\x07y")

    shown = text(evil)

    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "ab c" in shown


def test_the_summary_says_what_is_not_shown() -> None:
    summary = Summary(30, 7, 12, 40, 3, 2, 1, {}, (Stale("docs/b.md", "dead-anchor", 2),))

    lines = text(FOUND, summary=summary).splitlines()

    assert lines[-2] == "12 errors, 40 warnings in 7 of 30 files; 3 in the baseline; 2 suppressed; 1 file excluded"
    assert lines[-1] == "2 in the baseline are there no more: `--write-baseline` forgets them"
    assert "stale in the baseline: docs/b.md: 2 dead-anchor" in lines
    assert text(summary=Summary(1)) == "nothing found in 1 file\n"


def test_colour_says_nothing_that_words_do_not() -> None:
    coloured = text(OWNER, FOUND, look=Look(colour=True))

    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert format_for("lint_text").render(report(OWNER, FOUND)) == _without_colour(coloured)


def _without_colour(shown: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", shown)


def test_json_is_as_its_schema_says() -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="comes with the extra `dev`")
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    summary = Summary(30, 1, 1, 1, 3, 2, 1, {"dead-anchor": 1}, (Stale("docs/b.md", "dead-anchor", 2),))

    for document in (report(OWNER, FOUND, summary=summary), report()):
        found = json.loads(format_for("lint_json").render(document))
        jsonschema_rs.validator_for(schema).validate(found)
    assert json.loads(format_for("lint_json").render(report(FOUND)))["findings"] == [
        {
            "path": "docs/a.md",
            "line": 12,
            "column": 5,
            "end_line": 12,
            "end_column": 22,
            "severity": "error",
            "group": "correctness",
            "code": "dead-anchor",
            "message": "nothing here is called `#fixing`",
            "hint": "did you mean `#fix`?",
        }
    ]


def test_the_published_schema_is_the_one_that_is_made() -> None:
    assert _SCHEMA.read_text(encoding="utf-8") == lint_json.schema()


def test_annotations_are_escaped() -> None:
    evil = replace(FOUND, path="a,b:c%.md", message="50% of\nit", hint="type: this")

    shown = format_for("lint_github").render(report(evil, OWNER))

    first, second, last = shown.splitlines()
    place, _, message = first.rpartition("::")
    assert place == "::error file=a%2Cb%3Ac%25.md,line=12,col=5,endLine=12,endColumn=22,title=dead-anchor"
    assert message == "50%25 of%0Ait%0Atype: this"
    assert second == "::warning file=docs/a.md,line=1,col=1,title=missing-owner::no owner is named"
    assert last == "1 error, 1 warning in 30 files"


def test_sarif_has_rules_places_and_levels() -> None:
    look = Look(rules=texts(strict=False))
    odd = replace(FOUND, path="docs/a b#1.md", span=Span(3, 2, 5, 1))
    log = json.loads(format_for("lint_sarif").render(report(OWNER, FOUND, odd, look=look)))

    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["columnKind"] == "unicodeCodePoints"
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["partialFingerprints"]
    assert all("## How to fix" in rule["help"]["markdown"] for rule in rules)
    owner, anchor, other = run["results"]
    assert (owner["level"], anchor["level"]) == ("warning", "error")
    place = anchor["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "docs/a.md", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {
        "startLine": 12,
        "startColumn": 5,
        "endLine": 12,
        "endColumn": 22,
        "snippet": {"text": "See [the fix](#fixing)."},
    }
    assert other["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "docs/a%20b%231.md"


@pytest.mark.parametrize("name", ["text", "json", "github", "sarif"])
def test_numbers_alone(name: str) -> None:
    shown = format_for(f"lint_{name}").render(report(FOUND, look=Look(statistics=True)))

    assert "docs/a.md" not in shown
    if name in ("json", "sarif"):
        json.loads(shown)
