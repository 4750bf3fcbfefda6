"""Which files are runbooks."""

from __future__ import annotations

import os
from collections.abc import Iterable

SKIPPED = frozenset({"readme.md", "changelog.md"})
"""Files below a folder that are no runbooks, in lower case."""
FOREIGN = frozenset({"node_modules", "__pycache__"})
"""Folders of other tools."""
RULE_FILES = (".yaml", ".yml")
"""How files of alert rules end."""
SCENARIOS = ".scenarios.yaml"
"""How files of scenarios end."""


def markdown_files(places: Iterable[str]) -> tuple[list[str], dict[str, OSError]]:
    """Return files as they are given and the Markdown files below folders, sorted; and what could not be looked into.

    Hidden folders are other tools' own. Links to folders are not followed: they may lead in circles.
    """
    files: dict[str, None] = {}
    troubles: dict[str, OSError] = {}
    for place in places:
        if os.path.isdir(place):  # noqa: PTH112 - as below: there may be ten thousand
            _below(place.rstrip("/") or "/", files, troubles)
        elif os.path.lexists(place):
            files[place] = None
    return sorted(files), troubles


def _below(folder: str, files: dict[str, None], troubles: dict[str, OSError]) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        troubles[folder] = error
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name[0] != "." and entry.name not in FOREIGN:
                _below(entry.path, files, troubles)
        elif entry.name.endswith(".md") and entry.name.lower() not in SKIPPED and not _linked_folder(entry):
            files[entry.path.removeprefix("./")] = None


def _linked_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and entry.is_dir()
    except OSError:
        return False


def is_rule_file(path: str) -> bool:
    """Say whether a path is one of alert rules where runbooks are expected: a shell expands `--alerts *.yml`."""
    return path.lower().endswith(RULE_FILES) and not path.endswith(SCENARIOS)
