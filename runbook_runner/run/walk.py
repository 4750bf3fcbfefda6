"""What belongs to one walk: the run's graph and state, and the ports it speaks through."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner.errors import HeadMoved, HeldElsewhere, StoreError, StoreFull
from runbook_runner.model import events as e
from runbook_runner.model.chain import VERSION, type_name
from runbook_runner.model.graph import Graph
from runbook_runner.model.runbook import Parameter
from runbook_runner.model.state import RunState, apply, fold
from runbook_runner.model.target import Target
from runbook_runner.ports import (
    Clock,
    Executor,
    HungUp,
    Interrupted,
    Lent,
    Library,
    NoTargets,
    Place,
    Prompt,
    Reporter,
    Session,
    Store,
    Targets,
    Where,
)
from runbook_runner.run.beside import beside
from runbook_runner.run.journal import Happened, Journal
from runbook_runner.run.parameters import typed
from runbook_runner.run.redact import MARK, Redactor, is_secret_name

LEASE = 60.0
"""Seconds after which a driver that says nothing has lost the run."""


class Signals(Struct):
    """What the world has asked of the process; set by signal handlers, read between two steps of work."""

    received: int = 0
    """Number of the last signal; 0 for none."""

    def raise_pending(self) -> None:
        """Turn a signal into the exception that ends an open prompt."""
        number, self.received = self.received, 0
        if number == signal.SIGINT:
            raise Interrupted
        if number:
            self.received = number
            raise HungUp


class Options(Struct, frozen=True):
    """How she started it."""

    flags: Mapping[str, str] = field(default_factory=dict)
    """Parameters given on the command line."""
    environment: Mapping[str, str] = field(default_factory=dict)
    read_only: bool = False
    private: Path = Path()
    """Folder for the private files of all runs."""


class Ports(Struct, frozen=True):
    """The outside, as one walk sees it."""

    store: Store
    prompt: Prompt
    reporter: Reporter
    clock: Clock
    library: Library
    executors: Callable[[str], Executor | None]
    """Finds what runs a fence's language."""
    signals: Signals
    targets: Targets = NoTargets()


class Walk(Struct):
    """One run being driven; the only thing here that changes."""

    graph: Graph
    state: RunState
    journal: Journal
    ports: Ports
    options: Options
    redactor: Redactor = field(default_factory=Redactor)
    secrets: dict[str, str] = field(default_factory=dict)
    """Values of secret parameters: in memory only."""
    sessions: dict[str, Session] = field(default_factory=dict)
    """By executor and target."""
    targets: dict[str, Target] = field(default_factory=dict)
    """With their secrets: in memory only."""
    lent: Lent | None = None
    """What keeps the clients that shell commands use on the system that the run began with."""
    renewed: float = 0.0
    away: str = ""
    """Why the journal was kept elsewhere, as far as the record says so."""
    captures: dict[str, str] = field(default_factory=dict)
    """What `capture=NAME` kept."""
    held: list[Happened] = field(default_factory=list)
    """What happened and is not recorded yet; `state` knows it already."""
    recorded: RunState | None = None
    """The state without what is held."""
    unshown: list[e.Body] = field(default_factory=list)
    """What was held and is not shown yet."""

    def decide(self, *bodies: e.Body) -> None:
        """Record decisions; they need the lease."""
        self._note(bodies, decided=True)
        self.settle()

    def observe(self, *bodies: e.Body) -> None:
        """Record observations; they are always accepted."""
        self._note(bodies, decided=False)
        self.settle()

    def start(self, body: e.AttemptStarted) -> None:
        """Record the start of a command, with all that led to it; `show_held` shows that, once the command runs."""
        self._note((body,), decided=True)
        self._flush()

    def hold(self, *bodies: e.Body, decided: bool = True) -> None:
        """Take note of what is recorded, and shown, together with what follows from it: each write waits for the disk.

        `settle` before anybody is asked or anything is waited for.
        """
        self._note(bodies, decided=decided)
        self.unshown += bodies

    def settle(self) -> None:
        """Make durable what is held, and show it."""
        self._flush()
        self.show_held()

    def show_held(self) -> None:
        """Show what was held, once it is durable."""
        if self.unshown and not self.held:
            unshown, self.unshown = self.unshown, []
            for body in unshown:
                self._show(body)

    def _flush(self) -> None:
        """Make durable what is held, all or nothing.

        Where this process may decide no more, the observations among it are recorded all the same.
        """
        held, foreseen = self.held, self.state
        if not held:
            return
        self.held, self.state = [], self.recorded or foreseen
        append = self.journal.decide if any(each.decided for each in held) else self.journal.observe
        try:
            events = append(*held)
        except (HeadMoved, HeldElsewhere):
            self.held = held
            self.renounce()
            raise
        except StoreFull:
            self.held = held
            with suppress(StoreFull):  # there may be room for less
                self.renounce()
            raise
        except BaseException:
            self.unshown = []
            raise
        if len(events) == len(held):
            self.state = foreseen
            self._tell(events)
        else:  # others' came first
            self._told(events)
        self._note_away()

    def _note_away(self) -> None:
        """Record, once, that the journal is kept elsewhere: others may have gone on with the run where it belongs."""
        if self.ports.store.away and not self.away:
            self.away = self.ports.store.away
            self._told(self.journal.observe(redacted(e.Warned("journal-away", self.away), self.redactor)))
        elif self.away and not self.ports.store.away:
            self.away = ""
            self._told(self.journal.observe(e.Warned("journal-back", "the journal is back: the run goes on there")))

    def renounce(self) -> None:
        """Give up the decisions that are held, and record the observations among them: they happened anyhow."""
        seen = [each for each in self.held if not each.decided]
        self.held, self.unshown, self.state = [], [], self.recorded or self.state
        if seen:
            self._told(self.journal.observe(*seen))

    def _note(self, bodies: tuple[e.Body, ...], *, decided: bool) -> None:
        clock, journal = self.ports.clock, self.journal
        wall, mono, boot = clock.wall(), clock.mono(), clock.boot()
        if not self.held:
            self.recorded = self.state
        for body in bodies:
            clean = redacted(body, self.redactor)
            # Its place in the chain is not known before it is recorded; the state needs none.
            name = type_name(clean)
            event = e.Event(journal.run, journal.writer, 0, "", wall, mono, boot, name, VERSION, "", "", "", {})
            self.state = apply(self.state, event, clean)
            self.held.append(Happened(clean, wall, mono, decided))

    def _told(self, events: Sequence[e.Event]) -> None:
        if any(event.type == "merged" for event in events):
            self._refold()
        else:
            for event in events:
                self.state = apply(self.state, event)
        self._tell(events)

    def _refold(self) -> None:
        known = len(self.state.apart)
        self.state = fold(self.state.run, self.ports.store.events(self.state.run))
        for each in self.state.apart[known:]:
            for text in beside(each):
                self.ports.reporter.say(text, style="warning")

    def _tell(self, events: Sequence[e.Event]) -> None:
        for event in events:
            self.ports.reporter.event(event)

    def _show(self, body: e.Body) -> None:
        match body:
            case e.Warned(text=text):
                self.ports.reporter.say(text, style="warning")
            case e.Visited(step=step):
                self.show(step)
            case e.StepEnded(outcome="skipped", reason=reason):
                self.ports.reporter.say(f"skipped: {reason}", style="quiet")
            case _:
                pass

    def session(self, executor: Executor, key: str, where: Where | None = None) -> Session:
        """Return the session in which commands of one kind execute, at one target."""
        name = where.target.name if where and where.target else ""
        key = f"{key}@{name}" if name else key
        if key not in self.sessions:
            started = self.state.started
            directory = started.directory if started else "."
            place = Place(self._folder(name), directory, self.state.run, where or Where(self.options.environment))
            self.sessions[key] = executor.open(place)
        return self.sessions[key]

    def _folder(self, target: str) -> Path:
        """Return where a session keeps its private files: what is done elsewhere apart from what is done here."""
        folder = self.private()
        if target:
            from hashlib import sha256

            folder /= f"at-{sha256(target.encode()).hexdigest()[:12]}"
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    @property
    def folder(self) -> Path:
        """Where this run's private files lie; apart from those of a branch that somebody walked here, out of touch.

        Attempts are counted anew in each branch: the files of one would tell lies of another.
        """
        lease = self.journal.lease
        here = sum(lease is not None and each.host == lease.holder.host for each in self.state.apart)
        return self.options.private / (f"{self.state.run}~{here}" if here else self.state.run)

    def private(self) -> Path:
        """Return the folder of this run's private files, made on first use."""
        base, folder = self.options.private, self.folder
        try:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            seen = base.lstat()
            if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
                # Whoever owns it could put another state there, which the next command would take up.
                raise StoreError(f"{base} is not a folder of your own", "keep the journal elsewhere: --store PATH")
            if seen.st_mode & 0o077:
                base.chmod(0o700)
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise StoreError(
                f"the private files of this run cannot be kept in {folder}: {why}",
                "make room or mend the folder's rights, then `runbook resume`; or keep all elsewhere: --store PATH",
            ) from error
        return folder

    def values(self) -> dict[str, str]:
        """Return the parameters that have a value, for commands."""
        known = {name: value.value for name, value in self.state.parameters.items() if value.value is not None}
        return {**known, **self.captures, **self.secrets}

    def names(self) -> dict[str, Any]:
        """Return the parameters as predicates see them."""
        declared: dict[str, Parameter] = {p.name: p for p in self.graph.runbook.parameters}
        values = self.values()
        return {name: typed(declared[name], v) if name in declared else v for name, v in values.items()}

    def keep_lease(self) -> None:
        """Renew the lease when a third of it has passed; raises HeldElsewhere once somebody took the run."""
        lease, now = self.journal.lease, self.ports.clock.wall()
        # Kept in a file, it costs next to nothing, and is when the store looks whether it can go on where it belongs.
        if lease and now - self.renewed > LEASE / (30 if self.ports.store.away else 3):
            self.journal.lease = self.ports.store.renew(lease, now=now, ttl=LEASE)
            self.renewed = now

    def catch_up(self) -> None:
        """Read again what others wrote; HeldElsewhere when the run is no longer ours to drive."""
        mine, lease = self.journal.lease, self.ports.store.lease(self.state.run)
        if mine is None or lease is None or lease.token != mine.token:
            who = f"{lease.holder.who} on {lease.holder.host}" if lease else "somebody else"
            raise HeldElsewhere(f"{who} drives run {self.state.run} now")
        self._refold()
        self.journal.catch_up()

    def show(self, step: str) -> None:
        """Show a step, and where it stands among all of them."""
        place = list(self.graph.steps).index(step) + 1
        self.ports.reporter.step(self.graph.runbook, step, f"{place}/{len(self.graph.steps)}")

    def close(self, *, remove: bool) -> None:
        """Close the sessions and give the lease back."""
        for session in self.sessions.values():
            session.close(remove=remove)
        folder = self.folder
        if remove and (self.sessions or folder.is_dir()):
            with suppress(OSError):  # something else lies in it
                for each in (folder / "lent", *folder.glob("at-*")):
                    _remove(each)  # before a resume there may have been sessions that this process never opened
                folder.rmdir()
        if self.journal.lease:
            self.ports.store.release(self.journal.lease)


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def redacted(body: e.Body, redactor: Redactor) -> e.Body:
    """Return a body with every text in it redacted."""
    if isinstance(body, e.Output):
        # Its capture redacted it already, over the joints of the reads.
        return body
    changed = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if value and isinstance(value, str | tuple | list | dict):
            clean = _clean(value, redactor)
            if clean is not value:
                changed[name] = clean
    return replace(body, **changed) if changed else body


def _clean(value: Any, redactor: Redactor) -> Any:
    match value:
        case str():
            return redactor.text(value)
        case tuple() | list():
            return tuple(_clean(item, redactor) for item in value)
        case dict():
            return {key: _named(key, _clean(item, redactor)) for key, item in value.items()}
        case _:
            return value


def _named(name: str, value: Any) -> Any:
    # An alert's label is a name and a value: either gives a secret away.
    return f"{MARK}name]" if isinstance(value, str) and value and is_secret_name(name) else value
