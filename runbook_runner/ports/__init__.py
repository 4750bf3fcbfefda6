"""The ports: what the core asks of the outside, and what plays each part in tests.

`run` knows these and nothing behind them; `cli` puts the real ones in. A fake implements a port.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct, field

from runbook_runner.model.command import Analysis, Command, Effect, Problem
from runbook_runner.model.events import Event
from runbook_runner.model.prose import Block
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports.journal import (
    Holder as Holder,
)
from runbook_runner.ports.journal import (
    Lease as Lease,
)
from runbook_runner.ports.journal import (
    Live as Live,
)
from runbook_runner.ports.journal import (
    OpenStore as OpenStore,
)
from runbook_runner.ports.journal import (
    Store as Store,
)
from runbook_runner.ports.journal import (
    Wanted as Wanted,
)
from runbook_runner.ports.people import (
    WAYS as WAYS,
)
from runbook_runner.ports.people import (
    About as About,
)
from runbook_runner.ports.people import (
    HungUp as HungUp,
)
from runbook_runner.ports.people import (
    Interrupted as Interrupted,
)
from runbook_runner.ports.people import (
    Interrupts as Interrupts,
)
from runbook_runner.ports.people import (
    Menu as Menu,
)
from runbook_runner.ports.people import (
    Notice as Notice,
)
from runbook_runner.ports.people import (
    Option as Option,
)
from runbook_runner.ports.people import (
    Prompt as Prompt,
)
from runbook_runner.ports.targets import (
    Lent as Lent,
)
from runbook_runner.ports.targets import (
    NoTargets as NoTargets,
)
from runbook_runner.ports.targets import (
    Setting as Setting,
)
from runbook_runner.ports.targets import (
    TargetKind as TargetKind,
)
from runbook_runner.ports.targets import (
    Targets as Targets,
)
from runbook_runner.ports.targets import (
    Where as Where,
)

# --- time -------------------------------------------------------------------------------------


class Clock(Protocol):
    """Time, and waiting for it."""

    def wall(self) -> float:
        """Return seconds since the epoch."""

    def mono(self) -> float:
        """Return seconds on a clock that never goes back, comparable within one boot."""

    def boot(self) -> str:
        """Return what identifies this boot of this machine."""

    def wait(self, seconds: float) -> None:
        """Return after so many seconds."""


# --- commands ---------------------------------------------------------------------------------


class Ending(StrEnum):
    """Why a command is over."""

    EXIT = "exit"
    TIMEOUT = "timeout"
    STOPPED = "stopped"
    NOT_STARTED = "not started"
    LOST = "lost"
    BACKGROUND = "background"


class Started(Struct, frozen=True):
    """Names a process for ever: pid, start time and boot."""

    pid: int
    started: str
    boot: str


class Snapshot(Struct, frozen=True):
    """What a command leaves for the next one."""

    directory: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Changed variables and functions as declarations, by name (raw: may hold secrets)."""
    note: str = ""
    """Why this is the previous state and not a new one, when it is."""


class Finished(Struct, frozen=True):
    """How a command ended."""

    ending: Ending
    exit_code: int | None = None
    signal: int | None = None
    duration: float | None = None
    """Seconds."""
    statuses: tuple[int, ...] = ()
    """Exit codes of the members of the last pipeline, as PIPESTATUS has them."""
    leftovers: tuple[str, ...] = ()
    """Processes still in its group, `pid command`."""
    snapshot: Snapshot | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    """What this kind of command adds for predicates: rows, status, objects …"""
    note: str = ""
    whole: bool = False
    """Found out after a crash: all that it printed is known too."""
    unseen: bool = False
    """It ended, but not all that it printed came through."""


class StillRunning(Struct, frozen=True):
    """A process from before a crash lives on."""

    started: Started


class Request(Struct, frozen=True):
    """One command to execute."""

    attempt: int
    text: str
    language: str
    environment: Mapping[str, str]
    """Parameters, by name; values are data and never spliced into the text."""
    timeout: float | None = None
    interactive: bool = False
    background: bool = False
    target: str = ""
    secrets: frozenset[str] = frozenset()
    """Names in `environment` whose values must not reach any file."""
    effect: Effect | None = None
    """As decided, with the attribute and the phase; what only reads may be held to it."""
    range: float | None = None
    """Seconds that a query looks back: a window instead of one instant."""
    windows: tuple[str, ...] = ()
    """Windows, such as `1h`, over which the predicates of its step ask for the error ratio."""


class Sink(Protocol):
    """Where a running command's news go."""

    def started(self, started: Started) -> None:
        """Record the start, durably: the command waits at its gate until this returns, and never runs if it raises."""

    def write(self, stream: str, data: bytes) -> None:
        """Take output as it comes; `stream` is stdout or stderr. Never called for an interactive command."""

    def tick(self) -> bool:
        """Do what time demands (at least four times a second); False asks to stop the command."""


class Session(Protocol):
    """The place where a run's commands of one kind execute, one after the other."""

    def execute(self, request: Request, sink: Sink) -> Finished:
        """Run one command to its end; failing commands are results, not exceptions."""

    def recover(self, attempt: int, started: Started | None) -> Finished | StillRunning:
        """Say what became of an attempt whose runner died; `Ending.LOST` when nothing is known."""

    def attach(self, attempt: int, started: Started, sink: Sink) -> Finished:
        """Wait for a command that outlived its runner; a tick that says False stops it.

        The sink may get what it prints meanwhile: what `recovered_output` will begin with, stream by stream.
        """

    def recovered_output(self, attempt: int) -> Mapping[str, bytes]:
        """Return what a command printed after its runner died, by stream, as far as it was kept."""

    def background(self) -> tuple[str, ...]:
        """Return the background commands that still live, `pid command`."""

    def stop_background(self) -> None:
        """End the background commands."""

    def snapshot(self) -> Snapshot | None:
        """Return the state that the next command will start from; None before the first."""

    def close(self, *, remove: bool) -> None:
        """Let go; `remove` also deletes the private files, once the run has ended."""


class Place(Struct, frozen=True):
    """Where a session may keep its private files, and where its first command starts."""

    private: Path
    """A directory of the run, mode 0700, for files that never reach the journal."""
    directory: str
    run: str = ""
    """Id of the run, by which servers may know whose work it is."""
    where: Where = field(default_factory=Where)
    """What the session speaks to."""


class Check(Struct, frozen=True):
    """One line of the preflight table."""

    name: str
    ok: bool | None
    """None: could not be found out."""
    detail: str = ""


class Kind(Protocol):
    """What reading needs to know of a kind of command."""

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs; pure."""


class Executor(Kind, Protocol):
    """A kind of command: how to judge it and how to run it."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs, lower case."""

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command; pure."""

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """The kinds of targets that it can speak to, what a fence without a target's name is meant for first."""

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Find out before step 1 whether commands for one target could run at all; without commands, try the target.

        Bounded: it may be left unanswered after two seconds.
        """

    def reach(self, command: Command, where: Where) -> str:
        """Say what the command would act on beside this machine (cluster, database), in one line; empty for nothing.

        Asked before a change; it may ask the system itself, within a second or two.
        """

    def open(self, place: Place) -> Session:
        """Begin, or go on with, a run's session."""


@runtime_checkable
class Lender(Protocol):
    """An executor whose system other commands of a run reach too, by clients of their own."""

    def concerned(self, commands: Sequence[Command]) -> bool:
        """Say whether one of a run's commands reaches such a system; pure."""

    def lend(self, place: Place) -> Lent | None:
        """Return what makes the other clients act on the same system for the whole run; None when none is meant.

        Private files go into the folder `lent` of the place, and are found again when the run is taken up.
        """


# --- people -----------------------------------------------------------------------------------


class Reporter(Protocol):
    """Where a run shows itself: text for a person, lines of JSON for a program."""

    def event(self, event: Event) -> None:
        """Take note of an event that has just become durable."""

    def say(self, text: str, *, style: str = "") -> None:
        """Show a line; styles are words such as heading, quiet, warning, good, bad, command."""

    def prose(self, title: str, blocks: Sequence[Block]) -> None:
        """Show a part of the document that is only to be read."""

    def step(self, runbook: Runbook, step: str, place: str) -> None:
        """Show a step's prose and cautions; `place` is where it stands (`2/7`)."""

    def output(self, stream: str, text: str) -> None:
        """Show redacted output as it comes."""


class Notifier(Protocol):
    """A way to reach somebody."""

    def send(self, to: str, via: str, message: str) -> None:
        """Deliver, or raise RunbookError."""


class Found(Struct, frozen=True):
    """A runbook that can be started."""

    path: str
    title: str
    alerts: tuple[str, ...]
    service: str = ""


class Library(Protocol):
    """All runbooks that can be reached from here."""

    def load(self, path: str, *, beside: str = "") -> Runbook:
        """Read one; `beside` is the runbook whose link it is. InputError if there is none."""

    def parse(self, source: str, path: str) -> Runbook:
        """Read a text kept in a journal as if it stood at a path."""

    def found(self) -> Iterator[Found]:
        """Yield what is found here, by path."""


# --- documents --------------------------------------------------------------------------------


class Format(Protocol):
    """One way to write something down."""

    @property
    def name(self) -> str:
        """What `--format` calls it."""

    def render(self, subject: Any) -> str:
        """Return the text, ending in a newline."""


Judge = Callable[[str], Kind | None]
"""Finds the kind of command for a fence's language; None when nothing runs it."""
