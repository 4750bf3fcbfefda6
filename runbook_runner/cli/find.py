"""Which runbook she means."""

from __future__ import annotations

import sys
from pathlib import Path

from runbook_runner.cli.compose import config
from runbook_runner.cli.library import Files
from runbook_runner.cli.people import is_plain
from runbook_runner.errors import InputError, NeedsPerson
from runbook_runner.model.runbook import Runbook


def find(name: str, *, ask: bool, plain: bool = False, alert: bool = False) -> Runbook:
    """Return the runbook that a path, a title, an alert or a few letters name; lets her pick where that is open.

    The name of an `alert` that fired is never a path, and what only resembles it is offered and not walked: it is
    other people's text.
    """
    files = Files(config())
    path = name if alert else name.partition("#")[0]
    if path and not alert and (Path(path).is_file() or path.endswith(".md") or "/" in path):
        return files.load(path)
    from runbook_runner.cli.terminal.picker import match, pick

    everything = list(files.found())
    if not everything:
        wanted = f", so none for {path!r}" if path else ""
        hint = "name a file, keep them in `runbooks/`, or set `runbooks` in runbook.toml"
        raise InputError(f"no runbook is found here{wanted}", hint)
    found = match(everything, path) if path else everything
    if path and not found:
        raise InputError(f"no runbook here matches {path!r}", "`runbook run` without a name shows all of them")
    if path and ((len(found) == 1 and not alert) or path in (found[0].title, *found[0].alerts)):
        return files.load(found[0].path)
    if not ask or not sys.stdin.isatty():
        shown = ", ".join(f.path for f in found[:5])
        raise NeedsPerson(f"{path!r} may be {shown}" if path else "which runbook?", "name one: " + shown)
    chosen = pick(found, sys.stdin.fileno(), sys.stdout, plain=is_plain(plain))
    if chosen is None:
        raise NeedsPerson("no runbook was picked")
    return files.load(chosen.path)
