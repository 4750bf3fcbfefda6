"""What an `http` fence does once it runs: sends its requests, and says what came back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from runbook_runner.executors._conversation import Result, Write, raising
from runbook_runner.executors._web_target import Endpoint, Followed, addressed, follow, origin
from runbook_runner.model.command import Effect, Reason
from runbook_runner.ports import Request

if TYPE_CHECKING:
    from runbook_runner.syntax.request_slots import Ready


def prepared(request: Request, to: Endpoint) -> Asking:
    """Return the requests of a text, with their values; InputError where one has none."""
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
        ("status", "headers", "body", "json"), raising(f"no answer: {error.message}")
    )
    values["certificate_days"] = error.certificate_days
    if error.certificate_days is None:
        values["certificate_days"] = raising(f"no answer: {error.message}")
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
        values |= dict.fromkeys(("body", "json"), raising(why))
    values["certificate_days"] = answer.certificate_days
    if answer.certificate_days is None:
        values["certificate_days"] = raising("the answer came without TLS, or without its being verified")
    return values
