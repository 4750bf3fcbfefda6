"""One execution of a step's command: its values, its honest start, its output, its end and what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runbook_runner.errors import InputError, StoreError
from runbook_runner.model import events as e
from runbook_runner.model.command import Command, Effect, Handling
from runbook_runner.model.runbook import Predicate, Step
from runbook_runner.model.state import Attempt, Visit
from runbook_runner.ports import Ending, Finished, Request, Session, Started, StillRunning
from runbook_runner.regex import regex
from runbook_runner.run import learned
from runbook_runner.run.as_json import as_json
from runbook_runner.run.capture import Capture, plain
from runbook_runner.run.history import recurs
from runbook_runner.run.interrupts import Interruptions, clock_text
from runbook_runner.run.judge import Observed, judge
from runbook_runner.run.live import Showing, forget
from runbook_runner.run.pinning import surroundings
from runbook_runner.run.reaching import executor_for, target_here, where
from runbook_runner.run.redact import is_secret_name, is_secret_shaped
from runbook_runner.run.walk import Walk

_SILENCE = 10.0
"""Seconds without output after which a command is said to be running, then six times as many."""


_WINDOWED = regex(r"\b(?:burn_rate|windows)\b")


class RunSink:
    """The Sink port: records the start, captures the output, lets timers speak, passes on her Ctrl-C."""

    def __init__(
        self,
        walk: Walk,
        capture: Capture,
        body: e.AttemptStarted | None,
        *,
        endless: bool,
        showing: Showing | None = None,
    ) -> None:
        self._walk = walk
        self._capture = capture
        self._body = body
        self._endless = endless
        self._showing = showing
        self._interrupts = Interruptions(walk)
        self._began = self._heard = walk.ports.clock.mono()
        self._patience = _SILENCE
        self._begun = body is None
        self._lost = False
        self.stopped = False

    def started(self, started: Started) -> None:
        """Make the start durable; until this returns the command waits at its gate."""
        self._begun = True
        if self._body is not None:
            from msgspec.structs import replace

            body = replace(self._body, pid=started.pid, started=started.started)
            if self._body.interactive:
                self._walk.decide(body)  # what it shows must be there before the terminal is the command's
            else:
                self._walk.start(body)

    def write(self, stream: str, data: bytes) -> None:
        """Keep and show output."""
        self._heard = self._walk.ports.clock.mono()
        self._capture.write(stream, data)

    def tick(self) -> bool:
        """Show what fell due; False once she pressed Ctrl-C, or the terminal left a command that never ends."""
        import signal

        self._keep_lease()
        self._walk.settle()  # where a shell takes long to start, what came before is recorded without it
        signals = self._walk.ports.signals
        if signals.received == signal.SIGINT:
            signals.received, self.stopped = 0, True
        elif signals.received and (self._endless or not self._begun):
            self.stopped = True
        self._capture.flush()
        if self._showing is not None:
            self._showing.tick()
        if not self._interactive():
            for notice in self._interrupts.fallen_due():
                self._walk.ports.reporter.say(notice.text, style="warning")
            self._sign_of_life()
        return not self.stopped

    def _keep_lease(self) -> None:
        """Hold on to the run while the command runs; who lost it meanwhile is told at the next decision."""
        if not self._lost:
            try:
                self._walk.keep_lease()
            except StoreError:
                self._lost = True

    def _sign_of_life(self) -> None:
        """Say now and then that a silent command still runs: nothing on the screen tells it from a dead link."""
        now = self._walk.ports.clock.mono()
        if now - self._heard >= self._patience:
            self._patience *= 6
            text = f"still running, {clock_text(now - self._began)} so far; Ctrl-C stops it"
            self._walk.ports.reporter.say(text, style="quiet")

    def _interactive(self) -> bool:
        return self._body is not None and self._body.interactive


def execute(walk: Walk, visit: Visit, step: Step, *, edited: Command | None = None) -> None:
    """Run a step's texts one by one, stopping at a failure, and judge the last."""
    command = edited or step.command
    if command is None:
        raise InputError(f"step `{step.id}` has no command")
    session = session_for(walk, command)
    original = step.command.source if edited and step.command else ""
    last = len(command.parts) - 1
    tries = 1 + _retries(command)
    for part, text in enumerate(command.parts):
        for left in range(tries, 0, -1):
            finished, capture = _attempt(walk, visit, step, command, session, (part, text, original))
            well = finished.ending is Ending.EXIT and finished.exit_code == 0
            if well or finished.ending is not Ending.EXIT or left == 1:
                break
            walk.observe(*_end(walk, finished, capture))
            walk.ports.reporter.say(f"exit {finished.exit_code}; trying again", style="quiet")
        if part == last or not well:
            conclude(walk, visit, step, finished, capture, interactive=interactive(command))
            return
        walk.observe(*_end(walk, finished, capture))


def _retries(command: Command) -> int:
    # A change is never run again unasked.
    return command.attributes.retry if command.effect is Effect.READ and not interactive(command) else 0


def session_for(walk: Walk, command: Command) -> Session:
    """Return the session in which a command executes: kinds of one family share one at each target."""
    executor = executor_for(walk, command)
    family = command.language if command.language == "zsh" else min(executor.languages)
    return walk.session(executor, family, where(walk, target_here(walk, command)))


def conclude(walk: Walk, visit: Visit, step: Step, finished: Finished, capture: Capture, *, interactive: bool) -> None:
    """Record how the last attempt ended and what the machine makes of it.

    Of a read in one piece, with the next start or question: until then the wrapper knows its end and what it printed.
    """
    number = max(walk.state.attempts)
    walk.hold(*_end(walk, finished, capture), decided=False)
    if walk.state.attempts[number].start.effect != Effect.READ:
        walk.settle()
    walk.hold(_made_of(walk, visit, step, number, finished, capture, interactive=interactive), decided=False)


def _made_of(
    walk: Walk, visit: Visit, step: Step, number: int, finished: Finished, capture: Capture, *, interactive: bool
) -> e.Judged:
    """Judge an attempt that was the last of its step, and keep what the step captures."""
    if step.command and step.command.attributes.capture and not finished.unseen:
        walk.captures[step.command.attributes.capture] = _captured(capture, finished)
    return _judged(walk, visit, step, number, finished, capture, interactive=interactive)


def _end(walk: Walk, finished: Finished, capture: Capture) -> tuple[e.Body, ...]:
    number = max(walk.state.attempts)
    _tell(walk, finished, capture)
    return (*capture.outputs(number), _ended(number, finished), *_carried(walk, number, finished))


def _ended(number: int, finished: Finished, found_by: str = "runner") -> e.AttemptEnded:
    return e.AttemptEnded(
        number,
        finished.ending.value,
        finished.exit_code,
        finished.signal,
        finished.duration,
        finished.statuses,
        finished.leftovers,
        found_by,
        finished.note,
    )


def _tell(walk: Walk, finished: Finished, capture: Capture) -> None:
    say = walk.ports.reporter.say
    if kept := capture.summary():
        say(kept, style="quiet")
    if finished.leftovers and finished.ending is not Ending.BACKGROUND:
        say(f"it left behind: {', '.join(finished.leftovers)}", style="warning")
    if finished.note:
        say(finished.note, style="warning")


def recovered(walk: Walk, attempt: Attempt) -> Finished | StillRunning:
    """Find out what became of an attempt whose runner died."""
    step = walk.graph.steps.get(attempt.start.step)
    if step is None or step.command is None:
        return Finished(Ending.LOST)
    session = session_for(walk, step.command)
    return session.recover(attempt.start.attempt, started_of(attempt))


def settle_recovered(
    walk: Walk, visit: Visit, step: Step, attempt: Attempt, finished: Finished, shown: Capture | None = None
) -> None:
    """Record the end of an attempt that was found out after a crash, with the output kept meanwhile.

    `shown` has the beginning of it, where that was shown as it came.
    """
    assert step.command is not None  # noqa: S101 - only command steps have attempts
    session = session_for(walk, step.command)
    forget(walk)
    shown = shown or Capture(walk.redactor, walk.ports.reporter.output)
    # The record is of all that was kept, whatever was shown.
    capture = Capture(walk.redactor, lambda _stream, _text: None)
    number = attempt.start.attempt
    for stream, data in session.recovered_output(number).items():
        capture.write(stream, data)
        if rest := data[shown.came(stream) :]:
            shown.write(stream, rest)
    shown.finish()
    ended = _ended(number, finished, "nobody" if finished.ending is Ending.LOST else "wrapper")
    walk.hold(*capture.outputs(number), ended, *_carried(walk, number, finished), decided=False)
    if why := _unjudged(step, attempt, finished, capture):
        judged = e.Judged(visit.number, number, "undetermined", (), (), why)
    else:
        judged = _made_of(walk, visit, step, number, finished, capture, interactive=interactive(step.command))
    walk.hold(judged, decided=False)
    walk.settle()


def _unjudged(step: Step, attempt: Attempt, finished: Finished, capture: Capture) -> str:
    """Return why an attempt whose end was found out cannot be judged as if nothing had happened; empty if it can."""
    if finished.ending not in (Ending.EXIT, Ending.LOST):
        return ""
    start, parts = attempt.start, step.command.parts if step.command else ()
    how = f"exit {finished.exit_code}; " if finished.exit_code is not None else ""
    if not finished.whole:
        return f"{how}what it printed before the crash was not seen"
    if start.original or parts[start.part : start.part + 1] != (start.text,):
        return f"{how}it is not the command that stands here now"
    if start.part < len(parts) - 1 and finished.exit_code == 0:
        return f"{how}the crash kept the rest of the step from running"
    predicates = (*(each.predicate for each in step.expected), *(branch.guard for branch in step.branches))
    if len(capture.streams) > 1 and any("output" in getattr(each, "source", "") for each in predicates):
        return f"{how}in which order it printed output and errors was not kept over the crash"
    return ""


def started_of(attempt: Attempt) -> Started:
    """Return what names an attempt's process."""
    return Started(attempt.start.pid, attempt.start.started, attempt.event.boot)


def attach(walk: Walk, attempt: Attempt, *, stop: bool) -> tuple[Finished, Capture]:
    """Wait for a command that outlived its runner, or stop it; what it prints is shown as it comes."""
    step = walk.graph.steps[attempt.start.step]
    assert step.command is not None  # noqa: S101 - only command steps have attempts
    session = session_for(walk, step.command)
    showing = Showing(walk, attempt.start.attempt)
    capture = Capture(walk.redactor, showing.output)
    sink = RunSink(walk, capture, None, endless=False, showing=showing)
    sink.stopped = stop
    try:
        return session.attach(attempt.start.attempt, started_of(attempt), sink), capture
    finally:
        showing.close()


def _attempt(
    walk: Walk, visit: Visit, step: Step, command: Command, session: Session, what: tuple[int, str, str]
) -> tuple[Finished, Capture]:
    part, text, original = what
    number = max(walk.state.attempts, default=0) + 1
    on_terminal = interactive(command)
    body = e.AttemptStarted(
        visit.number,
        number,
        step.id,
        part,
        text,
        original,
        command.effect.value,
        0,
        "",
        on_terminal,
        command.attributes.background,
    )
    for value in learned.assigned(text):
        walk.redactor.add(value)
    showing = Showing(walk, number)
    capture = Capture(walk.redactor, showing.output)
    sink = RunSink(walk, capture, body, endless=command.analysis.never_returns, showing=showing)
    request = Request(
        number,
        text,
        command.language,
        {**surroundings(walk, command), **walk.values()},
        command.attributes.timeout,
        on_terminal,
        command.attributes.background,
        command.attributes.target,
        frozenset(walk.secrets),
        command.effect,
        command.attributes.range,
        windows(step),
    )
    try:
        finished = session.execute(request, sink)
    finally:
        showing.close()
    walk.show_held()
    if number not in walk.state.attempts:
        # It never got as far as its gate: the record says so, with the reason.
        walk.decide(body)
    capture.finish()
    return finished, capture


def windows(step: Step) -> tuple[str, ...]:
    """Return the windows over which the step's predicates ask for burn rates."""
    guards = (*(expected.predicate for expected in step.expected), *(branch.guard for branch in step.branches))
    asking = [g for g in guards if isinstance(g, Predicate) and not g.error and _WINDOWED.search(g.source)]
    if not asking:
        return ()
    from runbook_runner.predicates import parse  # 10 ms, and many a runbook has no predicate
    from runbook_runner.predicates import windows as named

    return tuple(dict.fromkeys(window for guard in asking for window in named(parse(guard.source))))


def interactive(command: Command) -> bool:
    """Say whether a command gets her terminal, so that nobody else reads what it says."""
    return command.attributes.interactive or command.handling is Handling.TERMINAL


def _judged(
    walk: Walk, visit: Visit, step: Step, number: int, finished: Finished, capture: Capture, *, interactive: bool
) -> e.Judged:
    if finished.ending is not Ending.EXIT and finished.ending is not Ending.BACKGROUND:
        why = {Ending.TIMEOUT: "it ran into its timeout", Ending.STOPPED: "you stopped it"}
        text = why.get(finished.ending, finished.note or finished.ending.value)
        return e.Judged(visit.number, number, "undetermined", (), (), text)
    if finished.unseen:
        text = f"exit {finished.exit_code}; not all that it printed was seen"
        return e.Judged(visit.number, number, "undetermined", (), (), text)
    if interactive:
        return e.Judged(visit.number, number, "ask", (), (), "it had your terminal")
    if finished.ending is Ending.BACKGROUND:
        return e.Judged(visit.number, number, "passed", (), (), "started in the background")
    observed = Observed(
        finished.exit_code,
        {**walk.names(), **values(capture, finished)},
        finished.statuses,
        frozenset(name for name in ("stdout", "stderr", "output") if capture.truncated(name)),
        walk.redactor.text,
    )

    def again(seconds: float) -> str | None:
        return recurs(walk.ports.store, walk.ports.clock, walk.state, seconds)

    return judge(step, visit.number, number, observed, again)


def values(capture: Capture, finished: Finished) -> Mapping[str, Any]:
    """Return what predicates may see of a finished command."""
    stdout = plain(capture.raw("stdout"))
    return {
        "exit_code": finished.exit_code,
        "stdout": stdout,
        "stderr": plain(capture.raw("stderr")),
        "output": plain(capture.output),
        "duration": finished.duration or 0.0,
        "json": lambda: as_json(stdout, whole=not capture.truncated("stdout")),
        **finished.values,
    }


def _captured(capture: Capture, finished: Finished) -> str:
    """Return what `capture=` keeps: what was printed; of a single cell of a database its text."""
    rows = finished.values.get("rows")
    if isinstance(rows, list) and len(rows) == 1 and isinstance(rows[0], dict) and len(rows[0]) == 1:
        (cell,) = rows[0].values()
        return cell if isinstance(cell, str) else "" if cell is None else json.dumps(cell)
    return plain(capture.raw("stdout"))


def _carried(walk: Walk, number: int, finished: Finished) -> tuple[e.StateCarried, ...]:
    snapshot = finished.snapshot
    if snapshot is None:
        return ()
    secret = {n for n, text in snapshot.variables.items() if is_secret_name(n) or is_secret_shaped(text)}
    for value in learned.carried(snapshot.variables):
        walk.redactor.add(value)
    shown = {n: text for n, text in snapshot.variables.items() if n not in secret}
    target = _target_of(walk, number)
    before = walk.state.carried_at(target)
    body = e.StateCarried(number, snapshot.directory, shown, tuple(sorted(secret)), snapshot.note, target)
    if before and (before.directory, before.variables, before.note) == (body.directory, body.variables, body.note):
        return ()
    if snapshot.note:
        walk.ports.reporter.say(f"state not carried on: {snapshot.note}", style="warning")
    return (body,)


def _target_of(walk: Walk, number: int) -> str:
    step = walk.graph.steps.get(walk.state.attempts[number].start.step) if number in walk.state.attempts else None
    return step.command.attributes.target if step is not None and step.command is not None else ""
