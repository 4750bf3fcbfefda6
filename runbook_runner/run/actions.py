"""What `decide` can ask `drive` to do next."""

from __future__ import annotations

from dataclasses import dataclass

from runbook_runner.model.events import Body
from runbook_runner.model.graph import Choose
from runbook_runner.model.runbook import Guard, Step
from runbook_runner.model.state import Attempt, Visit


@dataclass(frozen=True, slots=True)
class Record:
    """Nothing to ask: what happens next follows from what is known."""

    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Recover:
    """An attempt was started and its end is not known."""

    attempt: Attempt


@dataclass(frozen=True, slots=True)
class AskGuard:
    """Does the step apply?"""

    visit: Visit
    guard: Guard
    text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Show the step, and let her act."""

    visit: Visit
    step: Step


@dataclass(frozen=True, slots=True)
class Settle:
    """The machine cannot say how the step ended: she does."""

    visit: Visit
    step: Step
    why: str


@dataclass(frozen=True, slots=True)
class Depart:
    """The step has ended: which way on?"""

    visit: Visit
    step: Step


@dataclass(frozen=True, slots=True)
class Pick:
    """Which of several alternatives applies?"""

    choose: Choose


@dataclass(frozen=True, slots=True)
class AskEnd:
    """How did it end?"""

    hint: str = ""
    """The outcome that the runbook claims, to be confirmed."""


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody is to be called, because the runbook says so."""

    to: str


@dataclass(frozen=True, slots=True)
class Enter:
    """Another runbook is to be walked as a child run."""

    path: str
    anchor: str


@dataclass(frozen=True, slots=True)
class GoOnInChild:
    """A child run has not returned."""

    run: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The place to go to does not exist: she says where to go on."""

    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """The run is over."""


Action = (
    Record | Recover | AskGuard | Offer | Settle | Depart | Pick | AskEnd | Call | Enter | GoOnInChild | Lost | Done
)
