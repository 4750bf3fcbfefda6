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
@click.option("--name", default="", help="What the scenario is called; the day of the run without it.")
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
    file.write_text(added(text, scenario), encoding="utf-8")
    click.echo(f"{scenario.name!r} is added to {file}; `runbook test {file}` walks it")
    return 0


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
