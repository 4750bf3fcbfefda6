"""`runbook targets`."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click
from msgspec import Struct, field
from msgspec.structs import replace

from runbook_runner import registry
from runbook_runner.cli import completing
from runbook_runner.cli.config import config
from runbook_runner.cli.targets import Configured
from runbook_runner.errors import InputError, RunbookError
from runbook_runner.model.target import REFERENCES, Target, declared
from runbook_runner.ports import Check, Where
from runbook_runner.run.redact import Redactor, is_secret_name

if TYPE_CHECKING:
    from runbook_runner.model.runbook import Runbook

_PATIENCE = 5.0
"""Seconds that the targets may take to answer, all together."""
_WIDTH = 80


class Listed(Struct):
    """A target, where it is known from, and what became of the attempt to reach it."""

    target: Target
    source: str = "configuration"
    """`configuration`, `front matter`, or empty where nothing says what it is."""
    steps: tuple[str, ...] = ()
    """Of the runbook that was asked about."""
    checks: list[Check] = field(default_factory=list)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME|RUNBOOK]...", shell_complete=completing.targets)
@click.option("--check", is_flag=True, help="Try each: exit 1 when one does not answer.")
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def targets(names: tuple[str, ...], check: bool, as_json: bool) -> int:
    """List the databases, clusters, services and hosts that runbooks may name here.

    They stand in runbook.toml as [targets.NAME]. With a RUNBOOK's path, those that it names: exit 1 when nothing says
    what one of them is.
    """
    configured = Configured(config())
    listed = list(_chosen(names, configured))
    if check:
        _try([each for each in listed if each.target.kind], configured)
    if as_json:
        click.echo(json.dumps([_data(each) for each in listed], indent=2, default=str))
    else:
        _table(listed, asked=bool(names))
    bad = any(found.ok is not True for each in listed for found in each.checks)
    return 1 if bad or any(not each.source for each in listed) else 0


def _chosen(names: Sequence[str], configured: Configured) -> Iterator[Listed]:
    if not names:
        yield from (Listed(each) for each in configured.all())
    for name in dict.fromkeys(names):
        if (found := configured.named(name)) is not None:
            yield Listed(found)
        elif name.endswith(".md") or os.sep in name:
            from runbook_runner.cli.find import find

            yield from _named(find(name, ask=False), configured)
        else:
            known = ", ".join(configured.names()) or "none is configured"
            raise InputError(f"there is no target {name!r}", f"there are: {known}; a runbook is named by its path")


def _named(runbook: Runbook, configured: Configured) -> Iterator[Listed]:
    """Yield what a runbook names, as a run would understand it."""
    own = {each.name: each for each in declared(runbook.facts.extra.get("targets"))}
    steps: dict[str, list[str]] = {name: [] for name in own}
    for step in runbook.steps:
        if step.command is not None and step.command.attributes.target:
            steps.setdefault(step.command.attributes.target, []).append(step.id)
    for name, used in steps.items():
        found = configured.named(name)
        if found is not None:
            yield Listed(found, "configuration", tuple(used))
        else:
            written = own.get(name, Target(name))
            yield Listed(written, "front matter" if written.kind else "", tuple(used))


def _try(listed: Sequence[Listed], configured: Configured) -> None:
    threads = [threading.Thread(target=_ask, args=(each, configured), daemon=True) for each in listed]
    for thread in threads:
        thread.start()
    until = time.monotonic() + _PATIENCE
    for thread, each in zip(threads, listed, strict=True):
        thread.join(max(0.02, until - time.monotonic()))
        if thread.is_alive():
            each.checks = [Check(f"target {each.target.name}", None, f"no answer within {_PATIENCE:g} s")]


def _ask(listed: Listed, configured: Configured) -> None:
    redactor = Redactor()
    name = f"target {listed.target.name}"
    try:
        # What speaks to it first of all knows best whether it answers.
        executor = next(
            each for each in registry.executors() if each.kinds and each.kinds[0].name == listed.target.kind
        )
        resolved, secrets = configured.resolve(listed.target)
        for value in secrets:
            redactor.add(value)
        found: tuple[Check, ...] = executor.preflight((), Where(dict(os.environ), resolved))
    except StopIteration:
        found = (Check(name, False, f"nothing here speaks to a {listed.target.kind}"),)
    except RunbookError as error:
        found = (Check(name, False, f"{error.message}: {error.hint}" if error.hint else error.message),)
    except Exception as error:  # noqa: BLE001 - one that fails must not hide the others
        found = (Check(name, None, f"it could not be tried: {error}"),)
    listed.checks = [replace(check, detail=redactor.text(check.detail)) for check in found]


def _settings(target: Target) -> Mapping[str, object]:
    """Return the settings with no secret in them: a front matter may have one where none belongs."""
    redactor = Redactor()
    return {
        key: "(secret)"
        if is_secret_name(key) and not str(value).startswith(REFERENCES)
        else redactor.text(value)
        if isinstance(value, str)
        else value
        for key, value in target.settings.items()
    }


def _data(listed: Listed) -> Mapping[str, object]:
    target = listed.target
    entry: dict[str, object] = {"name": target.name, "kind": target.kind, "production": target.production}
    entry |= {"settings": _settings(target), "known_from": listed.source}
    if listed.steps:
        entry["steps"] = list(listed.steps)
    if listed.checks:
        entry["checks"] = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in listed.checks]
    return entry


def _table(listed: Sequence[Listed], *, asked: bool) -> None:
    from runbook_runner.cli.terminal.style import printable, wrap

    def tell(text: str) -> None:
        for line in wrap(printable(text), _WIDTH, first="  ", rest="    "):
            click.echo(line)

    if not listed:
        click.echo(
            "this runbook names no target." if asked else "no targets here. Write [targets.NAME] in runbook.toml."
        )
        return
    width = max(len(each.target.name) for each in listed)
    for each in listed:
        target = each.target
        mark = "  PRODUCTION" if target.production else ""
        known = {"front matter": "  (front matter)", "": "NOT KNOWN: write [targets.NAME] in runbook.toml"}
        click.echo(f"{target.name:<{width}}  {target.kind}{mark}{known.get(each.source, '')}")
        if target.settings:
            tell("  ".join(f"{key}={value}" for key, value in _settings(target).items()))
        if each.steps:
            tell(f"for {', '.join(each.steps)}")
        for found in each.checks:
            word = {True: "ok", False: "FAILED", None: "unknown"}[found.ok]
            detail = found.detail.removeprefix(f"target `{target.name}`: ")  # whose it is stands before it
            tell(f"{word}: {found.name}{': ' + detail if detail else ''}")
