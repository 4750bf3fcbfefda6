"""Questions that every part of a walk may have to ask: values, confirmations, whom to call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runbook_runner.errors import InputError, NeedsPerson
from runbook_runner.model import events as e
from runbook_runner.model.runbook import Parameter, Step
from runbook_runner.model.state import Attempt, Visit
from runbook_runner.ports import About, Menu, Option
from runbook_runner.run import parameters as p
from runbook_runner.run.interrupts import Interruptions, clock_text
from runbook_runner.run.walk import Walk

_FOUND = 5
"""So many findings, the last ones, are what somebody can take in on the telephone."""
_EVIDENCE = 120


def missing(walk: Walk, step: Step) -> tuple[str, ...]:
    """Return the names that must have a value before the step may be done: its command's, and its predicates'."""
    values, command = walk.values(), step.command
    needed: tuple[str, ...] = ()
    if command is not None:
        carried = walk.state.carried_at(command.attributes.target)
        defined = frozenset((*carried.variables, *carried.withheld)) if carried else frozenset[str]()
        needed = p.needed(command, values, defined)
    # What a shell has set meanwhile no predicate sees.
    read = (name for name in p.judging(walk.graph.runbook, step) if name not in values)
    return tuple(dict.fromkeys((*needed, *read)))


def fill(walk: Walk, step: Step) -> bool:
    """Give every name that the step needs a value; False when she backed out."""
    return all(_fill_one(walk, p.parameter(walk.graph.runbook, name)) for name in missing(walk, step))


def take_known(walk: Walk, step: Step) -> None:
    """Take the values that need nobody: from the command line, the alert, the environment."""
    for name in missing(walk, step):
        wanted = p.parameter(walk.graph.runbook, name)
        for best in p.candidates(wanted, walk.options.flags, walk.state.started, walk.options.environment)[:1]:
            if best.origin != "default" and not p.refusal(wanted, best.value):
                _take(walk, wanted, best.value, best.origin)


def changeable(walk: Walk, step: Step) -> tuple[str, ...]:
    """Return the parameters of a step that have a value, which may be a wrong one."""
    given = walk.state.parameters
    return tuple(name for name in _used(walk, step) if name in given and name not in walk.captures)


def _used(walk: Walk, step: Step) -> tuple[str, ...]:
    uses = step.command.analysis.uses if step.command else ()
    return tuple(dict.fromkeys((*uses, *p.judging(walk.graph.runbook, step))))


def correct(walk: Walk, step: Step) -> None:
    """Ask for the values of a step again, the present ones standing there to be changed."""
    for name in changeable(walk, step):
        present = walk.values().get(name, "")
        if not _type(walk, p.parameter(walk.graph.runbook, name), present, present=present):
            return


def confirm(walk: Walk, step: Step) -> bool:
    """Have her confirm, before a change, the values that only the environment gave."""
    names = p.unconfirmed(walk.state.parameters, walk.state.confirmed, _used(walk, step))
    if not names:
        return True
    lines = tuple(f"  {name}={walk.state.parameters[name].value}  (from your environment)" for name in names)
    menu = Menu(
        "Are these values meant?",
        (Option("y", "yes", word="yes"), Option("c", "no, go back")),
        lines,
        about=About.CONFIRM,
    )
    if walk.ports.prompt.choose(menu, Interruptions(walk)) != "y":
        return False
    walk.decide(e.ParametersConfirmed(tuple(names)))
    return True


def note(walk: Walk) -> None:
    """Take a line for the record."""
    text = walk.ports.prompt.line("note", Interruptions(walk))
    if text:
        visit = walk.state.visit
        walk.observe(e.Noted(text, visit.number if visit else None))


def call(walk: Walk, to: str) -> bool:
    """Record that she calls somebody and what came of it, up the ladder; False when she backed out."""
    ladder = [rung.to for rung in walk.graph.runbook.facts.escalation]
    while True:
        to = to or _next_rung(walk, ladder)
        if not to:
            return _call_anybody(walk)
        via = next((rung.via for rung in walk.graph.runbook.facts.escalation if rung.to == to), "")
        if not _try(walk, to, via):
            return False
        if walk.state.calls[-1].result == "reached":
            return True
        later = ladder[ladder.index(to) + 1 :] if to in ladder else [n for n in ladder if not _called(walk, n)]
        if not later:
            walk.ports.reporter.say("nobody further up the ladder", style="warning")
            return True
        to = later[0]


def _call_anybody(walk: Walk) -> bool:
    name = walk.ports.prompt.line("call whom? (the runbook names nobody)", Interruptions(walk))
    return bool(name) and _try(walk, name or "", "")


def _try(walk: Walk, to: str, via: str) -> bool:
    message = handover(walk)
    # Said above the question: there it would be cut to a few rows, and the last of it is what was changed.
    walk.ports.reporter.say("What to say:")
    for line in message.splitlines():
        walk.ports.reporter.say(f"  {line}")
    options = (
        Option("y", "reached"),
        Option("o", "no answer"),
        Option("v", "voicemail"),
        Option("c", "not calling now"),
    )
    menu = Menu(f"Did you reach {to}?", options, (f"Call {to}{f' via {via}' if via else ''}.",), about=About.REACH)
    answer = walk.ports.prompt.choose(menu, Interruptions(walk))
    if answer == "c":
        return False
    result = {"y": "reached", "o": "no answer", "v": "voicemail"}[answer]
    walk.decide(e.EscalationTried(to, via, message), e.EscalationAnswered(to, result))
    return True


def handover(walk: Walk) -> str:
    """Return what to tell somebody who is called: what fires, since when, what was found, what was changed."""
    state, runbook = walk.state, walk.graph.runbook
    started = state.started
    since = clock_text(walk.ports.clock.wall() - state.page)
    what = started.alert if started and started.alert else runbook.title
    ran = [a for a in state.attempts.values() if a.start.effect != "read"]
    by = "" if what == runbook.title else f" Runbook: {runbook.title}."
    host = f" on {started.host}" if started else ""
    lines = [f"{what}, for {since}.{by} Run {state.run}{host}."]
    given = state.parameters
    if values := [f"{n}={'(secret)' if v.secret or v.value is None else v.value}" for n, v in given.items()]:
        lines.append("With " + " ".join(values))
    if found := dict.fromkeys(_found(walk, visit) for visit in state.visits if visit.ended):
        found.pop("", None)
        lines += [f"Found: {text}" for text in list(found)[-_FOUND:]]
    lines += _changed(walk, ran)
    return "\n".join(lines)


def _found(walk: Walk, visit: Visit) -> str:
    """Return what a step showed that is not as it should be, with the evidence; empty where there is nothing."""
    judged, ended = visit.judged, visit.ended
    seen = [each["evidence"] for each in (judged.checks if judged else ()) if each["holds"] is False]
    seen += [each["evidence"] for each in (judged.branches if judged else ()) if each["holds"] and each.get("source")]
    telling = " ".join((next(filter(None, seen), "") or (ended.reason if ended else "")).split())
    failed = ended is not None and ended.outcome == "failed"
    if not failed and not (seen and visit.taken and visit.taken.how == "predicate"):
        return ""
    cut = telling if len(telling) <= _EVIDENCE else telling[: _EVIDENCE - 1] + "…"
    return f"{_title(walk, visit.step).rstrip('.:')}{' failed' if failed else ''}{': ' + cut if cut else ''}"


def _changed(walk: Walk, ran: Sequence[Attempt]) -> Iterator[str]:
    """Yield what was changed, and what was only tried: a command that fails may have been refused."""
    for word, failed in (("Changed", False), ("Tried", True)):
        told = dict.fromkeys(
            f"{_title(walk, each.start.step)} ({_ending(each.end)})"
            for each in ran
            if bool(each.end and each.end.exit_code) == failed
        )
        if told or (not failed and not ran):
            yield f"{word}: {'; '.join(told) or 'nothing.'}"


def _title(walk: Walk, step: str) -> str:
    found = walk.graph.steps.get(step)
    return found.title if found else step


def _ending(end: e.AttemptEnded | None) -> str:
    if end is None or end.reason == "lost":
        return "outcome unknown"
    return f"exit {end.exit_code}" if end.exit_code is not None else end.reason


def _next_rung(walk: Walk, ladder: list[str]) -> str:
    return next((name for name in ladder if not _called(walk, name)), ladder[-1] if ladder else "")


def _called(walk: Walk, name: str) -> bool:
    return any(c.tried.to == name for c in walk.state.calls)


def _fill_one(walk: Walk, wanted: Parameter) -> bool:
    offered = p.candidates(wanted, walk.options.flags, walk.state.started, walk.options.environment)
    for candidate in offered:
        refused = p.refusal(wanted, candidate.value)
        if candidate.origin == "flag" and refused:
            raise InputError(f"{wanted.name}: {refused}", f"give --param {wanted.name}=VALUE another value")
        if refused:
            text = f"{wanted.name}: the value from the {candidate.origin} is refused: {refused}"
            walk.observe(e.Warned("value-refused", text))
            walk.ports.reporter.say(text, style="warning")
        elif candidate.origin != "default":
            return _take(walk, wanted, candidate.value, candidate.origin)
    default = next((c.value for c in offered if c.origin == "default" and not p.refusal(wanted, c.value)), "")
    return _type(walk, wanted, default)


def _type(walk: Walk, wanted: Parameter, default: str, *, present: str = "") -> bool:
    if _unattended(walk) and (wanted.secret or not default):
        raise NeedsPerson(
            f"{wanted.name} has no value: give --param {wanted.name}=VALUE", "go on with `runbook resume`"
        )
    if wanted.description and not _unattended(walk):
        walk.ports.reporter.say(wanted.description, style="quiet")
    choices = f" ({', '.join(wanted.choices)})" if wanted.choices else ""
    shown = f" {wanted.written}" if wanted.written else ""
    while True:
        label = f"{wanted.name}{shown}{choices}"
        value = walk.ports.prompt.line(label, Interruptions(walk), default=default, secret=wanted.secret)
        if value is None:
            return False
        if present and (value == present or (wanted.secret and not value)):
            return True
        refused = p.refusal(wanted, value)
        if not refused:
            return _take(walk, wanted, value, "default" if value == default else "typed")
        walk.ports.reporter.say(f"{wanted.name}: {refused}", style="bad")
        if not value:
            # Enter on nothing is a way out, not a value.
            raise_if_nobody(walk)
            return False


def raise_if_nobody(walk: Walk, why: InputError | None = None) -> None:
    """Without a person, what is missing (a value, if nothing is said) ends the walk rather than asking for ever."""
    if _unattended(walk):
        if why is not None:
            raise NeedsPerson(why.message, why.hint)
        raise NeedsPerson("a value is missing", "give it with --param NAME=VALUE")


def _unattended(walk: Walk) -> bool:
    return bool(walk.state.started and walk.state.started.mode == "auto")


def _take(walk: Walk, wanted: Parameter, value: str, origin: str) -> bool:
    # What the record may not hold, the command needs all the same: the value as it was recorded would be another.
    secret = wanted.secret or walk.redactor.text(value) != value
    walk.secrets.pop(wanted.name, None)
    if secret:
        walk.secrets[wanted.name] = value
        walk.redactor.add(value)
    body = e.ParameterSet(wanted.name, None if secret else value, origin, secret)
    if walk.state.parameters.get(wanted.name) == body and not secret:
        return True
    walk.decide(body)
    if origin in ("alert", "environment"):
        shown = "(secret)" if secret else value
        walk.ports.reporter.say(f"{wanted.name}={shown}  (from the {origin})", style="quiet")
    return True
