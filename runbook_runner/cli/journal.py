"""Which journal: the flag, the environment, the configuration, or the user's state folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.errors import StoreAway, StoreError, StoreFull
from runbook_runner.ports import Store

if TYPE_CHECKING:
    from runbook_runner.run.carrying import Carried

_OF_A_JOURNAL = "resume|watch|takeover|handoff|runs|search|show|report|record|verify|export|import|sync|scrub|prune"
"""The commands that look into a journal."""


def target(flag: str, settings: Config) -> str:
    """Return the path or URL of the journal; empty for the user's own."""
    chosen = flag or os.environ.get("RUNBOOK_STORE", "")
    if chosen or not settings.store:
        return chosen
    return settings.store if "://" in settings.store else str(settings.root / settings.store)


def again() -> str:
    """Return the flag by which the next command finds this journal, where one named it."""
    from shlex import quote

    import click

    context = click.get_current_context(silent=True)
    store = str(context.params.get("store") or "") if context and context.info_name != "drill" else ""
    if "://" in store:
        from runbook_runner.stores._postgresql_errors import shown

        store = shown(store)  # without its password
    return f" --store {quote(store)}" if store else ""


def with_journal(hint: str) -> str:
    """Return a hint whose commands find the journal that the one at hand was given."""
    flag = again()
    if not flag or "`runbook " not in hint:
        return hint
    commands = rf"(`runbook (?:{_OF_A_JOURNAL})\b(?![^`]* --store)[^`]*)`"
    return re.sub(commands, lambda found: f"{found[1]}{flag}`", hint)


def named() -> str:
    """Return which journal the command at hand looks into, without a password."""
    import click

    from runbook_runner.cli.config import config
    from runbook_runner.stores._postgresql_errors import shown
    from runbook_runner.stores.sqlite import default_path

    context = click.get_current_context(silent=True)
    given = context.params if context else {}
    flag, settings = str(given.get("store") or ""), config()
    where = drills(flag, settings) if given.get("drills") else target(flag, settings)
    return shown(where) if "://" in where else where or str(default_path())


def drills(flag: str, settings: Config) -> str:
    """Return the path of the journal that drills are recorded in: beside the other, and never the same."""
    where = target(flag, settings)
    if where and "://" not in where:
        path = Path(where)
        return str(path.with_name(f"{path.stem}-drills{path.suffix}"))
    from runbook_runner.stores.sqlite import default_path

    return str(default_path().with_name("drills.db"))


def last_drills(flag: str, settings: Config) -> Mapping[str, float] | None:
    """Return the wall time of the last drill, by absolute path of the runbook; None where nobody has drilled yet."""
    try:
        path = Path(drills(flag, settings))
        if not path.is_file():
            return None
        from runbook_runner.run.drilled import last_drilled
        from runbook_runner.stores.sqlite import SqliteStore

        journal = SqliteStore.open(path)
    except StoreError:
        return None
    try:
        return last_drilled(journal) or None
    finally:
        journal.close()


def open_store(flag: str, settings: Config, *, tell: Callable[[str], None] | None = None) -> Store:
    """Open the journal; one on a server that is away goes on in a file here, and what is there is carried over later.

    `tell` shows a person what became of it; without it, standard error does.
    """
    where = target(flag, settings)
    if "://" not in where or where.startswith(("sqlite://", "memory://")):
        return registry.store(where)
    from runbook_runner.stores._spare import SpareStore

    said = tell or _aside
    spare = spare_file(where)
    store = SpareStore(lambda: registry.store(where), spare, said)
    if store.main is not None and spare.exists():
        with suppress(StoreAway, StoreFull):  # it has gone again: the next command tries once more
            for each in carry(store.main, spare):
                said(carried(each))
    return store


def carry(main: Store, spare: Path) -> list[Carried]:
    """Carry over to the journal what is in the files that took its place."""
    from runbook_runner.run.carrying import carry_over
    from runbook_runner.run.clock import SystemClock
    from runbook_runner.stores._spare import spares
    from runbook_runner.stores.sqlite import SqliteStore

    found = []
    for path in spares(spare):
        kept = SqliteStore.open(path)
        try:
            found += carry_over(main, kept, path.with_suffix(".carried"), SystemClock())
        finally:
            kept.close()
    return found


def spare_file(where: str) -> Path:
    """Return the file that takes the place of a journal on a server while that is away."""
    from hashlib import sha256

    from runbook_runner.stores._postgresql_errors import shown
    from runbook_runner.stores.sqlite import default_path

    # Not by its password, which may change.
    return default_path().parent / "away" / f"{sha256(shown(where).encode()).hexdigest()[:16]}.db"


def carried(each: Carried) -> str:
    """Say what became of a run that was recorded here."""
    text = f"{each.new} events of run {each.run}, recorded here while the journal was away, are carried over"
    if not each.apart:
        return text
    if not each.by:
        return f"{text}, after what others noted there meanwhile"
    return (
        f"{text}; {each.by} drove it there meanwhile: both are kept, and it stands where {each.by} has brought it "
        f"(`runbook show {each.run}{again()}`)"
    )


def _aside(text: str) -> None:
    import sys

    sys.stderr.write(f"runbook: {text}\n")


def private_folder(flag: str, settings: Config) -> Path:
    """Return where runs keep what never reaches the journal: beside it when it is a file, else in the state folder.

    A journal may lie in a folder of many, such as that for temporary files: there each has a folder under its own name.
    """
    where = target(flag, settings)
    if where and "://" not in where:
        path = Path(where)
        return path.with_name(f"{path.name}.runs")
    from runbook_runner.stores.sqlite import default_path

    return default_path().parent / "runs"
