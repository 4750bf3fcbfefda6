"""`runbook run`."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import click

from runbook_runner.cli import completing
from runbook_runner.cli.moments import moment
from runbook_runner.errors import InputError
from runbook_runner.model.runbook import Runbook

if TYPE_CHECKING:
    from runbook_runner.cli.compose import Manner
    from runbook_runner.cli.meeting import Met
    from runbook_runner.run.begin import Cause
    from runbook_runner.run.walk import Ports


def parameters(_ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read `--param K=V`."""
    found = {}
    for value in values:
        name, equals, text = value.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
        found[name] = text
    return found


@click.command()
@click.argument("runbook", required=False, type=click.Path())
@click.option(
    "--param",
    "flags",
    multiple=True,
    metavar="K=V",
    callback=parameters,
    shell_complete=completing.parameters,
    help="Give a parameter its value.",
)
@click.option("--alert", metavar="FILE|-", help="Start for this Alertmanager webhook.")
@click.option("--since", metavar="TIME", callback=moment, help="Time of the page: 20m ago, 03:12, or an ISO time.")
@click.option("--read-only", is_flag=True, help="Refuse changes and unknown effects.")
@click.option("--dry-run", is_flag=True, help="Walk all branches, run nothing, record nothing.")
@click.option("--auto", is_flag=True, help="Ask nothing: run reads, stop where a person must decide.")
@click.option(
    "--from",
    "start",
    metavar="STEP",
    default="",
    shell_complete=completing.steps,
    help="Start at this step or section.",
)
@click.option("--no-preflight", is_flag=True, help="Do not look first for what the steps will need.")
@click.option("--plain", is_flag=True, help="Lines only: for screen readers, dumb terminals and pipes.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON lines.")
@click.option("--store", metavar="PATH|URL", default="", help="Keep the journal here.  [env: RUNBOOK_STORE]")
def run(
    runbook: str | None,
    flags: dict[str, str],
    alert: str | None,
    since: float | None,
    read_only: bool,
    dry_run: bool,
    auto: bool,
    start: str,
    no_preflight: bool,
    plain: bool,
    as_json: bool,
    store: str,
) -> int:
    """Walk through RUNBOOK, step by step, and record what happens.

    RUNBOOK is a path, a title, the name of an alert, or a few letters of one; without it you pick one.
    """
    from runbook_runner.cli import compose
    from runbook_runner.cli.alerts import read_alert
    from runbook_runner.cli.find import find, find_for

    manner = compose.Manner(auto, plain, as_json)
    fired = read_alert(alert) if alert else None
    if fired and fired.remark:
        sys.stderr.write(f"{alert}: {fired.remark}\n")
    ask = not auto and not as_json
    found: Runbook
    if fired and not runbook:
        found, anchor = find_for(fired, ask=ask, plain=plain)
    else:
        found, anchor = find(runbook or "", ask=ask, plain=plain), (runbook or "").partition("#")[2]
    start = start or anchor
    if dry_run:
        from runbook_runner.cli.dryrun import dry_run as show

        return show(found, start, plain=plain)
    if not found.steps:
        compose.read_out(found, manner)
        raise InputError(f"{found.path}: there is no step in it", "`runbook inspect` shows what was recognised")
    if alert == "-" and not auto:
        _reopen_terminal()
    ports = compose.compose(store, manner)
    why = compose.cause(fired, since, "auto" if auto else "interactive")
    chosen = compose.options(flags, store, read_only=read_only)
    remark = ""
    if not read_only and (met := _met(ports, found, why)):
        if met.answer != "go":
            return _instead(met, ports, manner, flags, store)
        remark = met.remark
    return compose.walk_new(found, ports, chosen, why, start, look_ahead=not no_preflight, remark=remark)


def _met(ports: Ports, found: Runbook, why: Cause) -> Met | None:
    from runbook_runner.cli.meeting import meet

    return meet(ports, found, why)


def _instead(met: Met, ports: Ports, manner: Manner, flags: dict[str, str], store: str) -> int:
    """Watch or take over the run of somebody who was first."""
    if met.answer == "watch":
        from runbook_runner.cli.watch import Show

        Show(ports.store, ports.library, "watch_json" if manner.json else "watch_text", quiet=manner.json).one(met.run)
        return 0
    from runbook_runner.cli.resume import go_on

    return go_on(ports, met.run, manner, flags, store, read_only=False, take=True)


def _reopen_terminal() -> None:
    # The alert came through the pipe; her answers come from the terminal, if there is one.
    import os

    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        return
    os.dup2(terminal, sys.stdin.fileno())
    os.close(terminal)
