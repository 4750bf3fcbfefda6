"""`runbook handoff`."""

from __future__ import annotations

import click

from runbook_runner.cli import completing
from runbook_runner.cli.journal import again
from runbook_runner.cli.records import json_option, open_journal, store_option


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--to", required=True, metavar="NAME", help="Who is to go on with it.")
@click.option("--note", default="", help="What they should know.")
@json_option
@store_option
def handoff(run: str, to: str, note: str, as_json: bool, store: str) -> int:
    """Hand RUN (its id or the beginning of it) to NAME; without it, the newest that has not ended.

    The terminal that drives it decides no more; a command that runs there goes on, and its end is recorded.
    """
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.compose import cause
    from runbook_runner.errors import InputError
    from runbook_runner.model.events import HandedOver
    from runbook_runner.ports import Holder
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.handing import hand_over, topmost
    from runbook_runner.run.redact import Redactor

    if not to.strip():
        raise InputError("--to names nobody", "`runbook handoff RUN --to NAME`")
    from runbook_runner.model.state import fold

    journal, clock, why = open_journal(store), SystemClock(), cause(None, None, "interactive")
    chosen = choose_run(journal, run, open_only=not run)
    state = topmost(journal, fold(chosen, journal.events(chosen)))
    clean = Redactor().text
    handed = HandedOver(why.who, clean(to.strip()), clean(note))
    hand_over(journal, clock, state, handed, lambda it: Holder(it.writer, why.who, why.host, why.pid, clock.boot()))
    if as_json:
        import json

        click.echo(json.dumps({"run": state.run, "who": handed.who, "to": handed.to, "note": handed.note}))
        return 0
    click.echo(f"run {state.run} is handed to {handed.to}, who goes on with: runbook resume {state.run}{again()}")
    return 0
