"""Real documents: all are read, and what is recognised in some is held by a reviewed table.

The tables in `expectations/` name steps, handling, effects and the first words of commands, no prose. After a change of
the reader, `python -m tests.markdown.test_corpora` writes them anew; review the difference as a person who runs them.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from runbook_runner import registry
from runbook_runner.markdown import read
from runbook_runner.model.runbook import Runbook, Step
from tests.markdown.dump import show_branch, show_guard

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
_EXPECTATIONS = Path(__file__).parent / "expectations"

needs_corpora = pytest.mark.skipif(not _CORPORA.is_dir(), reason="the corpora are not beside this checkout")


@cache
def _paths() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_CORPORA.glob("*/**/*.md"))}


def _read(path: Path) -> Runbook:
    return read(path.read_bytes(), path.name, registry.executor)


def summary(runbook: Runbook) -> str:
    """Write down what was recognised, without the document's prose."""
    return "\n".join(_lines(runbook)) + "\n"


def _lines(runbook: Runbook) -> Iterator[str]:
    kinds = ", ".join(f"{sum(phase.kind == kind for phase in runbook.phases)} {kind}" for kind in _kinds(runbook))
    yield f"phases: {kinds}"
    for step in runbook.steps:
        yield " | ".join(_step(step))
        yield from (f"  {len(step.guards)} guard" for _ in step.guards[:1])
        yield from (f"  {show_branch(branch).split(' → ')[-1]}" for branch in step.branches)
        yield from (f"  expect {show_guard(e.predicate)}" for e in step.expected if e.predicate)
        if step.sample:
            yield f"  sample of {len(step.sample.splitlines())} lines"
    for parameter in runbook.parameters:
        yield f"parameter {parameter.name} {parameter.span.line}:{parameter.span.column}"
    for defect in runbook.defects:
        yield f"defect {defect.code} {defect.span.line}:{defect.span.column}"


def _kinds(runbook: Runbook) -> list[str]:
    return sorted({str(phase.kind) for phase in runbook.phases})


def _step(step: Step) -> Iterator[str]:
    yield step.id
    yield str(step.kind)
    if step.command is not None:
        yield str(step.command.handling)
        yield str(step.command.effect)
        for part in step.command.parts:
            words = [word for line in part.splitlines() if not line.startswith("#") for word in line.split()]
            yield " ".join(words[:5])[:60]


@needs_corpora
def test_all_documents_are_read_in_time() -> None:
    paths = sorted(_CORPORA.glob("*/**/*.md"))
    assert len(paths) >= 264
    start = time.process_time()
    steps = sum(len(_read(path).steps) for path in paths)
    assert steps > 700
    assert time.process_time() - start < 20


@needs_corpora
@pytest.mark.parametrize("name", sorted(path.stem for path in _EXPECTATIONS.glob("*.txt")))
def test_what_is_recognised(name: str) -> None:
    assert summary(_read(_paths()[name])) == (_EXPECTATIONS / f"{name}.txt").read_text(encoding="utf-8")


def test_that_there_are_enough_tables() -> None:
    assert len(list(_EXPECTATIONS.glob("*.txt"))) >= 20


if __name__ == "__main__":
    for table in sorted(_EXPECTATIONS.glob("*.txt")):
        table.write_text(summary(_read(_paths()[table.stem])), encoding="utf-8")
