"""`runbook runs` and `runbook search`: finding runs in the journal."""

from __future__ import annotations

import time

import click

from runbook_runner import registry
from runbook_runner.cli.moments import moment
from runbook_runner.cli.records import as_it_stands, drills_option, json_option, open_journal, store_option
from runbook_runner.errors import InputError
from runbook_runner.formats.runs_text import RunsText
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Store, Wanted

_OPEN = ("running", "detached")
_OUTCOMES = ("resolved", "mitigated", "escalated", "false_alarm", "abandoned", *_OPEN)
since_option = click.option(
    "--since", metavar="TIME", callback=moment, help="No older than this: 12h, 7d, 03:12, or an ISO time."
)


@click.command()
@click.option("--limit", "-n", default=20, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@click.option("--service", default="", help="Of this service.")
@click.option("--runbook", default="", help="Whose path or title has this in it.")
@since_option
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="That ended so, or have not ended.")
@click.option("--who", default="", help="That this person drove at some time.")
@click.option("--live", is_flag=True, help="That somebody drives now.")
@drills_option
@json_option
@store_option
def runs(
    limit: int,
    service: str,
    runbook: str,
    since: float | None,
    outcome: str | None,
    who: str,
    live: bool,
    drills: bool,
    as_json: bool,
    store: str,
) -> int:
    """List the recorded runs, newest first."""
    if live and outcome not in (None, "running"):
        raise InputError(f"a run that is live has not ended: it is never {outcome}", "leave out --live or --outcome")
    state = "running" if live else outcome or ""
    held = time.time() if state == "running" else 0.0
    wanted = Wanted(service, runbook, who, since or 0.0, "open" if state in _OPEN else state, held)
    journal = open_journal(store, of_drills=drills)
    states = _those(journal, wanted, state if state in _OPEN else "", limit)
    if not states and wanted != Wanted() and not as_json:
        click.echo("no recorded run is like that")
        return 0
    if as_json:
        click.echo(registry.format_for("runs_json").render(states), nl=False)
    else:
        click.echo(_clipped(RunsText(_width()).render(states)), nl=False)
    return 0


def _those(journal: Store, wanted: Wanted, state: str, limit: int) -> list[RunState]:
    """Return the runs that are wanted, as they stand; whether one that goes on is driven, its lease says."""
    found: list[RunState] = []
    for run in journal.find(wanted, limit=0 if state else limit):
        stands = as_it_stands(journal, fold(run, journal.events(run)))
        if state in ("", stands.outcome):
            found.append(stands)
        if len(found) == limit:
            break
    return found


@click.command()
@click.argument("text")
@click.option("--limit", "-n", default=50, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@since_option
@drills_option
@json_option
@store_option
def search(text: str, limit: int, since: float | None, drills: bool, as_json: bool, store: str) -> int:
    """Find TEXT in what people wrote and what commands printed, in any run; upper and lower case are the same."""
    from runbook_runner.cli.finding import hits

    if not text.strip():
        raise InputError("there is nothing to search for", "`runbook search 'lock timeout'`")
    found = hits(open_journal(store, of_drills=drills), text, since or 0.0, limit)
    form = registry.format_for("search_json" if as_json else "search_text").render(found)
    click.echo(form if as_json else _clipped(form), nl=False)
    return 0


def _clipped(table: str) -> str:
    """Return a table as wide as the terminal; elsewhere as it is."""
    from runbook_runner.cli.terminal.style import clip

    width = _width()
    return "".join(clip(line, width) + "\n" for line in table.splitlines()) if width else table


def _width() -> int:
    """Return the columns of the terminal; 0 elsewhere."""
    import sys

    if not sys.stdout.isatty():
        return 0
    from runbook_runner.cli.terminal.reporter import terminal_width

    return terminal_width(sys.stdout)
