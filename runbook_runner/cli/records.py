"""`runbook show`, `report` and `scrub`: one run of the journal."""

from __future__ import annotations

from typing import TextIO

import click

from runbook_runner import registry
from runbook_runner.cli import completing
from runbook_runner.errors import InputError
from runbook_runner.formats import Record
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Library, Store

_BELOW = " " * 20
"""Under the words that stand behind two times."""
store_option = click.option(
    "--store", metavar="PATH|URL", default="", help="The journal: a file or postgresql://…  [env: RUNBOOK_STORE]"
)
drills_option = click.option("--drills", is_flag=True, help="Drills, which are recorded apart.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def open_journal(store: str, *, of_drills: bool = False, itself: bool = False) -> Store:
    """Open the journal that a flag or the configuration names, or that of the drills.

    With `itself`, no file takes its place while it is away.
    """
    from runbook_runner.cli.config import config
    from runbook_runner.cli.journal import drills, open_store, target

    settings = config()
    if itself:
        return registry.store(target(store, settings))
    return open_store(drills(store, settings) if of_drills else store, settings)


def _load(journal: Store, run: str) -> Record:
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.config import config
    from runbook_runner.cli.library import Files

    return _record(journal, Files(config()), choose_run(journal, run, open_only=False))


def _record(journal: Store, library: Library, run: str, above: tuple[str, ...] = ()) -> Record:
    from runbook_runner.model import events as e
    from runbook_runner.model.chain import decode

    events = journal.events(run)
    state = as_it_stands(journal, fold(run, events))
    path = state.started.path if state.started else ""
    bodies = [decode(event) for event in events if event.type == "child_entered"]
    walked = [body.run for body in bodies if isinstance(body, e.ChildEntered) and body.run not in (run, *above)]
    children = tuple(_record(journal, library, child, (*above, run)) for child in dict.fromkeys(walked))
    return Record(state, tuple(events), library.parse(state.source, path), children)


def as_it_stands(journal: Store, state: RunState) -> RunState:
    """Return a run that nobody drives any more as cut off: a driver that was killed could not say so itself."""
    if state.ended or state.detached:
        return state
    from os import uname

    from msgspec.structs import replace

    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.gone import is_gone

    clock, lease = SystemClock(), journal.lease(state.run)
    held = lease and lease.expires > clock.wall() and not is_gone(lease.holder, uname().nodename, clock.boot())
    return state if held else replace(state, detached="cut off")


def _wrapped(text: str) -> str:
    """Return a timeline wrapped below its words at a terminal; commands and what they printed stay as they are."""
    import sys

    if not sys.stdout.isatty():
        return text
    from runbook_runner.cli.terminal.reporter import terminal_width
    from runbook_runner.cli.terminal.style import wrap

    width, rows = terminal_width(sys.stdout), []
    for line in text.splitlines():
        words = line.lstrip()
        indent = _BELOW if line[:1].isdigit() else " " * (len(line) - len(words) + 2)
        as_it_is = line.startswith(_BELOW) or line[len(_BELOW) - 2 :].startswith(("| ", "$ "))
        rows += [line] if as_it_is else wrap(words, width, first=line[: len(line) - len(words)], rest=indent)
    return "".join(f"{row}\n" for row in rows)


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@drills_option
@json_option
@store_option
def show(run: str, drills: bool, as_json: bool, store: str) -> int:
    """Show what happened in RUN (its id or the beginning of it); without it, in the newest."""
    record = _load(open_journal(store, of_drills=drills), run)
    text = registry.format_for("report_json" if as_json else "show_text").render(record)
    click.echo(text if as_json else _wrapped(text), nl=False)
    return 0


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option(
    "--format", "form", type=click.Choice(["markdown", "html", "json"]), default="markdown", show_default=True
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", "-o", type=click.File("w", "utf-8", "replace"), default="-", help="Write it here.")
@drills_option
@store_option
def report(run: str, form: str, as_json: bool, output: TextIO, drills: bool, store: str) -> int:
    """Write RUN down for the incident review: a timeline with its evidence; without it, the newest."""
    record = _load(open_journal(store, of_drills=drills), run)
    output.write(registry.format_for("report_json" if as_json else f"report_{form}").render(record))
    return 0


@click.command()
@click.argument("run", shell_complete=completing.runs)
@click.argument("seq", metavar="SEQ", type=int)
@click.option("--writer", default="", help="Whose event, when several wrote the run.")
@click.option("--reason", required=True, help="Why: it stays in the record.")
@store_option
def scrub(run: str, seq: int, writer: str, reason: str, store: str) -> int:
    """Remove the text of event SEQ of RUN for good; that it was there, and why it is gone, stays.

    `runbook show RUN --json` gives the SEQ of each event, and its writer.
    """
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.compose import cause
    from runbook_runner.model.events import Scrubbed
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.journal import Journal

    if not reason.strip():
        raise InputError("the reason is empty", "say why: it is all that stays")
    journal = open_journal(store, itself=True)
    chosen = choose_run(journal, run, open_only=False)
    found = [event for event in journal.events(chosen) if event.seq == seq and event.writer.startswith(writer)]
    if not found:
        raise InputError(f"run {chosen} has no event {seq}", f"`runbook show {chosen} --json` lists them")
    if len(found) > 1:
        which = ", or ".join(f"--writer {event.writer} ({event.type})" for event in found)
        raise InputError(f"{len(found)} writers have an event {seq}", f"say which: {which}")
    journal.empty(())  # who may not remove it must not record that it is gone
    who = cause(None, None, "interactive").who
    # The tombstone first: a text that is gone without a word would look like tampering.
    Journal(journal, chosen, SystemClock()).observe(Scrubbed(found[0].writer, seq, reason, who))
    journal.scrub(chosen, found[0].writer, seq)
    click.echo(f"event {seq} ({found[0].type}) of run {chosen} is scrubbed")
    return 0
