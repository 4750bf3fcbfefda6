"""The start of a walk, and its taking up again: leases, the embedded source, what was here lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from runbook_runner import __version__
from runbook_runner.errors import HeadMoved, HeldElsewhere, InputError
from runbook_runner.model import events as e
from runbook_runner.model.graph import build
from runbook_runner.model.runbook import Runbook
from runbook_runner.model.state import RunState, fold
from runbook_runner.ports import Holder, Menu, Option
from runbook_runner.run.gone import is_gone
from runbook_runner.run.interrupts import Interruptions
from runbook_runner.run.journal import Journal, new_run_id
from runbook_runner.run.pinning import pin
from runbook_runner.run.redact import MARK, Redactor
from runbook_runner.run.walk import LEASE, Options, Ports, Walk

_TRIES = 20
"""So many others may come first."""


class Cause(Struct, frozen=True):
    """Why and by whom a run is begun."""

    who: str
    host: str
    pid: int
    page: float
    directory: str
    alert: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    mode: str = "interactive"
    parent_run: str = ""
    writer: str = ""
    """Names the writing process in the journal; empty for the one of this process."""


def begin(runbook: Runbook, ports: Ports, options: Options, cause: Cause) -> Walk:
    """Create a run in the journal, and hold it."""
    redactor = Redactor()
    run = new_run_id(ports.clock)
    journal = Journal(ports.store, run, ports.clock, writer=cause.writer)
    journal.lease = ports.store.claim(run, holder(journal, ports, cause), now=ports.clock.wall(), ttl=LEASE)
    walk = Walk(build(runbook), RunState(run), journal, ports, options, redactor, renewed=ports.clock.wall())
    walk.decide(
        e.RunStarted(
            runbook.path,
            runbook.title,
            runbook.digest,
            runbook.source,
            cause.who,
            cause.host,
            cause.page,
            runbook.facts.service,
            cause.alert,
            dict(cause.labels),
            dict(cause.annotations),
            cause.mode,
            options.read_only,
            cause.parent_run,
            cause.directory,
            __version__,
        )
    )
    pin(walk)
    return walk


def holder(journal: Journal, ports: Ports, cause: Cause) -> Holder:
    """Return who drives, for the lease."""
    return Holder(journal.writer, cause.who, cause.host, cause.pid, ports.clock.boot())


def load(ports: Ports, run: str) -> RunState:
    """Return a run's state from the journal; InputError when there is no such run."""
    return _folded(run, ports.store.events(run))


def _folded(run: str, events: Sequence[e.Event]) -> RunState:
    if not events:
        raise InputError(f"there is no run {run!r}", "`runbook runs` lists them")
    return fold(run, events)


def take_up(state: RunState, ports: Ports, options: Options, cause: Cause, *, take: bool) -> Walk:
    """Hold a run that was begun before, and go on where it stands."""
    journal = Journal(ports.store, state.run, ports.clock, writer=cause.writer)
    own = holder(journal, ports, cause)
    over = _died(ports, state.run, own)
    journal.lease = ports.store.claim(state.run, own, now=ports.clock.wall(), ttl=LEASE, take=take, over=over)
    # Read again under the lease, and by the journal itself: the former holder may write until this process has.
    state = _folded(state.run, journal.catch_up())
    runbook, changed = _current(state, ports)
    walk = Walk(build(runbook), state, journal, ports, options, Redactor(), renewed=ports.clock.wall())
    _enters(walk, e.DriverChanged(cause.who, cause.host, "take" if take else "resume"))
    if changed is not None:
        _edited(walk, runbook, changed)
    walk.captures.update(_captured(walk))
    pin(walk)
    return walk


def _enters(walk: Walk, body: e.DriverChanged) -> None:
    """Record who drives, knowing all that came before."""
    for _ in range(_TRIES):
        try:
            return walk.decide(body)
        except HeadMoved:  # the end of a command of the former driver, or a branch that is joined just now
            walk.catch_up()
    return walk.decide(body)


def _captured(walk: Walk) -> dict[str, str]:
    """Return what `capture=NAME` kept, as far as the record holds it whole; what it does not is asked for."""
    from runbook_runner.run.capture import plain

    found: dict[str, str] = {}
    for attempt in walk.state.attempts.values():
        step = walk.graph.steps.get(attempt.start.step)
        name = step.command.attributes.capture if step and step.command else ""
        if not name or attempt.end is None or attempt.end.reason == "lost":
            continue
        found.pop(name, None)
        printed = [output for output in attempt.outputs if output.stream == "stdout" and output.size]
        if all(output.kept >= output.size and MARK not in output.head + output.tail for output in printed):
            found[name] = plain("".join(output.head + output.tail for output in printed))
    return found


def _died(ports: Ports, run: str, own: Holder) -> int:
    """Return the token of a lease whose holder is gone, 0 when it may live.

    On this machine a process that is gone can be seen to be gone; elsewhere only the lease's time tells.
    """
    lease = ports.store.lease(run)
    return lease.token if lease is not None and is_gone(lease.holder, own.host, own.boot) else 0


def _current(state: RunState, ports: Ports) -> tuple[Runbook, Runbook | None]:
    """Return the text that the run walks, and the file as it is now where that is another."""
    path = state.started.path if state.started else ""
    try:
        now = ports.library.load(path)
    except InputError:
        return ports.library.parse(state.source, path), None
    if now.digest == state.digest:
        return now, None
    return ports.library.parse(state.source, path), now


def _edited(walk: Walk, old: Runbook, new: Runbook) -> None:
    say = walk.ports.reporter.say
    before = {step.id: _text(old, step.id) for step in old.steps}
    after = {step.id: _text(new, step.id) for step in new.steps}
    done = {visit.step for visit in walk.state.visits if visit.ended}
    changed = [step for step in {**before, **after} if before.get(step) != after.get(step)]
    for step in changed:
        if step in done:
            say(f"`{step}`, which was completed, has since been edited", style="warning")
    pending = [step for step in changed if step not in done]
    choice = "new"
    if pending:
        import difflib

        say("The runbook was edited since this run began:", style="warning")
        for line in difflib.unified_diff(old.source.splitlines(), new.source.splitlines(), "then", "now", lineterm=""):
            say(line, style="quiet")
        menu = Menu("Walk on with which text?", (Option("o", "the old one"), Option("w", "the new one")))
        choice = {"o": "old", "w": "new"}[walk.ports.prompt.choose(menu, Interruptions(walk))]
    walk.decide(e.SourceChanged(new.digest, new.source, choice, tuple(s for s in changed if s in done)))
    if choice == "new":
        walk.graph = build(new)


def _text(runbook: Runbook, step: str) -> str:
    found = next((s for s in runbook.steps if s.id == step), None)
    if found is None:
        return ""
    return "\n".join(runbook.source.splitlines()[found.span.line - 1 : found.span.end_line])


def held(error: HeldElsewhere, run: str) -> HeldElsewhere:
    """Return the error with what to do about it."""
    return HeldElsewhere(error.message, error.hint or f"`runbook takeover {run}` takes the run over")
