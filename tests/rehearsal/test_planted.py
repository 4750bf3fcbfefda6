"""What exploration must find: weaknesses planted at the end of real documents."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

import pytest

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.cli.library import Files
from runbook_runner.markdown import read
from runbook_runner.markdown.durations import seconds
from runbook_runner.model.exploration import Weakness
from runbook_runner.model.graph import build
from runbook_runner.rehearsal.explore import explore
from runbook_runner.rehearsal.rehearse import Theatre, rehearse

_CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
_COUNT = 12
_LADDER = "---\nescalation:\n  - {after: 10m, to: somebody}\n"
_LOOK = "\n\n## Planted look\n\n1. Look:\n\n   ```sh\n   uptime\n   ```\n\n"
_CHANGE = "\n\n## Planted mitigation\n\n1. Restart it:\n\n   ```sh\n   systemctl restart planted\n   ```\n"
_PLANTS = {
    "dead-end": f"{_LOOK}   - If `exit_code == 3`, go to [there](#planted-nowhere).\n   - Otherwise, resolved.\n",
    "endless-loop": f"{_LOOK}   - Otherwise, go to [look](#planted-look).\n",
    "undecided": f"{_LOOK}   - If `exit_code == 3`, resolved.\n   - If `exit_code == 0`, resolved.\n",
    "unverified-change": _CHANGE,
    "no-rollback": _CHANGE,
    "nobody-called": f"{_LOOK}   - If `exit_code == 3`, resolved.\n   - After 45m, resolved.\n",
}


def _documents() -> list[Path]:
    """Return real documents that have steps, and would not swallow what is added at their end."""
    files = sorted(_CORPORA.rglob("*.md"))
    Random(20261125).shuffle(files)
    found = []
    for file in files:
        text = file.read_text("utf-8", "replace")
        fine = text.count("```") % 2 == 0 and "rollback" not in text.lower() and not text.startswith("---")
        if fine and read(text.encode(), file.name, registry.executor).steps:
            found.append(file)
        if len(found) == _COUNT:
            break
    return found


def _found(text: str) -> list[Weakness]:
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private)
        theatre = Theatre(Files(Config(folder)), registry.executor, lambda t: seconds(t) or 0.0, folder)
        graph = build(read(text.encode(), "book.md", registry.executor))
        return list(explore(graph, lambda s: rehearse(graph, s, theatre, folder), {}).weaknesses)


@pytest.mark.skipif(not _CORPORA.is_dir(), reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("code", _PLANTS)
def test_a_weakness_planted_in_a_real_document_is_found(code: str) -> None:
    missed = []
    for file in _documents():
        text = (_LADDER + "---\n" if code == "nobody-called" else "") + file.read_text("utf-8", "replace").rstrip()
        line = text.count("\n")
        found = [each for each in _found(text + _PLANTS[code]) if each.code == code and each.span.line > line]
        if not found:
            missed.append(file.name)
    assert missed == []
