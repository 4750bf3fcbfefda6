"""HTTP fences: requests in the format of `.http` files.

It ends with 0 for a status below 400 and with 1 for any other, as `curl -f` does, and with 1 where there is no answer.
Redirects of GET and HEAD are followed, five at the most, credentials only within one host; one that is not followed is
a failure, but for the 302 and 303 by which a change is often answered. Several requests, parted by
`###`, are sent one after the other; the first that fails ends it, and the last that was sent is judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runbook_runner.executors._conversation import Conversation, Result, Write
from runbook_runner.executors._web_target import (
    HTTP,
    PROMETHEUS,
    Endpoint,
    Followed,
    addressed,
    endpoint,
    follow,
    origin,
    reachable,
)
from runbook_runner.model.command import Analysis, Command, Effect, Problem, Reason
from runbook_runner.ports import Check, Executor, Place, Request, Session, TargetKind, Where

if TYPE_CHECKING:
    from runbook_runner.syntax.request_slots import Ready

_PATIENCE = 1.7
"""Seconds that a host may take to let itself be connected to, before step 1."""


@lru_cache(512)
def _analysed(text: str) -> Analysis:
    from runbook_runner.syntax.requests import analyse

    return analyse(text)


class Http:
    """Sends requests."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs."""
        return frozenset({"http"})

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs."""
        return _analysed(text)

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command."""
        return command.analysis.problems

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """Speaks to services; a Prometheus is one, too."""
        return (HTTP, PROMETHEUS)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Connect to each host, with TLS where it has some, and send nothing."""
        to = endpoint(where.target)
        urls = {to.base: f"target {where.target.name}"} if where.target is not None else {}
        for command in commands:
            for ready in _filled(command, where, to):
                if not to.base or origin(ready.url) != origin(to.base):
                    scheme, host, port = origin(ready.url)
                    urls.setdefault(f"{scheme}://{host}:{port}", f"{scheme} {host}:{port}")
        return _tried([(url, name, to.trust if url == to.base else Endpoint().trust) for url, name in urls.items()])

    def reach(self, command: Command, where: Where) -> str:
        """Name the method and the host of what changes something."""
        from runbook_runner.executors._web_errors import place

        to = endpoint(where.target)
        changing = {reason.line for reason in command.analysis.reasons if reason.effect is Effect.CHANGE}
        found = dict.fromkeys(
            f"{ready.method} {place(ready.url)}" for line, ready in _lines(command, where, to) if line in changing
        )
        named = f" (target {where.target.name})" if where.target is not None else ""
        return ", ".join(found) + named if found else named.strip(" ()")

    def open(self, place: Place) -> Session:
        """Begin a run's requests."""
        to = endpoint(place.where.target)
        return Conversation(lambda request: _prepared(request, to))


def _prepared(request: Request, to: Endpoint) -> Asking:
    from runbook_runner.errors import InputError
    from runbook_runner.syntax.request_slots import fill
    from runbook_runner.syntax.requests import request_effect, requests

    found, problems = requests(request.text)
    if problems:
        raise InputError(f"line {problems[0].line}: {problems[0].message}", problems[0].hint)
    # All of them, before the first is sent: half of a change would be worse than none.
    ready = [_Sending(fill(each, request.environment, to.base), request_effect(each)) for each in found]
    return Asking(ready, to, request.timeout)


class _Sending(Struct, frozen=True):
    """One request with its values, and what it does."""

    ready: Ready
    reason: Reason

    @property
    def changes(self) -> bool:
        return self.reason.effect is not Effect.READ


class Asking:
    """Requests, to be sent one after the other."""

    def __init__(self, sending: Sequence[_Sending], to: Endpoint, timeout: float | None) -> None:
        from runbook_runner.executors._web import SILENCE, Cancellable

        self._sending = sending
        self._to = to
        self._silence = max(timeout + 5, SILENCE) if timeout is not None else SILENCE
        self._line = Cancellable()

    def perform(self, write: Write) -> Result:
        """Send them, and return what came of the last one."""
        if self._to.warning:
            write("stderr", f"{self._to.warning}\n".encode())
        result = Result(1)
        for number, each in enumerate(self._sending, 1):
            if len(self._sending) > 1:
                # As it is written: a value in it may be a secret, and is encoded besides.
                write("stdout", f"{'' if number == 1 else chr(10)}> {each.reason.command}\n".encode())
            result = self._one(each.ready, write, change=each.changes)
            if result.exit_code != 0 or result.lost:
                break
        return result

    def cancel(self) -> None:
        """Cut the connection."""
        self._line.cancel()

    def _one(self, ready: Ready, write: Write, *, change: bool) -> Result:
        from runbook_runner.executors._web import Call
        from runbook_runner.executors._web_errors import Unanswered

        call, trust = addressed(Call(ready.method, ready.url, ready.headers, ready.body), self._to)
        try:
            found = follow(call, trust, self._line.run, self._silence)
        except Unanswered as error:
            return _unanswered(error, write, change=change)
        return _answered(call.url, found, write)


def _unanswered(error: Any, write: Write, *, change: bool) -> Result:
    if not error.cancelled:
        write("stderr", f"no answer: {error.message}\n".encode())
    unknown = "it was sent, and what the server made of it is not known" if change and error.sent else ""
    values: dict[str, Any] = dict.fromkeys(
        ("status", "headers", "body", "json"), _raising(f"no answer: {error.message}")
    )
    values["certificate_days"] = error.certificate_days
    if error.certificate_days is None:
        values["certificate_days"] = _raising(f"no answer: {error.message}")
    if unknown and error.broken:
        return Result(1, values, f"{error.message}: {unknown}", lost=True)
    return Result(1, values, unknown or (error.message if error.cancelled else ""))


def _answered(asked: str, found: Followed, write: Write) -> Result:
    from runbook_runner.executors._web_show import body, head

    answer = found.answer
    for hop in found.hops:
        write("stdout", f"-> {hop}\n".encode())
    write("stdout", (head(answer) + body(answer)).encode("utf-8", "replace"))
    well = answer.status < 400 and not found.stopped and not (answer.status in _NOT_DONE and found.onward)
    return Result(0 if well else 1, _values(found), _note(asked, found))


_NOT_DONE = frozenset({301, 307, 308})
"""Redirects that say that nothing was done here."""


def _note(asked: str, found: Followed) -> str:
    from runbook_runner.executors._web_errors import place

    if found.stopped:
        return found.stopped
    if found.onward:
        return f"it sends on to {found.onward[:120]}; what may change something does not follow"
    if found.hops and origin(asked) != origin(found.hops[-1]):
        return f"this is the answer of {place(found.hops[-1])}, to which a redirect led, not of {place(asked)}"
    return ""


def _values(found: Followed) -> Mapping[str, Any]:
    import json

    from runbook_runner.executors._web_show import size

    answer = found.answer
    values: dict[str, Any] = {"status": answer.status, "headers": dict(answer.headers)}
    if answer.whole:
        text = answer.text()
        values |= {"body": text, "json": lambda: json.loads(text)}
    else:
        why = f"it is {size(answer.size)} long, and the {size(len(answer.body))} that were kept prove nothing"
        values |= dict.fromkeys(("body", "json"), _raising(why))
    values["certificate_days"] = answer.certificate_days
    if answer.certificate_days is None:
        values["certificate_days"] = _raising("the answer came without TLS, or without its being verified")
    return values


def _raising(why: str) -> Callable[[], Any]:
    def read() -> Any:
        raise ValueError(why)

    return read


def _lines(command: Command, where: Where, to: Endpoint) -> list[tuple[int, Ready]]:
    """Return the requests of a command whose values are known by now, each with its line."""
    from runbook_runner.errors import InputError
    from runbook_runner.syntax.request_slots import fill
    from runbook_runner.syntax.requests import requests

    found = []
    for each in requests("\n".join(command.parts))[0]:
        try:
            found.append((each.line, fill(each, where.environment, to.base)))
        except InputError:
            continue
    return found


def _filled(command: Command, where: Where, to: Endpoint) -> list[Ready]:
    return [ready for _, ready in _lines(command, where, to)]


def _tried(hosts: Sequence[tuple[str, str, Any]]) -> tuple[Check, ...]:
    """Connect to all of them at the same time."""
    import threading

    answers: dict[str, tuple[bool, str]] = {}

    def ask(url: str, trust: Any) -> None:
        answers[url] = reachable(url, trust, _PATIENCE)

    threads = [threading.Thread(target=ask, args=(url, trust), daemon=True) for url, _, trust in hosts]
    for thread in threads:
        thread.start()
    ended = threading.Event()
    for thread in threads:
        thread.join(0.05 if ended.is_set() else _PATIENCE + 0.1)
        if thread.is_alive():
            ended.set()
    late = f"no answer within {_PATIENCE:g} s"
    return tuple(_checked(name, *answers.get(url, (None, late))) for url, name, _ in hosts)


def _checked(name: str, ok: bool | None, detail: str) -> Check:
    """Return a line of the table, without saying the host again where that is its name."""
    return Check(name, ok, detail.removeprefix(f"{name.partition(' ')[2]}: "))


EXECUTOR: Executor = Http()
