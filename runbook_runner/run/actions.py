"""What `decide` can ask `drive` to do next."""

from __future__ import annotations

from msgspec import Struct

from runbook_runner.model.events import Body
from runbook_runner.model.graph import Choose
from runbook_runner.model.runbook import Guard, Step
from runbook_runner.model.state import Attempt, Visit


class Record(Struct, frozen=True):
    """Nothing to ask: what happens next follows from what is known."""

    bodies: tuple[Body, ...]


class Recover(Struct, frozen=True):
    """An attempt was started and its end is not known."""

    attempt: Attempt


class AskGuard(Struct, frozen=True):
    """Does the step apply?"""

    visit: Visit
    guard: Guard
    text: str


class Offer(Struct, frozen=True):
    """Show the step, and let her act."""

    visit: Visit
    step: Step


class Settle(Struct, frozen=True):
    """The machine cannot say how the step ended: she does."""

    visit: Visit
    step: Step
    why: str


class Depart(Struct, frozen=True):
    """The step has ended: which way on?"""

    visit: Visit
    step: Step


class Pick(Struct, frozen=True):
    """Which of several alternatives applies?"""

    choose: Choose


class AskEnd(Struct, frozen=True):
    """How did it end?"""

    hint: str = ""
    """The outcome that the runbook claims, to be confirmed."""


class Call(Struct, frozen=True):
    """Somebody is to be called, because the runbook says so."""

    to: str


class Enter(Struct, frozen=True):
    """Another runbook is to be walked as a child run."""

    path: str
    anchor: str


class GoOnInChild(Struct, frozen=True):
    """A child run has not returned."""

    run: str


class Lost(Struct, frozen=True):
    """The place to go to does not exist: she says where to go on."""

    why: str


class Done(Struct, frozen=True):
    """The run is over."""


Action = (
    Record | Recover | AskGuard | Offer | Settle | Depart | Pick | AskEnd | Call | Enter | GoOnInChild | Lost | Done
)
