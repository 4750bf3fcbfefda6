"""`runbook targets`."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence

import click
from msgspec import Struct

from runbook_runner import registry
from runbook_runner.cli.compose import config
from runbook_runner.cli.targets import Configured
from runbook_runner.errors import RunbookError
from runbook_runner.model.target import Target
from runbook_runner.ports import Check, Executor, Where

_PATIENCE = 5.0
"""Seconds that a target may take to answer."""


class Tried(Struct):
    """A target, and what became of the attempt to reach it."""

    target: Target
    checks: list[Check]


@click.command()
@click.argument("names", nargs=-1)
@click.option("--check", is_flag=True, help="Try each: exit 1 when one does not answer.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def targets(names: tuple[str, ...], check: bool, as_json: bool) -> int:
    """List the databases, clusters, services and hosts that runbooks may name here.

    They stand in runbook.toml as [targets.NAME].
    """
    configured = Configured(config())
    chosen = [each for each in configured.all() if not names or each.name in names]
    if unknown := [name for name in names if configured.named(name) is None]:
        known = ", ".join(each.name for each in configured.all()) or "none is configured"
        raise click.BadParameter(f"there is no target {unknown[0]!r}; there are: {known}")
    tried = _try(chosen, configured) if check else [Tried(each, []) for each in chosen]
    if as_json:
        click.echo(json.dumps([_data(each) for each in tried], indent=2))
    else:
        _table(tried)
    return 1 if any(found.ok is not True for each in tried for found in each.checks) else 0


def _try(chosen: Sequence[Target], configured: Configured) -> list[Tried]:
    speakers = {kind.name: executor for executor in registry.executors() for kind in executor.kinds}
    tried = [Tried(each, []) for each in chosen]
    threads = [
        threading.Thread(target=_ask, args=(each, speakers[each.target.kind], configured), daemon=True)
        for each in tried
    ]
    for thread in threads:
        thread.start()
    for thread, each in zip(threads, tried, strict=True):
        thread.join(_PATIENCE)
        if thread.is_alive():
            each.checks = [Check(each.target.name, None, f"no answer within {_PATIENCE:g} s")]
    return tried


def _ask(tried: Tried, executor: Executor, configured: Configured) -> None:
    try:
        resolved, _ = configured.resolve(tried.target)
        found = executor.preflight((), Where(dict(os.environ), resolved))
    except RunbookError as error:
        found = (Check(tried.target.name, False, error.message),)
    tried.checks = list(found)


def _data(tried: Tried) -> Mapping[str, object]:
    target = tried.target
    entry = {"name": target.name, "kind": target.kind, "production": target.production, "settings": target.settings}
    if tried.checks:
        entry["checks"] = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in tried.checks]
    return entry


def _table(tried: Sequence[Tried]) -> None:
    if not tried:
        click.echo("no targets here. Write [targets.NAME] in runbook.toml.")
        return
    width = max(len(each.target.name) for each in tried)
    kinds = max(len(each.target.kind) for each in tried)
    for each in tried:
        target = each.target
        # Only references to secrets stand in the settings, never a secret.
        settings = "  ".join(f"{key}={value}" for key, value in target.settings.items())
        mark = "  PRODUCTION" if target.production else ""
        click.echo(f"{target.name:<{width}}  {target.kind:<{kinds}}  {settings}{mark}")
        for found in each.checks:
            word = {True: "ok", False: "FAILED", None: "unknown"}[found.ok]
            click.echo(f"{'':<{width}}  {word}: {found.name}{': ' + found.detail if found.detail else ''}")
