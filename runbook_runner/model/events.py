"""What can happen in a run: each body is what one event says, and the journal keeps them all.

Bodies hold JSON values only (str, int, float, bool, None, and lists and mappings of these), so that they survive any
store. Times are seconds: `wall` since the epoch, `mono` on a clock that only one process and boot can compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field


class Event(Struct, frozen=True):
    """One line of the journal, with its place in the chain."""

    run: str
    writer: str
    """Random, one a process."""
    seq: int
    """From 1, without gaps within one writer of a run."""
    parent: str
    """Digest of the head that the writer saw; empty for the first event."""
    wall: float
    mono: float
    boot: str
    """Identifies the machine's boot that `mono` belongs to."""
    type: str
    """The body's name, such as `attempt_started`."""
    version: int
    """Of the body's shape."""
    payload_digest: str
    """SHA-256 over salt and payload; stays when the payload is scrubbed."""
    digest: str
    """SHA-256 over all of the above: the event's name in the chain."""
    salt: str
    """Random; keeps a scrubbed payload from being guessed. Empty once scrubbed."""
    payload: Mapping[str, Any] | None
    """None once scrubbed."""


class RunStarted(Struct, frozen=True):
    """Somebody began to walk a runbook."""

    path: str
    title: str
    digest: str
    """Of the file's bytes."""
    source: str
    """The text that is walked, redacted."""
    who: str
    host: str
    page: float
    """Wall time of the page: the escalation ladder counts from here."""
    service: str = ""
    alert: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    mode: str = "interactive"
    """interactive or auto."""
    read_only: bool = False
    parent_run: str = ""
    """For a child run: who entered it."""
    directory: str = ""
    """Working directory of the first command."""
    program: str = ""
    """Version of the program."""


class DriverChanged(Struct, frozen=True):
    """Another process took the run up: after a crash, a pause, a hang-up or by force."""

    who: str
    host: str
    how: str
    """resume or take."""


class Detached(Struct, frozen=True):
    """The driver left without ending the run."""

    reason: str
    """paused, hangup, terminated, interrupted, or waiting (for a person)."""


class HandedOver(Struct, frozen=True):
    """Somebody gave the run to somebody else, who is to take it up."""

    who: str
    to: str
    note: str = ""


class Visited(Struct, frozen=True):
    """The run arrived at a step."""

    step: str
    visit: int
    """Counts all visits of the run, from 1."""
    how: str
    """start, next, branch, jump, back or choice."""


class GuardAnswered(Struct, frozen=True):
    """She, or a predicate, said whether a condition on a step or phase holds."""

    visit: int
    text: str
    holds: bool
    how: str = "answer"


class ParameterSet(Struct, frozen=True):
    """A parameter got its value; a secret's is never recorded."""

    name: str
    value: str | None
    origin: str
    """flag, alert, environment, default, typed."""
    secret: bool = False


class ParametersConfirmed(Struct, frozen=True):
    """She confirmed values that came from the environment, before the first change."""

    names: tuple[str, ...]


class AttemptStarted(Struct, frozen=True):
    """A command is about to run: durable before it does."""

    visit: int
    attempt: int
    """Counts all attempts of the run, from 1."""
    step: str
    part: int
    """Which of the step's texts, from 0; a command prompted line by line has several."""
    text: str
    """As run, redacted."""
    original: str
    """As the runbook has it, when she edited it; else empty."""
    effect: str
    pid: int
    started: str
    """Process start time as the kernel counts it: with pid and boot it names the process."""
    interactive: bool = False
    background: bool = False


class AttemptEnded(Struct, frozen=True):
    """A command ended, or its end was found out later."""

    attempt: int
    reason: str
    """exit, timeout, stopped, not started, lost (the end is not known), background or refused."""
    exit_code: int | None
    signal: int | None
    duration: float | None
    """Seconds; None where it cannot be known."""
    statuses: tuple[int, ...] = ()
    """Exit codes of the members of the last pipeline."""
    leftovers: tuple[str, ...] = ()
    """Processes it left behind, `pid command`."""
    found_by: str = "runner"
    """runner, or wrapper (read from its file after a crash)."""
    note: str = ""


class Output(Struct, frozen=True):
    """What a command printed, redacted, head and tail."""

    attempt: int
    stream: str
    """stdout, stderr or terminal."""
    head: str
    tail: str
    """Empty unless something was left out between the two."""
    size: int
    """Bytes that came."""
    kept: int
    """Bytes of them that are kept here."""


class StateCarried(Struct, frozen=True):
    """What a command left for the next one: directory and variables that are not secret-shaped."""

    attempt: int
    directory: str
    variables: Mapping[str, str]
    """Their declarations as bash prints them, by name."""
    withheld: tuple[str, ...] = ()
    """Names kept in the private file only."""
    note: str = ""
    """Why the previous state stands, when it does."""
    target: str = ""
    """Where; empty for this machine."""


class Judged(Struct, frozen=True):
    """What the machine makes of an attempt."""

    visit: int
    attempt: int
    verdict: str
    """passed, failed, undetermined or ask (nothing says what success is)."""
    checks: tuple[Mapping[str, Any], ...]
    """One a predicate of Expected: source, holds (true, false or null), evidence, error."""
    branches: tuple[Mapping[str, Any], ...]
    """One a branch: index, holds, evidence, error."""
    why: str = ""
    """Why it is undetermined."""


class StepEnded(Struct, frozen=True):
    """A visit has its outcome."""

    visit: int
    outcome: str
    """passed, failed, skipped, undetermined or unknown."""
    how: str
    """machine, answer or overruled."""
    reason: str = ""


class BranchTaken(Struct, frozen=True):
    """The run leaves a step by an edge."""

    visit: int
    index: int | None
    """Which of the step's branches; None for falling through or a choice."""
    destination: str
    """A step's id, `outcome`, `finish:resolved`, `escalate:NAME` or `child:PATH#ANCHOR`."""
    text: str
    how: str
    """predicate, answer, timer, recurrence, otherwise, next, choice or jump."""
    evidence: str = ""


class Noted(Struct, frozen=True):
    """A line she wrote."""

    text: str
    visit: int | None = None


class TimerDue(Struct, frozen=True):
    """A time limit passed: a step's, or a rung of the ladder's."""

    key: str
    """`visit:N:branch:I` or `rung:I`."""
    text: str


class EscalationTried(Struct, frozen=True):
    """Somebody was called."""

    to: str
    via: str
    message: str
    how: str = "recorded"
    """recorded (she called) or sent (a notifier did)."""


class EscalationAnswered(Struct, frozen=True):
    """What came of a call."""

    to: str
    result: str
    """reached, no answer or voicemail."""


class ChildEntered(Struct, frozen=True):
    """Another runbook is walked from here."""

    visit: int
    run: str
    path: str


class ChildReturned(Struct, frozen=True):
    """The other runbook's run came to an end."""

    run: str
    outcome: str


class SourceChanged(Struct, frozen=True):
    """The file was edited since; she said which text to walk on with."""

    digest: str
    source: str
    """The text walked from now on, redacted."""
    choice: str
    """new or old."""
    changed: tuple[str, ...] = ()
    """Completed steps whose text differs."""


class Warned(Struct, frozen=True):
    """Something that a reader of the record must know: a loop, a clock jump, lost state."""

    code: str
    text: str


class Preflight(Struct, frozen=True):
    """What was checked before the first step."""

    findings: tuple[Mapping[str, Any], ...]


class RunEnded(Struct, frozen=True):
    """The run is over."""

    outcome: str
    how: str
    """answer or branch."""
    note: str = ""


class Scrubbed(Struct, frozen=True):
    """The payload of an event was removed for good."""

    writer: str
    seq: int
    reason: str
    who: str


class Pruned(Struct, frozen=True):
    """The payloads of all events before this one were archived and removed; what lists need of them stands here."""

    who: str
    archive: str
    """Name of the file that they are kept in."""
    path: str
    title: str
    service: str
    by: str
    """Who drove it last."""
    outcome: str
    note: str = ""
    heads: tuple[str, ...] = ()
    """Of branches that were joined before: what is archived is not carried over once more."""


class Apart(Struct, frozen=True):
    """An event of another branch of this run, just as it was recorded there while the journal was out of reach."""

    event: Mapping[str, Any]
    """All its fields by name, so that its own chain can be proven: digests, salt and payload too."""


class Merged(Struct, frozen=True):
    """Branches of the chain were joined."""

    heads: tuple[str, ...]
    """Digests of the last events of both: the journal's own, and that of the branch."""
    stands: str = ""
    """The head of the branch where the run stands as that has it; empty where the journal's own says so."""


class Unreadable(Struct, frozen=True):
    """Stands in for a body that was scrubbed, or that a newer program wrote."""

    type: str
    scrubbed: bool


Body = (
    RunStarted
    | DriverChanged
    | Detached
    | HandedOver
    | Visited
    | GuardAnswered
    | ParameterSet
    | ParametersConfirmed
    | AttemptStarted
    | AttemptEnded
    | Output
    | StateCarried
    | Judged
    | StepEnded
    | BranchTaken
    | Noted
    | TimerDue
    | EscalationTried
    | EscalationAnswered
    | ChildEntered
    | ChildReturned
    | SourceChanged
    | Warned
    | Preflight
    | RunEnded
    | Scrubbed
    | Pruned
    | Apart
    | Merged
    | Unreadable
)
