"""A scenario: what the systems and the engineer answer, and where the walk through a runbook should then lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

Duration = Annotated[str, Meta(description="A span of time, such as `90s`, `5m` or `1h30m`.")]


class Reply(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one execution of a command does."""

    stdout: str = ""
    stderr: str = ""
    file: str = ""
    """A file beside the scenarios that holds what it prints on stdout."""
    exit: int = 0
    statuses: tuple[int, ...] = ()
    """Exit codes of the members of its last pipeline, where they matter."""
    duration: Duration = ""
    """How long it takes; a tenth of a second if it is not said."""
    hangs: bool = False
    """It never ends by itself: its timeout ends it, or the engineer after ten minutes."""
    json: Any = None
    """What it prints on stdout, as data; of a mapping only what differs from the one under `common`."""
    rows: tuple[Any, ...] | None = None
    columns: tuple[str, ...] | None = None
    row_count: int | None = None
    """As many as there are `rows`, if it is not said."""
    value: float | None = None
    series: tuple[Any, ...] | None = None
    status: int | None = None
    headers: Mapping[str, str] | None = None
    body: str | None = None
    certificate_days: int | None = None
    windows: Mapping[str, float | str] | None = None
    """The error ratio over each window, such as `{1h: 0.02}`, or why there is none (`no data`)."""
    objects: tuple[Any, ...] | None = None


class Answer(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the engineer does at a question of one step; each field answers one kind of question."""

    applies: bool | None = None
    """Whether a condition on the step holds."""
    expected: bool | None = None
    """Whether the step ended as expected, where the machine cannot say."""
    take: str = ""
    """Which way on: an anchor, a step, a runbook, `next`, `none`, `resolved`, `escalate` or words of the branch."""
    anyway: bool = False
    """She goes that way though the evidence chooses another one."""
    undecided: bool = False
    """It counts only where the evidence decides nothing; so it is with all answers under `common`."""
    do: Literal["", "run", "skip", "done", "again"] = ""
    """What to do at the step when it is offered, or instead of going on."""
    wait: Duration = ""
    """How long she waits at the question first, or looks again and again: timers fall due meanwhile."""
    overrule: str = ""
    """Why the verdict is wrong."""
    because: str = ""
    """The reason for a skip."""
    note: str = ""
    called: Literal["", "hand over", "stay"] = ""
    """What she does once somebody was called because the runbook says so."""
    end: str = ""
    """How the run ended, where the runbook does not say."""


class Branching(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A branch that is taken."""

    at: str
    """The step."""
    to: str
    """Where it leads: a step, `resolved`, `escalate` …"""
    because: str = ""
    """A part of the evidence that it rests on."""


class Called(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A call to somebody."""

    to: str
    at: Duration = ""
    """Since the page."""


class Expect(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What should come of it; what is not said is not looked at."""

    path: tuple[str, ...] | None = None
    """Every step that is visited, in order."""
    branches: tuple[Branching, ...] | None = None
    """Every branch that the author wrote and that is taken, in order."""
    because: Mapping[str, str] = field(default_factory=dict)
    """By step, a part of the evidence that the branch taken there rests on."""
    outcome: str = ""
    failed: tuple[str, ...] | None = None
    """The steps that ended as failed, in order."""
    changed: tuple[str, ...] | None = None
    """The steps whose commands may change the system and were run, in order."""
    called: tuple[Called, ...] | None = None
    took: Duration = ""
    """How long all of it took, in whole seconds."""


class Fired(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The alert that the run is for."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


class Earlier(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A run for the same thing that ended before this one began."""

    ended: Duration
    """How long before."""
    outcome: str = "resolved"


class Scenario(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One walk through a runbook."""

    name: str
    about: str = ""
    """What it is like, in a sentence: shown at the end of a drill. One without is drilled only by its name."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    alert: Fired | None = None
    paged: Duration = ""
    """How long before the start the page came."""
    earlier: tuple[Earlier, ...] = ()
    commands: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    """By step; the first execution does the first, and the last holds for all later ones."""
    answers: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    """By step, and `start` before the first; those of one kind are used in order, and the last holds on."""
    reach: Mapping[str, str] = field(default_factory=dict)
    """What comes of calling somebody: `reached` if it is not said, else `no answer` or `voicemail`."""
    expect: Expect = Expect()


class Scenarios(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A file of scenarios, which stands beside its runbook."""

    runbook: str = ""
    """Path of the runbook, relative to this file; the file of the same name when it is empty."""
    common: Scenario | None = None
    """What holds in all of them, unless they say otherwise."""
    scenarios: tuple[Scenario, ...] = ()


def merged(scenario: Scenario, common: Scenario | None) -> Scenario:
    """Return a scenario with what holds in all of its file's."""
    if common is None:
        return scenario
    return Scenario(
        scenario.name,
        scenario.about,
        {**common.parameters, **scenario.parameters},
        scenario.alert or common.alert,
        scenario.paged or common.paged,
        scenario.earlier or common.earlier,
        {**common.commands, **scenario.commands},
        {**{step: tuple(map(_mild, given)) for step, given in common.answers.items()}, **scenario.answers},
        {**common.reach, **scenario.reach},
        scenario.expect,
    )


def _mild(answer: Answer) -> Answer:
    return replace(answer, undecided=True) if answer.take else answer
