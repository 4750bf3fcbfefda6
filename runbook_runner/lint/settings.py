"""The configuration of lint: the table `[lint]` of `runbook.toml`, or `[tool.runbook.lint]` of `pyproject.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import msgspec
from msgspec import Struct, field

from runbook_runner.errors import InputError
from runbook_runner.lint.choice import Choice, checked


class _Table(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    select: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    strict: bool = False
    baseline: str = ""
    exclude: list[str] = field(default_factory=list)
    per_file_ignores: dict[str, list[str]] = field(default_factory=dict)
    min_score: int | None = None
    alerts: dict[str, Any] = field(default_factory=dict)


class Settings(Struct, frozen=True):
    """What the configuration says of lint."""

    choice: Choice = Choice()
    strict: bool = False
    baseline: str = ""
    """Path of the baseline, relative to the configuration; empty for none."""
    exclude: tuple[str, ...] = ()
    """Patterns of files that are left out."""
    per_file: tuple[tuple[str, frozenset[str]], ...] = ()
    """Patterns of files, and what is ignored in them."""
    min_score: int | None = None
    """A score below this is an error."""
    alerts: Mapping[str, Any] = field(default_factory=dict)
    """What the check of alerts reads."""


def settings(table: Any, where: str) -> Settings:
    """Return the settings that a table holds; `where` names it in errors."""
    if not isinstance(table, Mapping):
        raise InputError(f"{where} is not a table", "write [lint] in runbook.toml, or [tool.runbook.lint]")
    known = [name.encode_name for name in msgspec.structs.fields(_Table)]
    for name in table:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(str(name).replace("_", "-"), known, 1, 0.6)
            hint = f"did you mean `{near[0]}`?" if near else "there are " + ", ".join(known)
            raise InputError(f"{where}: there is no setting {name!r}", hint)
    try:
        read = msgspec.convert(dict(table), _Table)
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {_plain(str(error))}", "the README shows the settings of lint") from error
    choice = Choice(checked(read.select, f"{where}.select"), checked(read.ignore, f"{where}.ignore"))
    per_file = [
        (pattern, checked(names, f"{where}.per-file-ignores")) for pattern, names in read.per_file_ignores.items()
    ]
    return Settings(
        choice, read.strict, read.baseline, tuple(read.exclude), tuple(per_file), read.min_score, read.alerts
    )


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Say whether a path, relative to the configuration, is one of those that are meant.

    A pattern without a slash means file names anywhere, one that ends in a slash a whole folder; `*` crosses slashes.
    """
    name = path.rpartition("/")[2]
    for pattern in patterns:
        pattern = pattern.removeprefix("./")
        if pattern.endswith("/"):
            pattern += "*"
        elif fnmatchcase(path, f"{pattern}/*"):
            return True
        if fnmatchcase(path, pattern) or ("/" not in pattern and fnmatchcase(name, pattern)):
            return True
    return False


def _plain(message: str) -> str:
    """Return the library's words about a wrong type with the setting first: `strict: expected bool, got str`."""
    what, _, place = message.partition(" - at `$")
    name = place.rstrip("`").lstrip(".")
    return f"{name}: {what[:1].lower() + what[1:]}".replace("`", "") if name else what
