"""Cases as readable files: title, input, expected, each ended by a line with a single dot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.markdown.dump import dump, read_text

_CASES = Path(__file__).parent / "cases"


def load(path: Path) -> list[tuple[str, str, str]]:
    parts = path.read_text(encoding="utf-8").split("\n.\n")
    triples = zip(parts[0::3], parts[1::3], parts[2::3], strict=False)
    return [(title.strip().splitlines()[-1], given + "\n", expected + "\n") for title, given, expected in triples]


_ALL = [(f.stem, *case) for f in sorted(_CASES.glob("*.md")) for case in load(f)]


@pytest.mark.parametrize(("file", "title", "given", "expected"), _ALL, ids=[f"{case[0]}: {case[1]}" for case in _ALL])
def test_case(file: str, title: str, given: str, expected: str) -> None:
    assert dump(read_text(given)) == expected


def test_that_the_cases_are_found() -> None:
    assert len(_ALL) > 50
