"""`runbook prune`."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import click

from runbook_runner.cli.moments import moment
from runbook_runner.cli.proof import lines
from runbook_runner.cli.records import json_option, open_journal, store_option
from runbook_runner.errors import InputError
from runbook_runner.model.branches import heads
from runbook_runner.model.events import Pruned
from runbook_runner.model.state import fold
from runbook_runner.ports import Store


@click.command()
@click.option("--older-than", "before", metavar="TIME", required=True, callback=moment, help="Ended before: 365d.")
@click.option("--archive", metavar="FILE", default="", help="Keep them here.  [default: runbook-DATE.jsonl]")
@click.option("--yes", "-y", is_flag=True, help="Do it; without this, only say what would be done.")
@json_option
@store_option
def prune(before: float, archive: str, yes: bool, as_json: bool, store: str) -> int:
    """Archive the runs that ended long ago to a file, then remove their texts from the journal.

    The file can be taken in again with `runbook import`, elsewhere. What stays are the hashes, so that `runbook
    verify` still finds what was changed, and title, outcome and driver. In PostgreSQL only the owner may do this.
    """
    from runbook_runner.cli.compose import cause
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.journal import Journal

    journal = open_journal(store, itself=True)
    runs = _old(journal, before)
    file = Path(archive or time.strftime("runbook-%Y-%m-%d.jsonl", time.gmtime()))
    told = {"runs": runs, "archive": str(file) if runs else "", "done": bool(yes and runs)}
    if runs and yes:
        journal.empty(())  # who may not remove them must not record that they are gone
        _keep(journal, runs, file)
        who = cause(None, None, "interactive").who
        for run in runs:
            events = journal.events(run)
            if any(event.type == "pruned" for event in events):
                continue  # this was cut off half-way the last time
            state = fold(run, events)
            start = state.started
            Journal(journal, run, SystemClock()).observe(
                Pruned(
                    who,
                    file.name,
                    start.path if start else "",
                    start.title if start else "",
                    start.service if start else "",
                    state.drivers[-1][1] if state.drivers else "",
                    state.outcome,
                    heads=tuple(heads(events)),
                )
            )
        journal.empty(runs)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    elif not runs:
        click.echo("no run is that old")
    else:
        counted = f"{len(runs)} run{'' if len(runs) == 1 else 's'}"
        done = f"{counted} archived in {file}, and pruned"
        click.echo(done if yes else f"{counted} would be archived in {file} and pruned; --yes does it")
    return 0


def _old(journal: Store, before: float) -> list[str]:
    """Return the runs that ended before, but those whose texts are gone already."""
    ended = journal.select(("run_ended",))
    return sorted({event.run for event in ended if event.wall < before and event.payload is not None})


def _keep(journal: Store, runs: Sequence[str], file: Path) -> None:
    """Write the archive, durably, before anything is removed."""
    try:
        # As private as the journal that it comes from.
        with open(file, "x", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            for run in runs:
                out.writelines(lines(journal, run))
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError as error:
        raise InputError(f"{file} is there already", "say --archive with another name") from error
    except OSError as error:
        file.unlink(missing_ok=True)
        raise InputError(f"{file}: {(error.strerror or str(error)).lower()}", "nothing was pruned") from error
