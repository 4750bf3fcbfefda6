"""Which journal: the flag, the environment, the configuration, or the user's state folder."""

from __future__ import annotations

import os
from pathlib import Path

from runbook_runner import registry
from runbook_runner.cli.config import Config
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

    default_path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(default_path().with_name("drills.db"))


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
