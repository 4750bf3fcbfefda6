"""What a command is, what is known of it before it runs, and how its effect is decided."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from runbook_runner.model.prose import PhaseKind
from runbook_runner.model.span import Span


class Effect(StrEnum):
    """Whether a command can alter a system."""

    READ = "read"
    CHANGE = "change"
    UNKNOWN = "unknown"


class Handling(StrEnum):
    """What the runner does with a fence."""

    RUN = "run"
    """Runs it, with its output captured."""
    TERMINAL = "terminal"
    """Gives it her terminal: it is interactive, or opens a shell elsewhere."""
    INSIDE = "inside"
    """Shows it for typing inside the shell that an earlier command opened."""
    BY_HAND = "by hand"
    """Shows it as a step to do elsewhere: no executor here speaks its language."""
    SHOW = "show"
    """Shows it: a sample, an excerpt, a configuration file. Not a step."""


class Reason(Struct, frozen=True):
    """Why one simple command was judged as it was."""

    command: str
    """The simple command as written, such as `kubectl delete pod x`."""
    effect: Effect
    why: str
    """One short clause: `deletes objects`, `not in the table of known commands`."""
    line: int = 1
    """Line within the command's text, from 1."""
    column: int = 1
    """Column within that line, from 1."""


class Placeholder(Struct, frozen=True):
    """A `<name>` that stands for a value, and what became of it."""

    written: str
    """As written, with its brackets: `<pod name>`."""
    name: str
    """The parameter's name: `POD_NAME`."""
    line: int = 1
    column: int = 1
    reevaluated: bool = False
    """It stands where its value would be parsed again as code."""


class Problem(Struct, frozen=True):
    """Something wrong with a command's text."""

    code: str
    message: str
    line: int = 1
    column: int = 1
    hint: str = ""
    sure: bool = True
    """Its author would say so, too; else only a run has to stop at it."""


class Analysis(Struct, frozen=True):
    """What can be said of a command's text without running it."""

    effect: Effect = Effect.UNKNOWN
    """By the text alone: the worst of `reasons` (change, then unknown, then read)."""
    reasons: tuple[Reason, ...] = ()
    """One for each simple command found, nested ones too, in order."""
    text: str = ""
    """As it would be executed: placeholders have become quoted variables."""
    sets: frozenset[str] = frozenset()
    """Shell variables that the text sets for what comes after it."""
    uses: tuple[str, ...] = ()
    """Variables that the outer shell expands and the text does not set before, placeholders too; each once."""
    reevaluated: frozenset[str] = frozenset()
    """Names whose value would be parsed again as code (`sh -c`, `ssh`, `eval`, arithmetic …)."""
    placeholders: tuple[Placeholder, ...] = ()
    tools: tuple[str, ...] = ()
    """Programs that must be on PATH, in order, each once."""
    spare: frozenset[str] = frozenset()
    """Those of `tools` that it may do without: it runs them only if, or runs another instead."""
    interactive: bool = False
    """It needs a terminal (an editor, a pager, `-it`)."""
    opens_shell: bool = False
    """It opens a shell somewhere else (`ssh host`, `kubectl exec -it`, `psql`) without a command of its own."""
    never_returns: bool = False
    """It runs until stopped (`-f`, `watch`, `port-forward`)."""
    plausible: bool = True
    """Its first word could be a command."""
    known: bool = False
    """Its first word is in the table of known commands."""
    problems: tuple[Problem, ...] = ()
    needs_target: bool = False
    """It says nothing of where it runs: without a target it cannot."""


class Attributes(Struct, frozen=True):
    """The knobs of an info string, `{id=restart timeout=2m}`; durations in seconds."""

    id: str = ""
    effect: Effect | None = None
    timeout: float | None = None
    retry: int = 0
    every: float | None = None
    interactive: bool = False
    background: bool = False
    capture: str = ""
    target: str = ""
    range: float | None = None
    """How far back a query looks: a window instead of one instant."""


class Command(Struct, frozen=True):
    """A fence that the runner may execute, or show."""

    language: str
    """Lower case, as the fence claims or as was inferred: `sh`, `bash`, `zsh`, `console`, `sql` …"""
    source: str
    """The fence's content as written."""
    parts: tuple[str, ...]
    """The texts to execute one by one, prompts stripped and placeholders made variables; one unless prompted."""
    handling: Handling
    why: str
    """Why it is handled so, for inspection: `prompted only by '# '`."""
    effect: Effect
    """As decided by `decide_effect`."""
    analysis: Analysis
    """Of all parts together."""
    attributes: Attributes
    span: Span
    sample: str = ""
    """Output that the author pasted below the commands of the same fence."""
    content_line: int = 1
    """Source line of the first line of `source`."""
    content_column: int = 1
    """Source column at which the lines of `source` start."""


def decide_effect(text: Effect, attribute: Effect | None, phase: PhaseKind) -> Effect:
    """Return the effect that counts, from the text's own, the author's attribute and the phase.

    A known change stays one whatever the author says; then the attribute; a phase raises `unknown`
    to `change` and lowers nothing.
    """
    if text is Effect.CHANGE:
        return text
    effect = attribute or text
    if effect is Effect.UNKNOWN and phase is PhaseKind.CHANGE:
        return Effect.CHANGE
    return effect
