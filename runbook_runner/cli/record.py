"""`runbook record`."""

from __future__ import annotations

from pathlib import Path

import click

from runbook_runner.cli.records import store_option
from runbook_runner.errors import InputError
from runbook_runner.model.graph import Graph, build
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Library, Store


@click.command()
@click.argument("run", required=False, default="")
@click.option("--name", default="", help="What the scenario is called; without it, after the run.")
@click.option("--save", is_flag=True, help="Add it to the scenarios beside the runbook.")
@store_option
def record(run: str, name: str, save: bool, store: str) -> int:
    """Turn RUN, or the newest, into a scenario, so that each incident leaves a test.

    What is recorded holds no declared secret and none that could be recognised; read it before you commit it.
    """
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.config import config
    from runbook_runner.cli.journal import open_store
    from runbook_runner.cli.library import Files
    from runbook_runner.markdown.scenario_writing import added, written
    from runbook_runner.rehearsal.transcript import transcript

    settings = config()
    journal, library = open_store(store, settings), Files(settings)
    chosen = choose_run(journal, run, open_only=False)
    runs = _with_children(journal, library, chosen)
    state = runs[0][0]
    if state.ended is None:
        raise InputError(f"run {chosen} has not ended", "`runbook resume` goes on with it")
    scenario = transcript(name or f"as it was in run {chosen}", runs)
    if not save:
        click.echo(written(scenario), nl=False)
        return 0
    file = _beside(state)
    text = file.read_text("utf-8") if file.exists() else ""
    if text:
        _fits(file, scenario.name)
    file.write_text(added(text, scenario), encoding="utf-8")
    click.echo(f"{scenario.name!r} is added to {file}; `runbook test {file}` walks it")
    if not _walks(file, scenario.name):
        again = "it does not walk as the run did: a scenario has no jumps, no edits and no second thoughts"
        click.echo(f"{again}; `runbook test {file}` shows where", err=True)
    return 0


def _fits(file: Path, name: str) -> None:
    """Refuse a name that is there already, and a file that could not be used anyhow."""
    from runbook_runner.markdown.scenarios import read

    found = read(file.read_text("utf-8"))
    if found.defects:
        first = found.defects[0]
        raise InputError(f"{file}:{first.span.line}: {first.message}", "mend it first; nothing was added")
    if any(each.name == name for each in found.scenarios):
        raise InputError(f"{file}: there is a scenario {name!r} already", "give this one another name: --name NAME")


def _walks(file: Path, name: str) -> bool:
    """Say whether the scenario leads where the run went."""
    from runbook_runner.cli.test import perform

    results, _ = perform((str(file),), name, first=False, show=False)
    return all(each.passed for each in results.tested if each.name == name) and not results.broken


def _with_children(journal: Store, library: Library, run: str) -> list[tuple[RunState, Graph]]:
    """Return a run and those walked from it, each with the graph of the text that it walked."""
    state = fold(run, journal.events(run))
    path = state.started.path if state.started else ""
    found = [(state, build(library.parse(state.source, path)))]
    for child, _ in state.children:
        found += _with_children(journal, library, child)
    return found


def _beside(state: RunState) -> Path:
    from runbook_runner.rehearsal.suite import ENDING

    path = Path(state.started.path if state.started else "")
    if not path.is_file():
        raise InputError(f"the runbook {path} is not here", "without --save the scenario is printed")
    return path.with_name(path.name.removesuffix(".md") + ENDING)
