"""Puts the real parts together: the journal, the terminal, the clock, the executors."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from runbook_runner import registry
from runbook_runner.cli.config import config
from runbook_runner.cli.journal import again, open_store, private_folder
from runbook_runner.cli.library import Files
from runbook_runner.cli.people import people
from runbook_runner.cli.signals import install
from runbook_runner.cli.targets import Configured
from runbook_runner.errors import HeldElsewhere, InputError, NeedsPerson
from runbook_runner.model.events import Warned
from runbook_runner.model.graph import Choose, GoTo, build
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import HungUp, Interrupted
from runbook_runner.run.auto import Unattended
from runbook_runner.run.begin import Cause, begin, held
from runbook_runner.run.clock import SystemClock
from runbook_runner.run.common import Paused, visit_again
from runbook_runner.run.opening import context, header
from runbook_runner.run.parameters import wrong_flags
from runbook_runner.run.preflight import preflight
from runbook_runner.run.walk import Options, Ports, Signals, Walk
from runbook_runner.run.whole import walked

if TYPE_CHECKING:
    from runbook_runner.cli.alerts import Alert

CODES = {"resolved": 0, "mitigated": 0, "false_alarm": 0, "escalated": 1, "abandoned": 1}


class Manner(Struct, frozen=True):
    """How the walk speaks, as the flags say."""

    auto: bool = False
    plain: bool = False
    json: bool = False


def compose(store_path: str, manner: Manner) -> Ports:
    """Return the real ports."""
    settings = config()
    clock, signals = SystemClock(), Signals()
    install(signals)
    prompt, reporter = people(plain=manner.plain, json=manner.json, auto=manner.auto)
    return Ports(
        open_store(store_path, settings, tell=lambda text: reporter.say(text, style="warning")),
        Unattended(clock, reporter.say) if manner.auto else prompt,
        reporter,
        clock,
        Files(settings),
        registry.executor,
        signals,
        Configured(settings),
    )


def options(flags: dict[str, str], store_path: str, *, read_only: bool) -> Options:
    """Return the options of a walk; private files stand beside the journal."""
    private = private_folder(store_path, config())
    return Options(flags, dict(os.environ), read_only, private)


def cause(alert: Alert | None, since: float | None, mode: str) -> Cause:
    """Return who begins a run here, and why; `since` (wall time) is the time of the page."""
    page = since or (alert.starts if alert else None) or time.time()
    who = os.environ.get("RUNBOOK_WHO") or os.environ.get("SUDO_USER") or _login()
    about = (alert.name, alert.labels, alert.annotations) if alert else ("", {}, {})
    return Cause(who, os.uname().nodename, os.getpid(), page, str(Path.cwd()), *about, mode)


def walk_new(
    runbook: Runbook,
    ports: Ports,
    chosen: Options,
    why: Cause,
    start: str = "",
    *,
    look_ahead: bool = True,
    remark: str = "",
) -> int:
    """Begin a run, walk it, and return the exit code."""
    if wrong := wrong_flags(runbook, chosen.flags):
        raise InputError(f"--param: {wrong}", "`runbook inspect` shows what each may be")
    first = _first(runbook, start) if start else ""
    walk = begin(runbook, ports, chosen, why)
    if remark:
        walk.decide(Warned("same-fault", remark))
    if first:
        header(walk)
        visit_again(walk, first, "jump")
    else:
        header(walk)
        if look_ahead:
            preflight(walk)
        context(walk)
    return finish(walk, why)


def _first(runbook: Runbook, start: str) -> str:
    """Return the step that a step's or section's name leads to; InputError before anything is recorded."""
    match build(runbook).entry(start):
        case GoTo(step) | Choose(key=step):
            return step
        case _:
            raise InputError(f"{runbook.path}: there is no step {start!r}", "`runbook inspect` lists the steps")


def read_out(runbook: Runbook, manner: Manner) -> None:
    """Show a document in which nothing is a step: what it says may still be what she needs."""
    _, reporter = people(plain=manner.plain, json=manner.json, auto=manner.auto)
    for phase in runbook.phases:
        if phase.blocks or phase.level > 0:
            reporter.prose(phase.title or runbook.title, phase.blocks)
    reporter.say("")


def finish(walk: Walk, why: Cause) -> int:
    """Walk a run that is held, leave it in order whatever happens, and return the exit code."""
    say, run = walk.ports.reporter.say, walk.state.run
    # The entry point switched it off; what is loaded by now stays, and need not be looked at again.
    gc.freeze()
    gc.enable()
    try:
        state = walked(walk, why)
    except Paused:
        say(f"paused. `runbook resume {run}{again()}` goes on.", style="heading")
        return 3
    except Interrupted:
        say(f"interrupted; the run waits. `runbook resume {run}{again()}` goes on.", style="heading")
        return 130
    except HungUp:
        return 128 + walk.ports.signals.received if walk.ports.signals.received else 129
    except NeedsPerson as error:
        raise NeedsPerson(f"{error.message} (run {run})", f"`runbook resume {run}{again()}` goes on") from error
    except HeldElsewhere as error:
        raise held(error, run) from error
    say(f"{state.outcome.replace('_', ' ')}. `runbook report {run}{again()}` writes it down.", style="heading")
    return CODES.get(state.outcome, 1)


def _login() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid{os.getuid()}"
