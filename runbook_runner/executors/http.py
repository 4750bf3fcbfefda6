"""HTTP fences: requests in the format of `.http` files.

It ends with 0 for a status below 400 and with 1 for any other, as `curl -f` does, and with 1 where there is no answer.
Redirects of GET and HEAD are followed, five at the most, credentials only within one host; one that is not followed is
a failure, but for the 302 and 303 by which a change is often answered. Several requests, parted by
`###`, are sent one after the other; the first that fails ends it, and the last that was sent is judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from runbook_runner.model.command import Analysis, Command, Effect, Problem
from runbook_runner.ports import Check, Executor, Place, Session, TargetKind, Where

if TYPE_CHECKING:
    from runbook_runner.executors._web_target import Endpoint
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
        from runbook_runner.executors._web_target import HTTP, PROMETHEUS

        return (HTTP, PROMETHEUS)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Connect to each host, with TLS where it has some, and send nothing."""
        from runbook_runner.executors._web_target import Endpoint, endpoint, origin

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
        from runbook_runner.executors._web_target import endpoint

        to = endpoint(where.target)
        changing = {reason.line for reason in command.analysis.reasons if reason.effect is Effect.CHANGE}
        found = dict.fromkeys(
            f"{ready.method} {place(ready.url)}" for line, ready in _lines(command, where, to) if line in changing
        )
        named = f" (target {where.target.name})" if where.target is not None else ""
        return ", ".join(found) + named if found else named.strip(" ()")

    def open(self, place: Place) -> Session:
        """Begin a run's requests."""
        from runbook_runner.executors._conversation import Conversation
        from runbook_runner.executors._http_ask import prepared
        from runbook_runner.executors._web_target import endpoint

        to = endpoint(place.where.target)
        return Conversation(lambda request: prepared(request, to))


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

    from runbook_runner.executors._web_target import reachable

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
