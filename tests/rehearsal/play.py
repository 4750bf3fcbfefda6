"""Plays a scenario written as text against a runbook written as text."""

from __future__ import annotations

import tempfile
from pathlib import Path

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.cli.library import Files
from runbook_runner.markdown.durations import seconds
from runbook_runner.markdown.scenarios import read
from runbook_runner.model.graph import build
from runbook_runner.rehearsal.rehearse import Seen, Theatre, rehearse


def play(runbook: str, scenario: str, folder: Path | None = None) -> Seen:
    """Walk the only scenario of a text; `folder` may hold other runbooks and files."""
    with tempfile.TemporaryDirectory() as private:
        folder = folder or Path(private)
        (folder / "book.md").write_text(runbook, encoding="utf-8")
        library = Files(Config(folder))
        theatre = Theatre(library, registry.executor, lambda text: seconds(text) or 0.0, Path(private))
        found = read(scenario if scenario.startswith("common") else f"scenarios:\n{scenario}")
        assert found.defects == ()
        return rehearse(build(library.load(str(folder / "book.md"))), found.scenarios[0], theatre, folder)
