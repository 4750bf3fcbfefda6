"""`runbook drill`."""

from __future__ import annotations

import sys
import time
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import click

from runbook_runner import registry
from runbook_runner.errors import InputError, NeedsPerson

if TYPE_CHECKING:
    from runbook_runner.model.scenario import Scenario
    from runbook_runner.rehearsal.rehearse import Theatre
    from runbook_runner.rehearsal.stage import Stage
    from runbook_runner.rehearsal.suite import Cast
    from runbook_runner.rehearsal.surprises import Surprise
    from runbook_runner.run.begin import Cause
    from runbook_runner.run.walk import Options, Ports


@click.command()
@click.argument("runbook", required=False, default="", type=click.Path())
@click.option(
    "--scenario", metavar="NAME", default="", help="This one, by a part of its name; without it one that has a story."
)
@click.option("--list", "listed", is_flag=True, help="List the scenarios that can be drilled, and end.")
@click.option("--surprises", default=1, show_default=True, type=click.IntRange(0, 3), help="How many things go wrong.")
@click.option("--seed", type=int, help="Choose as in an earlier drill.")
@click.option("--plain", is_flag=True, help="Lines only: for screen readers, dumb terminals and pipes.")
@click.option("--json", "as_json", is_flag=True, help="Write the debrief as JSON.")
@click.option("--store", metavar="PATH", default="", help="Drills are recorded beside this.  [env: RUNBOOK_STORE]")
def drill(
    runbook: str,
    scenario: str,
    listed: bool,
    surprises: int,
    seed: int | None,
    plain: bool,
    as_json: bool,
    store: str,
) -> int:
    """Walk RUNBOOK on a quiet afternoon, against made-up systems: the real keys, the real clock, and a debrief.

    No command runs. What it would print comes from a scenario of the runbook, after the time that it would take.
    RUNBOOK is a path, a folder, a title, the name of an alert, or a few letters of one; the configured folders without
    it. A drill never counts as an incident.
    """
    from runbook_runner.cli.theatre import theatre
    from runbook_runner.rehearsal.surprises import surprised

    seed = SystemRandom().randrange(10**6) if seed is None else seed
    random = Random(seed)  # noqa: S311 - a game, not a secret
    with theatre() as stage:
        choices = _choices(runbook, scenario, stage)
        if not scenario:
            # What tells no story is there to be walked by the machine: a threshold, the same under another name.
            choices = [choice for choice in choices if choice[1].about] or choices
        if listed:
            for cast, each in choices:
                click.echo(f"{cast.file}: {each.name}")
            return 0
        if not plain and not sys.stdin.isatty():
            raise NeedsPerson("a drill is for a person at a terminal", "`runbook test` walks scenarios by itself")
        cast, chosen = random.choice(choices)
        harder, surprising = surprised(cast.graph, chosen, surprises, random)
        click.echo(f"DRILL: no command runs, nothing changes, nobody is paged. (--seed {seed})", err=True)
        return _drill(cast, chosen, harder, surprising, stage, (plain, as_json, store))


def _choices(runbook: str, scenario: str, stage: Theatre) -> list[tuple[Cast, Scenario]]:
    from runbook_runner.cli.theatre import cast, scenario_files
    from runbook_runner.model.verdicts import Broken

    found: list[tuple[Cast, Scenario]] = []
    if runbook and not Path(runbook).exists():
        from runbook_runner.cli.find import find

        runbook = find(runbook, ask=True).path
    for file in scenario_files((runbook,) if runbook else ()):
        read = cast(file, stage)
        if isinstance(read, Broken):
            defect = read.defects[0]
            raise InputError(f"{file}:{defect.span.line}: {defect.message}", defect.hint)
        found += [(read, each) for each in read.scenarios if scenario.lower() in each.name.lower()]
    if not found:
        raise InputError(f"no scenario is called like {scenario!r}", "`runbook drill --list` lists them")
    return found


def _drill(
    cast: Cast,
    scenario: Scenario,
    harder: Scenario,
    surprising: list[Surprise],
    theatre: Theatre,
    manner: tuple[bool, bool, str],
) -> int:
    from runbook_runner.cli.people import people
    from runbook_runner.cli.signals import install
    from runbook_runner.ports import Executor
    from runbook_runner.rehearsal.commands import StageExecutor, StageSession, StageTargets
    from runbook_runner.rehearsal.drill import Shown, debrief
    from runbook_runner.rehearsal.rehearse import rehearse
    from runbook_runner.rehearsal.stage import Stage
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.run.walk import Options, Ports, Signals
    from runbook_runner.stores.memory import MemoryStore

    plain, as_json, store = manner
    clock, signals = SystemClock(), Signals()
    install(signals)
    stage = Stage(theatre.library, clock)
    stage.begin_with(cast.graph)
    session = StageSession(harder.commands, stage, theatre.seconds, partial(_contents, cast), pace=0.2)
    prompt, reporter = people(plain=plain, json=False)

    def executors(language: str) -> Executor | None:
        real = registry.executor(language)
        return StageExecutor(real, session) if real is not None else None

    ports = Ports(
        MemoryStore(), prompt, Shown(reporter, stage), clock, theatre.library, executors, signals, StageTargets()
    )
    options = Options(dict(harder.parameters), {}, read_only=False, private=theatre.private)
    announced = [each.announced for each in surprising if each.announced]
    code = _walk(cast, ports, options, _cause(harder, theatre), announced)
    if stage.events:
        _keep(stage, store)
        ideal = rehearse(cast.graph, scenario, theatre, cast.file.parent)
        told = debrief(cast.graph, scenario, stage, ideal, _met(stage, surprising))
        click.echo("\n" + registry.format_for("drill_json" if as_json else "drill_text").render(told), nl=False)
    return code


def _met(stage: Stage, surprising: list[Surprise]) -> list[str]:
    """Return the surprises that she came across."""
    ran = {attempt.start.step for state in stage.states.values() for attempt in state.attempts.values()}
    return [each.told for each in surprising if not each.step or each.step in ran]


def _walk(cast: Cast, ports: Ports, options: Options, why: Cause, announced: list[str]) -> int:
    """Walk as a real run is walked; a drill that is left is over."""
    from runbook_runner.ports import HungUp, Interrupted
    from runbook_runner.rehearsal.errors import Stuck
    from runbook_runner.run.begin import begin
    from runbook_runner.run.opening import context, header
    from runbook_runner.run.whole import walked

    walk = begin(cast.graph.runbook, ports, options, why)
    header(walk)
    for line in announced:
        ports.reporter.say(line, style="warning")
    context(walk)
    try:
        walked(walk, why)
    except (Interrupted, NeedsPerson):
        ports.reporter.say("the drill ends here.", style="heading")
        return 3
    except HungUp:
        return 129
    except Stuck as stuck:
        ports.reporter.say(f"The scenario does not go on from here: {stuck}", style="bad")
        return 3
    return 0


def _cause(scenario: Scenario, theatre: Theatre) -> Cause:
    from runbook_runner.cli.compose import cause
    from runbook_runner.run.begin import Cause

    page = time.time() - (theatre.seconds(scenario.paged) if scenario.paged else 0.0)
    here = cause(None, page, "drill")
    fired = scenario.alert
    if fired is None:
        return here
    return Cause(
        here.who, here.host, here.pid, page, here.directory, fired.name, fired.labels, fired.annotations, "drill"
    )


def _contents(cast: Cast, name: str) -> str:
    try:
        return (cast.file.parent / name).read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise InputError(f"{cast.file}: the file {name} cannot be read: {error.strerror}") from error


def _keep(stage: Stage, store: str) -> None:
    """Record the drill where drills are recorded."""
    from runbook_runner.cli.config import config
    from runbook_runner.cli.journal import drills
    from runbook_runner.stores.sqlite import SqliteStore

    path = Path(drills(store, config()))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal = SqliteStore.open(path)
    try:
        for run in dict.fromkeys(event.run for event in stage.events):
            journal.append([event for event in stage.events if event.run == run], lease=None)
    finally:
        journal.close()
