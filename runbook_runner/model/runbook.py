"""A runbook as read: its facts, its phases, its steps and their branches."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any

from msgspec import Struct, field

from runbook_runner.model.command import Command
from runbook_runner.model.prose import NOWHERE, Block, Inline, PhaseKind
from runbook_runner.model.span import Defect, Span


class Outcome(StrEnum):
    """How a run ended."""

    RESOLVED = "resolved"
    MITIGATED = "mitigated"
    ESCALATED = "escalated"
    FALSE_ALARM = "false_alarm"
    ABANDONED = "abandoned"


# --- guards -----------------------------------------------------------------------------------


class Predicate(Struct, frozen=True):
    """A CEL expression that decides by itself."""

    source: str
    span: Span
    error: str = ""
    """Why it cannot be evaluated, when it is defective; it is then put to her as a question."""


class Question(Struct, frozen=True):
    """A condition in words, put to the engineer."""

    text: str
    span: Span


class Timer(Struct, frozen=True):
    """Holds once so many seconds have passed since the start of the visit."""

    seconds: float
    text: str
    span: Span


class Recurrence(Struct, frozen=True):
    """Holds if this alert or runbook was here within so many seconds."""

    seconds: float
    text: str
    span: Span


class Otherwise(Struct, frozen=True):
    """Holds when no other branch of the step does."""

    text: str
    span: Span


Guard = Predicate | Question | Timer | Recurrence | Otherwise

# --- destinations -----------------------------------------------------------------------------


class ToAnchor(Struct, frozen=True):
    """A place in this runbook (`path` empty) or another one, entered as a child run."""

    anchor: str
    """Without `#`; empty for the start of another runbook."""
    path: str = ""
    """As written, relative to this file; empty for this file."""


class Continue(Struct, frozen=True):
    """Go on with the next step."""


class Finish(Struct, frozen=True):
    """The run ends."""

    outcome: Outcome


class Escalate(Struct, frozen=True):
    """Call somebody: the named contact, or the next on the ladder when `to` is empty."""

    to: str = ""


Destination = ToAnchor | Continue | Finish | Escalate


class Branch(Struct, frozen=True):
    """An edge that the author wrote: guard and destination."""

    guard: Guard
    destination: Destination
    text: str
    """The item or sentence as a reader sees it."""
    span: Span


class Expectation(Struct, frozen=True):
    """What success looks like: a predicate for the machine or prose for her (exactly one is set)."""

    span: Span
    predicate: Predicate | None = None
    text: str = ""


class StepKind(StrEnum):
    """What there is to do at a step."""

    COMMAND = "command"
    MANUAL = "manual"
    DECISION = "decision"
    READING = "reading"


class Step(Struct, frozen=True):
    """One thing to do."""

    id: str
    """The `id` attribute, else `<phase slug>-<place>`; unique in the runbook."""
    kind: StepKind
    title: str
    """One line of plain text."""
    phase: str
    """Slug of the phase that it stands in."""
    span: Span
    prose: tuple[Block, ...] = ()
    """What to read before acting, in order, the command's own fence left out."""
    cautions: tuple[Block, ...] = ()
    """Warnings that belong before the command."""
    command: Command | None = None
    expected: tuple[Expectation, ...] = ()
    sample: str = ""
    """What the author says the output looks like."""
    branches: tuple[Branch, ...] = ()
    guards: tuple[Guard, ...] = ()
    """All must hold for the step to apply: its own, its group's; asked once for each distinct text."""
    rollback: tuple[Block, ...] = ()
    """How to undo it, as the author wrote it beside the step."""
    group: str = ""
    """Identifies the ordered item that holds several steps; empty when none does."""
    alternative: str = ""
    """Steps of one change phase that carry different values here exclude each other; empty when none."""


class Phase(Struct, frozen=True):
    """A heading and what stands under it, down to the next heading of any level."""

    slug: str
    """Unique in the runbook; the first of `anchors`."""
    title: str
    level: int
    """Of the heading, 1 to 6; 0 for what stands before the first heading."""
    kind: PhaseKind
    span: Span
    anchors: tuple[str, ...] = ()
    parent: str = ""
    """Slug of the phase above; empty at the top."""
    blocks: tuple[Block, ...] = ()
    """Everything under the heading, steps included, in order."""
    steps: tuple[Step, ...] = ()
    guard: Guard | None = None
    """From a title that begins If, When or (Optional); asked before its first step."""
    role: str = ""
    """`verify`, `rollback`, `escalation` or `references` where the title says so; else empty."""
    heading: tuple[Inline, ...] = ()
    """What the title is made of, where that says more than its text: a link, a picture."""


# --- facts ------------------------------------------------------------------------------------


class Trigger(Struct, frozen=True):
    """What calls for this runbook."""

    alert: str
    """Name of the alert; empty for other triggers."""
    text: str = ""
    span: Span = NOWHERE


class Rung(Struct, frozen=True):
    """One contact on the escalation ladder."""

    to: str
    after: float = 0.0
    """Seconds after the page at which the call is due."""
    via: str = ""


class Review(Struct, frozen=True):
    """Who last read it against the system, when, and how often that is due."""

    by: str = ""
    date: str = ""
    """ISO date; empty when unknown."""
    every: float | None = None
    """Seconds."""


class ParameterType(StrEnum):
    """What a value may be."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


class Parameter(Struct, frozen=True):
    """A value that commands need."""

    name: str
    type: ParameterType = ParameterType.STRING
    default: str | None = None
    source: str = ""
    """Where to take it from, such as `alert.labels.namespace`."""
    choices: tuple[str, ...] = ()
    pattern: str = ""
    """A regular expression that the whole value must match."""
    secret: bool = False
    description: str = ""
    written: str = ""
    """For one found as a placeholder: `<pod name>`."""
    declared: bool = False
    """It stands in the front matter."""
    span: Span = NOWHERE

    @property
    def typed(self) -> bool:
        """Whether its value is constrained enough to stand where it is parsed again as code."""
        return bool(self.choices or self.pattern) or self.type is not ParameterType.STRING


class Facts(Struct, frozen=True):
    """The front matter, understood."""

    title: str = ""
    kind: str = "runbook"
    service: str = ""
    owner: str = ""
    severity: str = ""
    triggers: tuple[Trigger, ...] = ()
    dashboard: str = ""
    logs: str = ""
    escalation: tuple[Rung, ...] = ()
    reviewed: Review | None = None
    draft: bool = False
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Every key as written, known or not (YAML values)."""


class Runbook(Struct, frozen=True, dict=True):
    """One Markdown file, read."""

    path: str
    """As given to the reader."""
    title: str
    facts: Facts
    phases: tuple[Phase, ...]
    """In document order; the first may have level 0."""
    parameters: tuple[Parameter, ...] = ()
    """Declared ones first, then those found, in order of first use."""
    defects: tuple[Defect, ...] = ()
    source: str = ""
    """The whole text as decoded (line ends normalised to \\n)."""
    digest: str = ""
    """SHA-256 of the file's bytes, hexadecimal."""

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps in document order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    def phase(self, slug: str) -> Phase:
        """Return the phase with that slug; KeyError if there is none."""
        for phase in self.phases:
            if phase.slug == slug:
                return phase
        raise KeyError(slug)
