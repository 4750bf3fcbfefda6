"""Comments that take findings back: which lines they hold for, and which of them are findings themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.linting import RUNBOOK, run, told, write

OFF = "<!-- runbook-lint-disable dead-anchor -->"
ABOUT = ("dead-anchor", "unused-suppression", "unknown-suppression", "missing-owner")

CASES = {
    "the next paragraph, whole": (
        f"{OFF}\nSee [a](#a)\nand [b](#b).\n\nSee [c](#c).",
        ["5 dead-anchor"],
    ),
    "a blank line in between": (f"{OFF}\n\nSee [a](#a).\n\nSee [c](#c).", ["5 dead-anchor"]),
    "the next list, whole": (f"{OFF}\n- [a](#a)\n\n- [b](#b)\n  - [c](#c)\n\nSee [d](#d).", ["7 dead-anchor"]),
    "an item of a list": (f"1. One\n   {OFF}\n   [a](#a)\n1. [b](#b)", ["4 dead-anchor"]),
    "a table": (f"{OFF}\n| a |\n|---|\n| [a](#a) |\n\n[b](#b)", ["6 dead-anchor"]),
    "a quotation": (f"> {OFF}\n> [a](#a)\n\n[b](#b)", ["4 dead-anchor"]),
    "the block that it ends a line of": (f"See [a](#a). {OFF}\n\nSee [b](#b).", ["3 dead-anchor"]),
    "a heading, not what is under it": (f"{OFF}\n## A\n\n[b](#b)", ["1 unused-suppression", "4 dead-anchor"]),
    "several codes, commas or none": (
        "<!-- runbook-lint-disable missing-owner, dead-anchor dead-file -->\n[a](#a)",
        ["1 unused-suppression"],
    ),
    "a reason": ("<!-- runbook-lint-disable dead-anchor -- made by the build -->\n[a](#a)", []),
    "all rules": ("<!-- runbook-lint-disable -->\n[a](#a)", []),
    "a group": ("<!-- runbook-lint-disable correctness -->\n[a](#a)", []),
    "the file": (f"[a](#a)\n\n{OFF.replace('disable', 'disable-file')}\n\n[b](#b)", []),
    "a stretch": (
        f"[a](#a)\n\n{OFF}\n\n[b](#b)\n\n## C\n\n[c](#c)\n\n<!-- runbook-lint-enable dead-anchor -->\n\n[d](#d)",
        ["1 dead-anchor", "13 dead-anchor"],
    ),
    "a stretch after a block of its own": (
        f"{OFF}\n[a](#a)\n\n[b](#b)\n\n{OFF}\n\n[c](#c)\n\n[d](#d)\n\n<!-- runbook-lint-enable -->",
        ["4 dead-anchor"],
    ),
    "one that ends nothing": ("<!-- runbook-lint-enable dead-anchor -->", ["1 unused-suppression"]),
    "one that takes nothing back": (f"{OFF}\nSee.", ["1 unused-suppression"]),
    "half of it takes nothing back": (
        "<!-- runbook-lint-disable dead-anchor dead-file -->\n[a](#a)",
        ["1 unused-suppression"],
    ),
    "an unknown code": (
        "<!-- runbook-lint-disable dead-anchors -->\n[a](#a)",
        ["1 unknown-suppression", "2 dead-anchor"],
    ),
    "an unknown word": (
        "<!-- runbook-lint-disabel dead-anchor -->\n[a](#a)",
        ["1 unknown-suppression", "2 dead-anchor"],
    ),
    "in a fence it is code": (f"```html\n{OFF}\n```\n\n[a](#a)", ["5 dead-anchor"]),
    "in a code span it is text": (f"Write `{OFF}`.\n\n[a](#a)", ["3 dead-anchor"]),
    "one that takes back what is said of it": (
        "<!-- runbook-lint-disable dead-anchor unused-suppression -->\nSee.",
        [],
    ),
    "other comments": ("<!-- lint-disable dead-anchor -->\n[a](#a)", ["2 dead-anchor"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_comment_holds_for(tmp_path: Path, name: str) -> None:
    text, expected = CASES[name]
    files = write(tmp_path, {"a.md": f"{text}\n"})
    codes = ("dead-anchor", "unused-suppression", "unknown-suppression")

    assert [line.removeprefix("a.md:") for line in told(files, *codes)] == expected


def test_findings_about_the_front_matter_and_the_whole_file(tmp_path: Path) -> None:
    text = f"---\ntitle: Disk  # runbook-lint-disable missing-owner -- nobody yet\n---\n{RUNBOOK}"
    files = write(tmp_path, {"front.md": text, "none.md": RUNBOOK, "first.md": f"{RUNBOOK}\n{OFF}\n"})
    bare = write(tmp_path, {"file.md": f"{RUNBOOK}\n<!-- runbook-lint-disable-file missing-owner -->\n"})

    assert told(files + bare, *ABOUT) == [
        "first.md:1 missing-owner",
        "first.md:9 unused-suppression",
        "none.md:1 missing-owner",
    ]


def test_toml_front_matter_has_comments_too(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": '+++\ntitle = "Disk" # runbook-lint-disable missing-owner\n+++\n' + RUNBOOK})

    assert told(files, *ABOUT) == []


def test_a_rule_that_needs_alert_rules_may_be_taken_back_where_there_are_none(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": "<!-- runbook-lint-disable-file unknown-trigger -->\n# A\n"})

    assert told(files, *ABOUT) == []


def test_what_is_taken_back_is_counted(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": f"{OFF}\n[a](#a) [b](#b)\n"})

    text, summary = run(files, form="text")

    assert summary.suppressed == 2
    assert "2 suppressed" in text


def test_a_near_miss_is_told(tmp_path: Path) -> None:
    files = write(tmp_path, {"a.md": "<!-- runbook-lint-disable dead-ancor -->\n[a](#a)\n"})

    assert "did you mean `dead-anchor`?" in run(files)[0]


def test_rules_about_many_documents_can_be_taken_back(tmp_path: Path) -> None:
    text = "<!-- runbook-lint-disable dead-file -->\n[a](gone.md)\n\n[b](gone-too.md)\n"
    files = write(tmp_path, {"a.md": text})

    assert told(files, "dead-file", "unused-suppression") == ["a.md:4 dead-file"]
