"""`runbook resume`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from runbook_runner.cli import completing
from runbook_runner.cli.journal import again
from runbook_runner.cli.run import parameters
from runbook_runner.errors import HeldElsewhere, InputError

if TYPE_CHECKING:
    from runbook_runner.cli.compose import Manner
    from runbook_runner.run.walk import Ports


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--take", is_flag=True, help="Take the run over from whoever drives it.")
@click.option("--param", "flags", multiple=True, metavar="K=V", callback=parameters, help="Give a parameter its value.")
@click.option("--read-only", is_flag=True, help="Refuse changes and unknown effects.")
@click.option("--auto", is_flag=True, help="Ask nothing: run reads, stop where a person must decide.")
@click.option("--plain", is_flag=True, help="Lines only: for screen readers, dumb terminals and pipes.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON lines.")
@click.option("--store", metavar="PATH|URL", default="", help="The journal is here.  [env: RUNBOOK_STORE]")
def resume(
    run: str, take: bool, flags: dict[str, str], read_only: bool, auto: bool, plain: bool, as_json: bool, store: str
) -> int:
    """Go on with RUN (its id or the beginning of it); without it, with the newest that has not ended."""
    from runbook_runner.cli import compose
    from runbook_runner.cli.choosing import choose_run

    manner = compose.Manner(auto, plain, as_json)
    ports = compose.compose(store, manner)
    chosen = choose_run(ports.store, run, open_only=not run)
    return go_on(ports, chosen, manner, flags, store, read_only=read_only, take=take)


def go_on(
    ports: Ports, run: str, manner: Manner, flags: dict[str, str], store: str, *, read_only: bool, take: bool
) -> int:
    """Take a run up and walk on; a child from its parent, which goes on when it returns."""
    from runbook_runner.cli import compose
    from runbook_runner.run.begin import held, load, take_up
    from runbook_runner.run.handing import topmost
    from runbook_runner.run.interrupts import clock_text
    from runbook_runner.run.opening import standing

    state = load(ports, run)
    if state.ended:
        raise InputError(f"run {run} has ended: {state.outcome}", f"`runbook show {run}{again()}` shows it")
    state = topmost(ports.store, state)
    why = compose.cause(None, None, "auto" if manner.auto else "interactive")
    was = state.started.read_only if state.started else False
    options = compose.options(flags, store, read_only=read_only or was)
    try:
        walk = take_up(state, ports, options, why, take=take)
    except HeldElsewhere as error:
        raise held(error, run) from error
    standing(walk)
    if given := state.handed:
        ago = clock_text(ports.clock.wall() - state.last_wall)
        note = f": {given.note}" if given.note else ""
        ports.reporter.say(f"handed to {given.to} by {given.who} {ago} ago{note}", style="warning")
    return compose.finish(walk, why)
