"""`runbook takeover`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from runbook_runner.cli import completing
from runbook_runner.cli.journal import again
from runbook_runner.cli.records import store_option
from runbook_runner.errors import InputError, NeedsPerson

if TYPE_CHECKING:
    from runbook_runner.model.state import RunState
    from runbook_runner.ports import Lease, Notice
    from runbook_runner.run.walk import Ports


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--yes", "-y", is_flag=True, help="Take it now, without asking.")
@click.option("--wait", is_flag=True, help="Ask nothing: wait until its driver lets go, or is not heard of.")
@click.option("--read-only", is_flag=True, help="Refuse changes and unknown effects.")
@click.option("--plain", is_flag=True, help="Lines only: for screen readers, dumb terminals and pipes.")
@click.option("--json", "as_json", is_flag=True, help="Print the events as JSON lines.")
@store_option
def takeover(run: str, yes: bool, wait: bool, read_only: bool, plain: bool, as_json: bool, store: str) -> int:
    """Take RUN over from whoever drives it, and go on with it; without it, the newest that has not ended.

    Its driver decides no more from then on; a command that runs there goes on, and its end is recorded.
    """
    from runbook_runner.cli import compose
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.resume import go_on
    from runbook_runner.ports import HungUp, Interrupted
    from runbook_runner.run.begin import load
    from runbook_runner.run.handing import driver, topmost

    manner = compose.Manner(plain=plain, json=as_json)
    ports = compose.compose(store, manner)
    chosen = choose_run(ports.store, run, open_only=not run)
    state = load(ports, chosen)
    if state.ended:
        raise InputError(f"run {chosen} has ended: {state.outcome}", f"`runbook show {chosen}{again()}` shows it")
    state, why = topmost(ports.store, state), compose.cause(None, None, "interactive")
    lease = driver(ports.store, ports.clock, state.run, why.host)
    if lease is None:
        ports.reporter.say("nobody drives it; going on with it", style="quiet")
    elif not yes:
        try:
            if _waits(ports, state, lease, why.host, wait=wait):
                lease = None
        except Interrupted:
            return 130
        except HungUp:
            return 128 + (ports.signals.received or 1)
    return go_on(ports, state.run, manner, {}, store, read_only=read_only, take=lease is not None)


def _waits(ports: Ports, state: RunState, lease: Lease, host: str, *, wait: bool) -> bool:
    """Ask whether to take it now; True once the driver has let go, False to take it."""
    from runbook_runner.ports import Menu, Option
    from runbook_runner.run.interrupts import clock_text

    now, by = ports.clock.wall(), lease.holder
    since = next((wall for wall, _, _ in reversed(state.drivers)), state.wall)
    at = time.strftime("%H:%M:%S", time.gmtime(since))
    ports.reporter.say(
        f"{by.who} on {by.host} drives it since {at} UTC, {clock_text(now - since)} ago"
        + (f"; at step `{state.visit.step}`" if state.visit else "")
        + f"; last event {clock_text(now - state.last_wall)} ago",
        style="warning",
    )
    freed = _Freed(ports, state.run, host)
    if not wait:
        options = (
            Option("t", "take it over now"),
            Option("w", "wait until it is given back, or nothing is heard of them"),
            Option("q", "leave it"),
        )
        try:
            answer = ports.prompt.choose(Menu("Take it over?", options), freed)
        except NeedsPerson as error:
            raise NeedsPerson(error.message, "say --yes to take it now, or --wait") from error
        if answer == "t":
            return False
        if answer == "q":
            raise NeedsPerson(f"run {state.run} is left to {by.who}", f"`runbook watch {state.run}` looks on")
    ports.reporter.say("waiting; Ctrl-C leaves it", style="quiet")
    while not freed.is_so():
        freed.due()
        ports.store.wait(0.5)
    ports.reporter.say(f"{by.who} has let go of it", style="heading")
    return True


class _Freed:
    """Speaks over the question once the driver has let go."""

    def __init__(self, ports: Ports, run: str, host: str) -> None:
        self._ports, self._run, self._host = ports, run, host
        self._told = False
        self._next = 0.0

    def is_so(self) -> bool:
        from runbook_runner.run.handing import driver

        return driver(self._ports.store, self._ports.clock, self._run, self._host) is None

    def due(self) -> Sequence[Notice]:
        from runbook_runner.ports import Notice

        self._ports.signals.raise_pending()
        now = self._ports.clock.mono()
        if self._told or now < self._next:
            return ()
        self._next = now + 0.5
        if not self.is_so():
            return ()
        self._told = True
        return (Notice("nobody drives it any more"),)
