"""`runbook watch`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from os import uname

import click
from msgspec import Struct

from runbook_runner import registry
from runbook_runner.cli import completing
from runbook_runner.cli.journal import again
from runbook_runner.cli.printing import Printing
from runbook_runner.cli.records import drills_option, json_option, open_journal, store_option
from runbook_runner.errors import StoreAway
from runbook_runner.formats import Moment, Record
from runbook_runner.model import events as e
from runbook_runner.model.chain import decode
from runbook_runner.model.events import Event
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.state import RunState, apply, fold
from runbook_runner.ports import Clock, Library, Store, Wanted
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.handing import driver

_LOOK = 0.5
"""Seconds after which it looks, told or not."""
_ALL = 5.0
"""Seconds between two looks at runs that were begun before the watch, and may be live again."""


@click.command()
@click.argument("run", required=False, default="", shell_complete=completing.runs)
@drills_option
@json_option
@store_option
def watch(run: str, drills: bool, as_json: bool, store: str) -> int:
    """Look on while somebody walks RUN (its id or the beginning of it), until it ends; without it, at all live runs.

    It reads only. What a command prints comes as it is printed, within a second. Ctrl-C stops looking.
    """
    from runbook_runner.cli.choosing import choose_run
    from runbook_runner.cli.config import config
    from runbook_runner.cli.library import Files

    journal = open_journal(store, of_drills=drills)
    show = Show(journal, Files(config()), "watch_json" if as_json else "watch_text", quiet=as_json)
    if run:
        show.one(choose_run(journal, run, open_only=False))
    else:
        show.every()
    return 0


class _Watched(Struct):
    """A run that is looked at, as far as it was shown."""

    state: RunState
    label: str = ""
    seen: int = 0
    runbook: Runbook | None = None
    alone: bool = False
    """It was said that nobody drives it any more."""
    printing: Printing | None = None
    """What its command prints, while one runs."""


class Show:
    """Shows events of runs as they come."""

    def __init__(self, journal: Store, library: Library, form: str, *, quiet: bool) -> None:
        # Who only looks waits until a server is back; a file that takes its place knows nothing of the others.
        self._journal: Store = getattr(journal, "main", None) or journal
        self._library = library
        self._format = registry.format_for(form)
        self._quiet = quiet
        self._clock: Clock = SystemClock()
        self._runs: dict[str, _Watched] = {}
        self._began = self._clock.wall()
        self._next = 0.0
        self._blind = not getattr(self._journal, "glimpses", True)
        """What commands print while they run is not to be had here, and that was not said yet."""

    def one(self, run: str) -> None:
        """Show a run from its beginning to its end, and the runs that are walked from it."""
        watched = self._runs[run] = _Watched(RunState(run))

        def look() -> bool:
            self._look(watched)
            return watched.state.ended is not None

        self._follow(look)

    def every(self) -> None:
        """Show what happens from now on in every run that is driven or comes to be."""
        self._find_driven()
        if not self._runs:
            self._say("nobody drives a run now; waiting for one. Ctrl-C stops.")

        def look() -> bool:
            for run in self._journal.find(Wanted(since=self._began - 1.0)):
                self._runs.setdefault(run, _Watched(RunState(run), run))
            self._find_driven()
            for watched in list(self._runs.values()):
                if watched.state.ended is None:
                    self._look(watched)
            return False

        self._follow(look)

    def _follow(self, look: Callable[[], bool]) -> None:
        """Look until there is nothing more to see; a journal that is away for a while is waited for."""
        away = False
        while True:
            try:
                if look():
                    return
                away = False
                self._journal.wait(_LOOK)
            except StoreAway as error:
                if not away:
                    self._say(f"{error.message}; looking again until it answers")
                away = True
                time.sleep(_LOOK)

    def _find_driven(self) -> None:
        """Take note, now and then, of runs that were begun before, and which somebody drives."""
        if self._clock.mono() < self._next:
            return
        self._next = self._clock.mono() + _ALL
        for run in self._journal.find(Wanted(outcome="open", held=self._clock.wall())):
            if run in self._runs or driver(self._journal, self._clock, run, uname().nodename) is None:
                continue
            watched = self._runs[run] = _Watched(RunState(run), run)
            for _ in self._news(watched):
                pass  # what was before the watch, `runbook show` tells
            state = watched.state
            what = state.started.title if state.started else "a run"
            who = state.drivers[-1][1] if state.drivers else "somebody"
            at = f", at step `{state.visit.step}`" if state.visit else ""
            self._say(f"{run}  {who} drives: {what}{at}")

    def _look(self, watched: _Watched) -> None:
        """Show what is new in a run, and in the one that is walked from it."""
        for event in self._news(watched):
            record = Record(watched.state, (), watched.runbook)
            rest = watched.printing.rest(event) if watched.printing else None
            click.echo(self._format.render(Moment(event, record, watched.label, rest)), nl=False)
            child = watched.state.child
            if child and child not in self._runs:
                self._runs[child] = _Watched(RunState(child), watched.label and child)
        self._look_closer(watched)
        if watched.state.child:
            self._look(self._runs[watched.state.child])
        if watched.state.ended is None and not watched.state.detached:
            alone = driver(self._journal, self._clock, watched.state.run, uname().nodename) is None
            if alone and not watched.alone:
                self._say(f"nobody drives run {watched.state.run} any more; `runbook resume{again()}` goes on with it")
            watched.alone = alone

    def _look_closer(self, watched: _Watched) -> None:
        """Show what a command prints that has not ended."""
        attempt = watched.state.open_attempt()
        if attempt is None:
            watched.printing = None
            return
        number = attempt.start.attempt
        if watched.printing is None or watched.printing.attempt != number:
            watched.printing = Printing(watched.state.run, number, watched.label)
            if self._blind:
                self._blind = False
                self._say("this journal is a standby's: what a command prints comes here when it has ended")
        live = self._journal.shown(watched.state.run)
        for glimpse in watched.printing.news(live, self._clock.wall()):
            click.echo(self._format.render(glimpse), nl=False)

    def _news(self, watched: _Watched) -> Iterator[Event]:
        """Yield the events since the last look, the state being that after each of them."""
        for event in self._journal.events(watched.state.run, after=watched.seen):
            watched.seen += 1
            body = decode(event)
            if isinstance(body, e.Merged):  # what a branch did before may be where the run stands now
                watched.state = fold(watched.state.run, self._journal.events(watched.state.run)[: watched.seen])
            else:
                watched.state = apply(watched.state, event, body)
            if isinstance(body, e.RunStarted | e.SourceChanged) and watched.state.started:
                watched.runbook = self._library.parse(watched.state.source, watched.state.started.path)
            yield event

    def _say(self, text: str) -> None:
        click.echo(text, err=self._quiet)
