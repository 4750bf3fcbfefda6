"""`runbook resume`."""

from __future__ import annotations

import click

from runbook_runner.cli import completing
from runbook_runner.cli.run import parameters
from runbook_runner.errors import HeldElsewhere, InputError


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--take", is_flag=True, help="Take the run over from whoever drives it.")
@click.option("--param", "flags", multiple=True, metavar="K=V", callback=parameters, help="Give a parameter its value.")
@click.option("--read-only", is_flag=True, help="Refuse changes and unknown effects.")
@click.option("--auto", is_flag=True, help="Ask nothing: run reads, stop where a person must decide.")
@click.option("--plain", is_flag=True, help="Lines only: for screen readers, dumb terminals and pipes.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON lines.")
@click.option("--store", metavar="PATH", default="", help="The journal is here.  [env: RUNBOOK_STORE]")
def resume(
    run: str, take: bool, flags: dict[str, str], read_only: bool, auto: bool, plain: bool, as_json: bool, store: str
) -> int:
    """Go on with RUN (its id or the beginning of it); without it, with the newest that has not ended."""
    from runbook_runner.cli import compose
    from runbook_runner.run.begin import held, load, take_up
    from runbook_runner.run.opening import standing

    ports = compose.compose(store, compose.Manner(auto, plain, as_json))
    chosen = compose.choose_run(ports.store, run, open_only=not run)
    state = load(ports, chosen)
    if state.ended:
        raise InputError(f"run {chosen} has ended: {state.outcome}", f"`runbook show {chosen}` shows it")
    while state.started and state.started.parent_run:
        # A child is walked from its parent, which goes on when it returns.
        state = load(ports, state.started.parent_run)
    why = compose.cause(None, None, "auto" if auto else "interactive")
    was = state.started.read_only if state.started else False
    options = compose.options(flags, store, read_only=read_only or was)
    try:
        walk = take_up(state, ports, options, why, take=take)
    except HeldElsewhere as error:
        raise held(error, chosen) from error
    standing(walk)
    return compose.finish(walk, why)
