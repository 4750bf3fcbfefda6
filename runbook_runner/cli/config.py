"""Configuration: `runbook.toml`, or `[tool.runbook]` in `pyproject.toml`, in this folder or one above."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from runbook_runner.errors import InputError

_KNOWN = ("runbooks", "store", "lint", "targets")
"""What may stand at the top; what is like nothing of it may be another program's."""


class Config(Struct, frozen=True):
    """What the configuration says; defaults where it says nothing."""

    root: Path
    """Folder that paths in it are relative to."""
    runbooks: tuple[str, ...] = ("runbooks",)
    """Folders and files in which runbooks are found."""
    store: str = ""
    """Path of the journal; empty for the user's state folder."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    """Where it stands; None where there is none."""


def config() -> Config:
    """Return the configuration that holds in the working directory."""
    return load(Path.cwd())


def load(start: Path) -> Config:
    """Return the nearest configuration, from a folder upward."""
    for folder in (start, *start.parents):
        own, shared = folder / "runbook.toml", folder / "pyproject.toml"
        if own.is_file():
            return _config(folder, own, _read(own))
        if shared.is_file() and "runbook" in (tool := _read(shared).get("tool", {})):
            return _config(folder, shared, tool["runbook"])
    return Config(start)


def _read(file: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{file}: {error}", "mend the file, or run somewhere else") from error


def _meant(name: str) -> str:
    from difflib import get_close_matches  # 3 ms, which no right configuration pays

    return next(iter(get_close_matches(name.lower(), _KNOWN, 1, 0.75)), "")


def _config(root: Path, file: Path, values: Any) -> Config:
    if not isinstance(values, dict):
        raise InputError(f"{file}: the configuration of runbook is not a table", "write [tool.runbook]")
    for name in values:
        if name not in _KNOWN and (meant := _meant(name)):
            # Left as it is, a journal that is meant for all would stay here without a word.
            raise InputError(f"{file}: there is no setting {name!r}", f"did you mean `{meant}`?")
    runbooks = values.get("runbooks", ["runbooks"])
    if isinstance(runbooks, str):
        runbooks = [runbooks]
    store = values.get("store", "")
    if not isinstance(runbooks, list) or not all(isinstance(entry, str) for entry in runbooks):
        raise InputError(f"{file}: `runbooks` is not a list of folders", 'write runbooks = ["docs/runbooks"]')
    if not isinstance(store, str):
        raise InputError(f"{file}: `store` is not a path", 'write store = "/path/journal.db"')
    return Config(root, tuple(runbooks), store, values, file)
