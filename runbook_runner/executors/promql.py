"""PromQL fences: a query of Prometheus, or of what speaks like it (Thanos, Mimir, VictoriaMetrics).

It is asked for now, or with `{range=1h}` over a window up to now. It ends with 0 where the query was answered, with
whatever (also with no data), and with 1 where it was not. A query that says `$window` is asked once for each window
that the predicates of its step name: see `predicates/burning.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from runbook_runner.model.command import Analysis, Command, Problem
from runbook_runner.ports import Check, Executor, Place, Session, TargetKind, Where

_PATIENCE = 1.7
"""Seconds that a Prometheus may take to answer before step 1."""


@lru_cache(512)
def _analysed(text: str) -> Analysis:
    from runbook_runner.syntax.promql_slots import analyse

    return analyse(text)


class Promql:
    """Asks Prometheus."""

    @property
    def languages(self) -> frozenset[str]:
        """The fence languages that it runs."""
        return frozenset({"promql"})

    def analyse(self, text: str, language: str) -> Analysis:
        """Say what can be known of a text before it runs."""
        return _analysed(text)

    def check(self, command: Command) -> tuple[Problem, ...]:
        """Return what a linter should say of the command."""
        return command.analysis.problems

    @property
    def kinds(self) -> tuple[TargetKind, ...]:
        """Speaks to Prometheus."""
        from runbook_runner.executors._web_target import PROMETHEUS

        return (PROMETHEUS,)

    def preflight(self, commands: Sequence[Command], where: Where) -> tuple[Check, ...]:
        """Ask for `vector(1)`, which every Prometheus can answer and which costs it nothing."""
        from runbook_runner.executors._prometheus import Failed, ask
        from runbook_runner.executors._promql_ask import NOW
        from runbook_runner.executors._web import Exchange
        from runbook_runner.executors._web_target import endpoint

        name = f"target {where.target.name}" if where.target is not None else "prometheus"
        to = endpoint(where.target)
        if not to.base:
            return (Check(name, False, "no target is named"),)
        try:
            ask(to, NOW, {"query": "vector(1)"}, Exchange.run, _PATIENCE, _PATIENCE)
        except Failed as error:
            return (Check(name, False, error.message.removeprefix("no answer: ")),)
        return (Check(name, True, "answers queries"),)

    def reach(self, command: Command, where: Where) -> str:
        """Name the Prometheus; a query changes nothing there."""
        from runbook_runner.executors._web_errors import place
        from runbook_runner.executors._web_target import endpoint

        to = endpoint(where.target)
        return f"Prometheus at {place(to.base)}" if to.base else ""

    def open(self, place: Place) -> Session:
        """Begin a run's queries."""
        from runbook_runner.executors._conversation import Conversation
        from runbook_runner.executors._promql_ask import prepared
        from runbook_runner.executors._web_target import endpoint

        to = endpoint(place.where.target)
        return Conversation(lambda request: prepared(request, to))


EXECUTOR: Executor = Promql()
