"""What Tab offers: runs of the journal, and the steps and parameters of the runbook on the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from runbook_runner.model.runbook import Runbook

_MOST = 40
"""Runs that are offered, newest first."""


def runs(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the newest runs that begin so, each with its title."""
    return _offered(lambda: _runs(ctx, begun))


def steps(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the steps of the runbook that was named before."""
    found = ((step.id, step.title) for runbook in _runbook(ctx) for step in runbook.steps)
    return _offered(lambda: (each for each in found if each[0].startswith(begun)))


def parameters(ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the parameters of the runbook that was named before."""
    found = ((f"{each.name}=", each.description) for runbook in _runbook(ctx) for each in runbook.parameters)
    return _offered(lambda: (each for each in found if each[0].startswith(begun)))


def targets(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[CompletionItem]:
    """Offer the targets of the configuration, and files: a runbook may be named too."""
    from click.shell_completion import CompletionItem

    return [*_offered(lambda: _targets(begun)), *([CompletionItem(begun, type="file")] if begun else [])]


def _targets(begun: str) -> Iterable[tuple[str, str]]:
    from runbook_runner.cli.config import config
    from runbook_runner.cli.targets import Configured

    return ((each.name, each.kind) for each in Configured(config()).all() if each.name.startswith(begun))


def _runs(ctx: click.Context, begun: str) -> Iterable[tuple[str, str]]:
    from runbook_runner.cli.config import config
    from runbook_runner.cli.journal import open_store
    from runbook_runner.model.state import fold
    from runbook_runner.ports import Wanted

    journal = open_store(str(ctx.params.get("store") or ""), config(), tell=lambda _: None)
    for run in journal.matching(begun)[:_MOST] if begun else journal.find(Wanted(), limit=_MOST):
        state = fold(run, journal.events(run))
        yield run, f"{state.outcome.replace('_', ' ')}: {state.started.title if state.started else ''}"


def _runbook(ctx: click.Context) -> Iterable[Runbook]:
    # An option that still waits for its value leaves the words before it unparsed.
    name = ctx.params.get("runbook") or next((word for word in ctx.args if not word.startswith("-")), "")
    if name:
        from runbook_runner.cli.find import find

        yield find(str(name), ask=False)


def _offered(find: Callable[[], Iterable[tuple[str, str]]]) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    try:
        return [CompletionItem(value, help=" ".join(said.split())) for value, said in find()]
    except Exception:  # noqa: BLE001 - whatever is wrong, Tab is no place to say it
        return []
