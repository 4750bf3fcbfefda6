"""Scenario files found and read, and the stage that they are played on."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from runbook_runner import registry
from runbook_runner.cli.config import config
from runbook_runner.cli.files import FOREIGN
from runbook_runner.cli.library import Files
from runbook_runner.errors import InputError
from runbook_runner.markdown.durations import seconds
from runbook_runner.markdown.scenarios import read
from runbook_runner.model.verdicts import Broken
from runbook_runner.rehearsal.rehearse import Theatre
from runbook_runner.rehearsal.suite import ENDING, Cast, graph_of, missing_runbook, unknown_steps


@contextmanager
def theatre() -> Iterator[Theatre]:
    """Provide what all rehearsals share; their private files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="runbook-rehearsal-") as private:
        yield Theatre(Files(config()), registry.executor, lambda text: seconds(text) or 0.0, Path(private))


def scenario_files(paths: Sequence[str]) -> list[Path]:
    """Return the scenario files that paths name: themselves, a runbook's own, or all below a folder."""
    settings = config()
    places = [Path(path) for path in paths] or [settings.root / entry for entry in settings.runbooks]
    files: list[Path] = []
    for place in places:
        if place.is_dir():
            files += [file for file in sorted(place.rglob(f"*{ENDING}")) if not _foreign(file.relative_to(place))]
        elif place.suffix == ".md" and (own := place.with_name(f"{place.stem}{ENDING}")).is_file():
            files.append(own)
        elif place.is_file() and place.name.endswith(".yaml"):
            files.append(place)
        elif paths:
            what = "has no scenarios beside it" if place.is_file() else "is not there"
            raise InputError(f"{place} {what}", f"scenarios stand in NAME{ENDING} beside NAME.md")
    if not files:
        raise InputError("there are no scenarios here", f"they stand in NAME{ENDING} beside NAME.md")
    return [_short(file) for file in dict.fromkeys(files)]


def cast(file: Path, stage: Theatre) -> Cast | Broken:
    """Read a scenario file and its runbook."""
    try:
        found = read(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: {error}", "scenarios are YAML in UTF-8") from error
    if found.defects:
        return Broken(str(file), found.defects)
    try:
        graph = graph_of(file, found.runbook, stage)
    except InputError as error:
        return missing_runbook(file, error)
    cast = Cast(file, graph, found.scenarios, found.places, found.spans)
    return unknown_steps(cast) or cast


def _foreign(path: Path) -> bool:
    return any(part.startswith(".") or part in FOREIGN for part in path.parts)


def _short(file: Path) -> Path:
    try:
        return file.relative_to(Path.cwd())
    except ValueError:
        return file
