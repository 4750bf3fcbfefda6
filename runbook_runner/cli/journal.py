"""Which journal: the flag, the environment, the configuration, or the user's state folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from runbook_runner import registry
from runbook_runner.cli.config import Config
from runbook_runner.errors import StoreError
from runbook_runner.ports import Store


def target(flag: str, settings: Config) -> str:
    """Return the path or URL of the journal; empty for the user's own."""
    chosen = flag or os.environ.get("RUNBOOK_STORE", "")
    if chosen or not settings.store:
        return chosen
    return settings.store if "://" in settings.store else str(settings.root / settings.store)


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


def open_store(flag: str, settings: Config) -> Store:
    """Open the journal."""
    return registry.store(target(flag, settings))


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
