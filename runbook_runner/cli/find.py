"""Which runbook she means."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_runner.cli.config import config
from runbook_runner.cli.library import Files
from runbook_runner.cli.people import is_plain
from runbook_runner.errors import InputError, NeedsPerson
from runbook_runner.model.graph import GoTo, build
from runbook_runner.model.runbook import Runbook
from runbook_runner.ports import Found

if TYPE_CHECKING:
    from runbook_runner.cli.alerts import Alert


def find(name: str, *, ask: bool, plain: bool = False) -> Runbook:
    """Return the runbook that a path, a title, an alert or a few letters name; lets her pick where that is open."""
    files = Files(config())
    path = name.partition("#")[0]
    if path and (Path(path).is_file() or path.endswith(".md") or "/" in path):
        return files.load(path if Path(path).exists() else _elsewhere(files, path))
    found = _matching(files, path)
    if path:
        from runbook_runner.cli.terminal.picker import meant

        if len(best := meant(found, path)) == 1:
            return files.load(best[0].path)
    return _picked(files, path, found, ask=ask, plain=plain)


def _elsewhere(files: Files, path: str) -> str:
    """Return the only runbook found here whose path ends so; else the path itself, which is not there."""
    ending = [each.path for each in files.found() if f"/{each.path}".endswith(f"/{path}")]
    return ending[0] if len(ending) == 1 else path


def find_for(alert: Alert, *, ask: bool, plain: bool = False) -> tuple[Runbook, str]:
    """Return the runbook for an alert that fired, and the section to begin at, empty for its beginning.

    The runbook that names the alert, else the one that its link leads to as the configuration says. Name and link are
    other people's text: neither is ever a path of its own, and what only resembles the name is offered and not walked.
    """
    files = Files(config())
    missing: InputError | None = None
    found: list[Found] = []
    try:
        found = _matching(files, alert.name)
    except InputError as error:
        missing = error
    if alert.name and found and _is(alert.name, found[0]):
        return files.load(found[0].path), ""
    path, anchor = _linked(alert, files)
    if path:
        runbook = files.load(path)
        sys.stderr.write(f"{path}: the alert links to it\n")
        return runbook, _entry(runbook, anchor)
    if missing is not None:
        raise _unwritten(alert, missing)
    return _picked(files, alert.name, found, ask=ask, plain=plain), ""


def _unwritten(alert: Alert, missing: InputError) -> InputError:
    """Return the error for an alert that has no runbook here, with the link that may lead to one elsewhere."""
    from runbook_runner.model.alert import runbook_annotation

    name = runbook_annotation(alert.annotations)
    link = f"the alert links to {alert.annotations[name]}; " if name else ""
    return InputError(missing.message, f"{link}name a runbook to walk it for this alert: runbook run NAME --alert …")


def _matching(files: Files, name: str) -> list[Found]:
    from runbook_runner.cli.terminal.picker import match

    everything = list(files.found())
    if not everything:
        wanted = f", so none for {name!r}" if name else ""
        hint = "name a file, keep them in `runbooks/`, or set `runbooks` in runbook.toml"
        raise InputError(f"no runbook is found here{wanted}", hint)
    found = match(everything, name) if name else everything
    if name and not found:
        raise InputError(f"no runbook here matches {name!r}", "`runbook run` without a name shows all of them")
    return found


def _is(name: str, found: Found) -> bool:
    return name in (found.title, *found.alerts, Path(found.path).stem)


def _picked(files: Files, name: str, found: list[Found], *, ask: bool, plain: bool) -> Runbook:
    if not ask or not sys.stdin.isatty():
        shown = ", ".join(f.path for f in found[:5])
        raise NeedsPerson(f"{name!r} may be {shown}" if name else "which runbook?", "name one: " + shown)
    from runbook_runner.cli.terminal.picker import pick

    chosen = pick(found, sys.stdin.fileno(), sys.stdout, plain=is_plain(plain))
    if chosen is None:
        raise NeedsPerson("no runbook was picked")
    return files.load(chosen.path)


def _linked(alert: Alert, files: Files) -> tuple[str, str]:
    """Return the file here that an alert's link leads to, and its section; both empty for none."""
    from runbook_runner.cli.links import Links
    from runbook_runner.model.alert import runbook_annotation

    name = runbook_annotation(alert.annotations)
    if not name:
        return "", ""
    with suppress(InputError):  # a mistake in the configuration is lint's to tell, not the night's
        landing = Links(config()).landing(alert.annotations[name])
        known = "://" in alert.annotations[name] or landing.path in {str(file.absolute()) for file in files.files()}
        if landing.path and known:
            return landing.wanted, landing.anchor
    return "", ""


def _entry(runbook: Runbook, anchor: str) -> str:
    """Return a section to begin at, if there is such a one and it is not where the runbook begins anyway."""
    graph = build(runbook)
    for name in (anchor, anchor.lower()):
        entry = graph.entry(name) if name else None
        if isinstance(entry, GoTo):
            return name if entry != graph.start else ""
    return ""
