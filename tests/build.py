"""Runbooks made by hand, for tests of what stands above the reader."""

from __future__ import annotations

from msgspec.structs import replace

from runbook_runner.model.command import Analysis, Attributes, Command, Effect, Handling
from runbook_runner.model.prose import NOWHERE, PhaseKind
from runbook_runner.model.runbook import (
    Branch,
    Destination,
    Expectation,
    Facts,
    Guard,
    Otherwise,
    Phase,
    Predicate,
    Question,
    Runbook,
    Step,
    StepKind,
    ToAnchor,
)


def command(
    text: str, effect: Effect = Effect.READ, attributes: Attributes | None = None, uses: tuple[str, ...] = ()
) -> Command:
    """A shell command with an effect, and the names that it takes from outside."""
    analysis = Analysis(effect=effect, text=text, uses=uses)
    return Command("sh", text, (text,), Handling.RUN, "", effect, analysis, attributes or Attributes(), NOWHERE)


def using(run: Command, *names: str) -> Command:
    """The same command, which expands parameters."""
    return replace(run, analysis=replace(run.analysis, uses=names))


def step(
    name: str,
    *branches: Branch,
    run: Command | None = None,
    kind: StepKind | None = None,
    expect: tuple[str, ...] = (),
    guards: tuple[Guard, ...] = (),
    alternative: str = "",
) -> Step:
    """A step; a command step when it has something to run."""
    kind = kind or (StepKind.COMMAND if run else StepKind.MANUAL)
    expected = tuple(Expectation(NOWHERE, Predicate(text, NOWHERE)) for text in expect)
    return Step(
        name,
        kind,
        name.capitalize(),
        "",
        NOWHERE,
        command=run,
        expected=expected,
        branches=branches,
        guards=guards,
        alternative=alternative,
    )


def phase(slug: str, kind: PhaseKind, *steps: Step, parent: str = "", level: int = 2, role: str = "") -> Phase:
    """A phase with its steps."""
    own = tuple(replace(one, phase=slug) for one in steps)
    return Phase(slug, slug.capitalize(), level, kind, NOWHERE, (slug,), parent, (), own, None, role)


def runbook(*phases: Phase, facts: Facts | None = None) -> Runbook:
    """A runbook of phases."""
    return Runbook("test.md", "Test", facts or Facts(), phases, source="# Test\n", digest="0" * 64)


def when(source: str, to: str | Destination) -> Branch:
    """A branch that a predicate guards."""
    return Branch(Predicate(source, NOWHERE), _to(to), f"If {source}", NOWHERE)


def ask(text: str, to: str | Destination) -> Branch:
    """A branch that she answers."""
    return Branch(Question(text, NOWHERE), _to(to), text, NOWHERE)


def otherwise(to: str | Destination) -> Branch:
    """A branch for when no other holds."""
    return Branch(Otherwise("Otherwise", NOWHERE), _to(to), "Otherwise", NOWHERE)


def _to(to: str | Destination) -> Destination:
    return ToAnchor(to) if isinstance(to, str) else to
