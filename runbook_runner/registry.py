"""Finds executors, stores, formats and lint rules by file name, without importing the others.

A part is one file in its folder that ends in an annotated constant. Its file name is its name, and aliases are
data here only where a language has several names. Packages elsewhere join by an entry point `runbook_runner.<folder>`.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from runbook_runner.errors import InputError

if TYPE_CHECKING:  # the ports take a few milliseconds, and many a caller wants one part only
    from importlib.metadata import EntryPoint

    from runbook_runner.ports import Executor, Format, OpenStore, Store
    from runbook_runner.ports.lint import AlertingRule, CollectionRule, LintRule

_PACKAGE = "runbook_runner"
_ALIASES = {"sh": "shell", "bash": "shell", "zsh": "shell", "console": "shell", "shell-session": "shell"}

_ENGINES = {"postgres": "postgresql"}


@cache
def names(folder: str) -> tuple[str, ...]:
    """Return the names of the parts in a folder of the package, sorted."""
    return tuple(sorted(file.stem for file in (Path(__file__).parent / folder).glob("*.py") if file.stem[0] != "_"))


def executor(language: str) -> Executor | None:
    """Return what runs fences of a language; None when nothing does."""
    name = _ALIASES.get(language, language)
    part = _part("executors", name, "EXECUTOR")
    return cast("Executor", part) if part is not None else None


def executors() -> tuple[Executor, ...]:
    """Return all executors: those in the package, then those that other packages add."""
    from importlib.metadata import entry_points

    own = [_part("executors", name, "EXECUTOR") for name in names("executors")]
    others = [entry.load() for entry in entry_points(group=f"{_PACKAGE}.executors")]
    return tuple(cast("Executor", each) for each in (*own, *others))


def store(target: str) -> Store:
    """Open the journal that a path or a URL names: `postgresql://…` by the engine `postgresql`, a path by SQLite."""
    engine, url, _ = target.partition("://")
    name = _ENGINES.get(engine, engine) if url else "sqlite"
    part = _part("stores", name, "OPEN")
    if part is None:
        raise InputError(f"there is no store {name!r}", "one of: " + ", ".join(names("stores")))
    return cast("OpenStore", part)(target)


def format_for(name: str) -> Format:
    """Return the format `name`, such as `report_markdown`; InputError when there is none."""
    part = _part("formats", name, "FORMAT")
    if part is None:
        raise InputError(f"there is no format {name!r}", "one of: " + ", ".join(names("formats")))
    return cast("Format", part)


def rule(code: str) -> LintRule | CollectionRule | AlertingRule | None:
    """Return the lint rule of that code; None when there is none."""
    return cast("LintRule | CollectionRule | AlertingRule | None", _part("lint/rules", code.replace("-", "_"), "RULE"))


def rules() -> tuple[LintRule | CollectionRule | AlertingRule, ...]:
    """Return all lint rules by code: those in the package, then those that other packages add."""
    own = [rule(name) for name in names("lint/rules")]
    others = [entry.load() for entry in _entries("lint.rules")]
    return (*(each for each in own if each is not None), *others)


def rule_help(code: str) -> str:
    """Return what a rule's module says of it (Markdown); empty when there is no such rule or it says nothing."""
    name = code.replace("-", "_")
    if name in names("lint/rules"):
        return (import_module(f"{_PACKAGE}.lint.rules.{name}").__doc__ or "").strip()
    entry = _elsewhere("lint.rules", name)
    return (import_module(entry.module).__doc__ or "").strip() if entry is not None else ""


@cache
def _part(folder: str, name: str, constant: str) -> Any:
    if name in names(folder):
        return getattr(import_module(f"{_PACKAGE}.{folder.replace('/', '.')}.{name}"), constant)
    entry = _elsewhere(folder.replace("/", "."), name) if name else None
    return entry.load() if entry is not None else None


@cache
def _elsewhere(folder: str, name: str) -> EntryPoint | None:
    return next((entry for entry in _entries(folder) if entry.name == name), None)


@cache
def _entries(folder: str) -> tuple[EntryPoint, ...]:
    """Return what other packages add to a folder."""
    group = f"{_PACKAGE}.{folder}"
    if not _named_somewhere(group):
        return ()
    from importlib.metadata import entry_points

    return tuple(entry_points(group=group))


def forget() -> None:
    """Forget what other packages add: one may have come or gone since."""
    for kept in (_part, _elsewhere, _entries):
        kept.cache_clear()


def _named_somewhere(group: str) -> bool:
    """Tell whether an installed package may add something: loading what reads their entry points takes 20 ms."""
    for place in dict.fromkeys(sys.path):
        if os.path.isfile(place):  # noqa: PTH113 - an archive, which only the library looks into
            return True
        with suppress(OSError):
            for entry in os.scandir(place or "."):
                if entry.name.endswith((".dist-info", ".egg-info")):
                    with suppress(OSError), open(f"{entry.path}/entry_points.txt", "rb") as file:  # noqa: PTH123
                        if group.encode() in file.read():
                            return True
    return False
