"""`runbook test --explore`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from runbook_runner import registry
from runbook_runner.cli.config import config
from runbook_runner.cli.library import Files
from runbook_runner.cli.theatre import cast, theatre
from runbook_runner.errors import InputError
from runbook_runner.model.exploration import Exploration
from runbook_runner.model.graph import build
from runbook_runner.model.verdicts import Broken
from runbook_runner.rehearsal.explore import explore
from runbook_runner.rehearsal.rehearse import Theatre, rehearse
from runbook_runner.rehearsal.suite import ENDING


def explore_all(paths: tuple[str, ...], *, as_json: bool) -> int:
    """Explore runbooks and folders of them, tell what was found, and return the exit code."""
    with theatre() as stage:
        found = [_explored(file, stage) for file in _runbooks(paths)]
    click.echo(registry.format_for(f"explore_{'json' if as_json else 'text'}").render(found), nl=False)
    return 1 if any(each.weaknesses for each in found) else 0


def _explored(file: Path, stage: Theatre) -> Exploration:
    graph = build(stage.library.load(str(file)))
    values = _values(file, stage)
    return explore(graph, lambda scenario: rehearse(graph, scenario, stage, file.parent), values)


def _values(file: Path, stage: Theatre) -> Mapping[str, str]:
    """Return the values of parameters that a runbook's own scenarios use."""
    beside = file.with_name(f"{file.stem}{ENDING}")
    known = cast(beside, stage) if beside.is_file() else None
    if known is None or isinstance(known, Broken):
        return {}
    values: dict[str, str] = {}
    for scenario in reversed(known.scenarios):
        values |= scenario.parameters
    return values


def _runbooks(paths: tuple[str, ...]) -> list[Path]:
    if not paths:
        return Files(config()).files()
    files: list[Path] = []
    for path in map(Path, paths):
        if path.name.endswith(ENDING):
            files.append(path.with_name(path.name.removesuffix(ENDING) + ".md"))
        elif path.is_dir():
            files += sorted(path.rglob("*.md"))
        else:
            files.append(path)
    if not files:
        raise InputError("there is no runbook here", "name a file or a folder of Markdown files")
    return list(dict.fromkeys(files))
