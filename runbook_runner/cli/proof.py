"""`runbook verify`, `export` and `import`: a record that proves itself, wherever it lies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO

import click

from runbook_runner.cli import completing
from runbook_runner.cli.journal import again
from runbook_runner.cli.records import drills_option, json_option, open_journal, store_option
from runbook_runner.errors import InputError
from runbook_runner.model.branches import every as of_all
from runbook_runner.model.chain import verify as flaws_of
from runbook_runner.model.events import Event
from runbook_runner.ports import Store

if TYPE_CHECKING:
    from runbook_runner.run.carrying import Carried

_LEAST = 12
"""Characters of a hash that name it beyond doubt."""


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@click.option("--all", "every", is_flag=True, help="Every run.")
@click.option("--head", default="", metavar="HASH", help="This event must be there: the head that a report printed.")
@drills_option
@json_option
@store_option
def verify(run: str, every: bool, head: str, drills: bool, as_json: bool, store: str) -> int:
    """Find any event of RUN that was changed, dropped or put in later; without it, of the newest.

    That the last events of a run are missing, only a hash kept elsewhere tells: each report prints that of its head.
    Exit code 1 when something is wrong.
    """
    from runbook_runner.cli.choosing import choose_run

    if head and (every or len(head) < _LEAST):
        why = "one run" if every else f"at least {_LEAST} characters of its hash"
        raise InputError(f"--head wants {why}", "`runbook report RUN` prints it")
    journal = open_journal(store, of_drills=drills)
    # A run whose beginning is gone is in no list.
    known = every or (bool(run) and bool(journal.head(run)))
    runs = (journal.runs() if every else [run]) if known else [choose_run(journal, run, open_only=False)]
    found = []
    for each in runs:
        events = journal.events(each)
        wrong = flaws_of(events)
        if head and not any(event.digest.startswith(head.lower()) for event in (*events, *of_all(events))):
            wrong.append(f"no event has the hash {head}: the last ones were cut off, or changed")
        tip = events[-1].digest if events else ""
        removed = sum(event.payload is None for event in events)
        found.append({"run": each, "events": len(events), "head": tip, "removed": removed, "wrong": wrong})
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        _tell(found, every=every)
    return 1 if any(each["wrong"] for each in found) else 0


def _tell(found: list[dict[str, Any]], *, every: bool) -> None:
    bad = [each for each in found if each["wrong"]]
    for each in bad if every else found:
        wrong = len(each["wrong"])
        state = f"{wrong} thing{' is' if wrong == 1 else 's are'} wrong" if wrong else _sound(each["removed"])
        click.echo(f"run {each['run']}: {each['events']} events, {state}")
        for flaw in each["wrong"]:
            click.echo(f"  {flaw}")
        if not each["wrong"]:
            click.echo(f"  head {each['head']}")
    if every:
        counted = f"{len(found)} run{'' if len(found) == 1 else 's'}, {sum(each['events'] for each in found)} events"
        sound = _sound(sum(each["removed"] for each in found))
        click.echo(f"{counted}: {f'{len(bad)} with something wrong' if bad else sound}")


def _sound(removed: int) -> str:
    """Say that all is as it was recorded, but for what was removed on purpose, of which the record tells."""
    texts = f"; {removed} text{' was' if removed == 1 else 's were'} removed (scrub, prune)" if removed else ""
    return f"nothing was changed{texts}"


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=completing.runs)
@click.option("--all", "every", is_flag=True, help="Every run.")
@click.option("--output", "-o", type=click.File("w", "utf-8"), default="-", help="Write it here.")
@drills_option
@store_option
def export(runs: tuple[str, ...], every: bool, output: TextIO, drills: bool, store: str) -> int:
    """Write each RUN as JSON lines, an event a line, with the hashes that prove it; without any, the newest."""
    from runbook_runner.cli.choosing import choose_run

    journal = open_journal(store, of_drills=drills)
    chosen = journal.runs() if every else [choose_run(journal, run, open_only=False) for run in runs or ("",)]
    for run in dict.fromkeys(chosen):
        output.writelines(lines(journal, run))
    return 0


def lines(journal: Store, run: str) -> Iterator[str]:
    """Yield a run's events as they are exported."""
    for event in journal.events(run):
        values = {name: getattr(event, name) for name in Event.__struct_fields__}
        # Pure ASCII: halves of surrogate pairs, which stand for bytes that were no text, pass any pipe.
        yield json.dumps(values, separators=(",", ":")) + "\n"


@click.command("import")
@click.argument("file", type=click.File("r", "utf-8"), default="-")
@json_option
@store_option
def import_(file: TextIO, as_json: bool, store: str) -> int:
    """Take runs from FILE, as `export` wrote them, or from standard input; what is there already stays as it is.

    A run that went on in another way here is joined: both branches are kept, as `sync` does.
    """
    from runbook_runner.run.carrying import carry
    from runbook_runner.run.clock import SystemClock

    journal, told = open_journal(store, itself=True), []
    for run, events in _by_run(_read(file)):
        known = journal.events(run)
        if known and known[0].digest != events[0].digest:
            why = f"another run {run} is here: the two have no event in common"
            raise InputError(why, "take it into a journal of its own: --store PATH")
        each = carry(journal, run, events, SystemClock())
        told.append({"run": run, "events": len(events), "new": each.new, "joined": each.apart, "by": each.by})
        if not as_json:
            click.echo(f"run {run}: {each.new} of {len(events)} events are new{_joined(each)}")
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 0
    new = sum(bool(each["new"]) for each in told)
    if told and not new:
        click.echo("all of it is here already")
    else:
        click.echo(f"{new} run{'' if new == 1 else 's'} taken in")
    return 0


def _joined(each: Carried) -> str:
    """Say what became of a run that went on here too; nothing of any other."""
    if not each.apart:
        return ""
    if not each.by:
        return "; joined to what others noted here meanwhile, and it stands where the file has brought it"
    return (
        f"; joined to what {each.by} did here meanwhile: both branches are kept, and it stands where {each.by} has "
        f"brought it (`runbook show {each.run}{again()}`)"
    )


def _read(file: TextIO) -> Iterator[Event]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
            yield Event(**{name: values[name] for name in Event.__struct_fields__})
        except (ValueError, TypeError, KeyError) as error:
            why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
            raise InputError(f"{file.name}:{number}: this is no exported event: {why}", "`runbook export`") from error


def _by_run(events: Iterable[Event]) -> list[tuple[str, list[Event]]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        found.setdefault(event.run, []).append(event)
    for run, each in found.items():
        if wrong := flaws_of(each):
            raise InputError(f"run {run} is not as it was recorded: {wrong[0]}", "nothing was taken in")
    return list(found.items())
