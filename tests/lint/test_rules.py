"""Every rule against its cases: files of documents that it must pass and must find something in.

A case is a title, a document, and what the rule says of it (`line:column message`, a line each; nothing when it
passes), each ended by a line with a single dot. The file is named after the rule. What no text file can hold
is written `⟦00⟧` (a byte) or `⟦x×25000⟧` (repeated).
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.lint._rule import Among, Reserved, Rule
from runbook_runner.lint.collection import Documents
from runbook_runner.lint.outline import outline_of
from runbook_runner.markdown import read
from runbook_runner.model.graph import build
from runbook_runner.model.span import Defect
from runbook_runner.ports.lint import Document

_CASES = Path(__file__).parent / "cases"
_RULES = {rule.code: rule for rule in registry.rules()}


def load(file: Path) -> list[tuple[str, str, str]]:
    parts: list[str] = [""]
    for line in file.read_text(encoding="utf-8").splitlines():
        if line == ".":
            parts.append("")
        else:
            parts[-1] += line + "\n"
    assert len(parts) % 3 == 1, f"{file.name}: title, document, findings, each ended by a line with a single dot"
    triples = zip(parts[0::3], parts[1::3], parts[2::3], strict=False)
    return [(title.strip(), given, expected.strip("\n")) for title, given, expected in triples]


def encode(given: str) -> bytes:
    given = re.sub(r"⟦(.)×(\d+)⟧", lambda match: match[1] * int(match[2]), given)
    return re.sub(rb"\xe2\x9f\xa6([0-9a-f]{2})\xe2\x9f\xa7", lambda m: bytes([int(m[1], 16)]), given.encode())


_ALL = [(file.stem, *case) for file in sorted(_CASES.glob("*.md")) for case in load(file)]


@pytest.mark.parametrize(("code", "title", "given", "expected"), _ALL, ids=[f"{case[0]}: {case[1]}" for case in _ALL])
def test_case(code: str, title: str, given: str, expected: str) -> None:
    rule = _RULES[code]
    runbook = read(encode(given), "docs/case.md", registry.executor)
    document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), date(2026, 11, 24))

    defects = said_by(rule, document)

    assert "\n".join(f"{d.span.line}:{d.span.column} {d.message}" for d in defects) == expected
    assert all(d.code == code for d in defects)


def said_by(rule: object, document: Document) -> list[Defect]:
    """Return what a rule says of a document that has no others beside it."""
    if isinstance(rule, Among):
        alone = Documents([], lambda _: None, lambda path: ((path, b""), None))
        return list(rule.check_among(outline_of(document.runbook), alone))
    assert isinstance(rule, Rule | Reserved), "rules about many documents, or about alerts, have tests of their own"
    return list(rule.check(document))


@pytest.mark.parametrize("code", sorted(_RULES))
def test_every_rule_explains_itself_and_has_cases_that_pass_and_fail(code: str) -> None:
    name = code.replace("-", "_")
    text = (Path(registry.__file__).parent / "lint/rules" / f"{name}.py").read_text(encoding="utf-8")
    for heading in ("## What it does", "## Why it matters", "## Example", "## How to fix"):
        assert heading in text.split('"""')[1]
    assert _RULES[code].summary
    if isinstance(_RULES[code], Rule):
        cases = load(_CASES / f"{code}.md")
        assert any(expected for *_, expected in cases)
        assert any(not expected for *_, expected in cases)


@pytest.mark.parametrize(("code", "data"), [("empty-file", b""), ("encoding", b"caf\xe9\n")])
@pytest.mark.parametrize(("path", "found"), [("docs/a.md", 1), ("tests/pages/a.md", 0), ("src/testdata/a.md", 0)])
def test_what_a_program_is_tried_with_is_so_on_purpose(code: str, data: bytes, path: str, found: int) -> None:
    runbook = read(data, path, registry.executor)
    document = Document(runbook, build(runbook), tuple(runbook.source.split("\n")), date(2026, 11, 24))
    rule = _RULES[code]
    assert isinstance(rule, Rule)
    assert len(list(rule.check(document))) == found
